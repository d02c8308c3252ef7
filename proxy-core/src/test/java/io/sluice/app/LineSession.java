package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.sluice.guard.Guards;
import io.sluice.guard.Operation;
import io.sluice.guard.OperationClass;
import io.sluice.guard.Outcome;
import io.sluice.guard.Refusal;
import io.sluice.pool.Condition;
import io.sluice.pool.Lease;
import io.sluice.pool.Pool;
import io.sluice.session.ClientSession;
import io.sluice.spi.Proxy;

/** A client of {@link LineProtocol} at home. */
final class LineSession extends ClientSession {
    private final Proxy proxy;
    private final String tls;
    private final Runnable onEnd;
    private final Operation operation = new Operation() {};
    private boolean ended;

    LineSession(
            long id,
            Channel channel,
            Pool pool,
            Guards guards,
            Proxy proxy,
            String tls,
            Runnable onEnd) {
        super(id, channel, pool, guards);
        this.proxy = proxy;
        this.tls = tls;
        this.onEnd = onEnd;
    }

    void begin() {
        pool().enter();
        proxy.sessions(loop()).add(this);
        channel().pipeline().addBefore("session", "lines", new LineBasedFrameDecoder(1000));
        channel().flush(); // the welcome
        channel().config().setAutoRead(true);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf line = (ByteBuf) message;
        String text = line.toString(UTF_8);
        line.release();
        switch (text) {
            case "begin" -> {
                operation.begin("begin", OperationClass.OTHER, loop().now());
                Refusal refusal = guards().check(operation);
                if (refusal == null) {
                    pool().acquire(this);
                } else {
                    say("refused");
                }
            }
            case "end" -> {
                letGo().giveBack(Condition.CLEAN);
                settle(operation, Outcome.OK);
                say("ended");
            }
            default -> {
                if (text.startsWith("ask ") && server() instanceof LineConnection server) {
                    server.send(Unpooled.copiedBuffer(text.substring(4) + "\n", UTF_8));
                    server.flush();
                } else {
                    say(text);
                }
            }
        }
    }

    void onServerLost(String reason) {
        letGo().giveBack(Condition.BROKEN);
        settle(operation, Outcome.BACKEND_FAULT);
        say("lost: " + reason);
    }

    private void say(String text) {
        channel().writeAndFlush(Unpooled.copiedBuffer(text + "\n", UTF_8));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (isWaiting()) {
            pool().cancelWait(this);
        }
        if (lease() != null) {
            letGo().giveBack(Condition.CLEAN);
        }
        pool().leave();
        proxy.sessions(loop()).remove(this);
        onEnd.run();
    }

    @Override
    protected void onLease(Lease lease) {
        hold(lease);
        say("begun");
    }

    @Override
    protected void onNoLease(Refusal refusal) {
        say("no lease: " + refusal.message());
    }

    @Override
    public void end(EndCode code, String message) {
        if (!ended) {
            ended = true;
            channel()
                    .writeAndFlush(Unpooled.copiedBuffer(code + " " + message + "\n", UTF_8))
                    .addListener(_ -> channel().close());
        }
    }

    @Override
    protected void onStillWaiting(long now, long waitedNanos) {}

    @Override
    protected void onLeaseSweep(long now) {}

    @Override
    protected void onIdleSweep(long now) {}

    @Override
    public String pinReason() {
        return "";
    }

    @Override
    public String applicationName() {
        return "";
    }

    @Override
    public String tls() {
        return tls;
    }

    @Override
    public int preparedStatements() {
        return 0;
    }

    @Override
    public int operationsInFlight() {
        return 0;
    }
}
