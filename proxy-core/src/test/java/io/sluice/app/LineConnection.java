package io.sluice.app;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.sluice.pool.ChannelConnection;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** A connection to a {@link LineServer}: what that says goes to the session that has it. */
final class LineConnection extends ChannelConnection {
    private long number;

    LineConnection(LinePool linePool, Pool pool, Permit permit) {
        super(linePool, pool, permit);
    }

    void onOpen(Channel open, SocketAddress to, String tls, long told) {
        onOpen(open, to, tls);
        number = told;
        open.pipeline().addLast(new Relay());
    }

    private @Nullable LineSession session() {
        return lease().holder() instanceof LineSession session ? session : null;
    }

    private void lose(boolean orderly, String reason) {
        if (!end(orderly, reason)) {
            return;
        }
        LineSession session = session();
        pool().onClosed(this);
        if (session != null) {
            session.onServerLost(reason);
        }
    }

    @Override
    public void close(String reason) {
        lose(false, reason);
    }

    @Override
    public void retire(String reason) {
        lose(true, reason);
    }

    @Override
    protected ByteBuf farewell() {
        return ByteBufUtil.writeUtf8(channel().alloc(), "bye\n");
    }

    @Override
    protected boolean mustBeHeldBack() {
        return false;
    }

    /** Never answered: the test lets its time pass. */
    @Override
    protected void check() {
        beginBusy();
        send(ByteBufUtil.writeUtf8(channel().alloc(), "still there?\n"));
        flush();
    }

    @Override
    protected void reset() {
        pool().onClean(this);
    }

    @Override
    public long serverId() {
        return number;
    }

    @Override
    public int preparedStatements() {
        return 0;
    }

    @Override
    public boolean isBeingCancelled() {
        return false;
    }

    /** Reads what the server says. */
    private final class Relay extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            LineSession session = session();
            if (session == null) {
                ((ByteBuf) message).release();
                close("it speaks unasked");
            } else {
                session.channel().writeAndFlush(message);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            onDisconnected();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            onChannelFailure(cause);
        }
    }

    @Override
    public int openSlots() {
        return 0;
    }
}
