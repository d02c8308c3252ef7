package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
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
    private final Operation operation = new Operation() {};
    private boolean ended;

    LineSession(long id, Channel channel, Pool pool, Guards guards, Proxy proxy) {
        super(id, channel, pool, guards);
        this.proxy = proxy;
    }

    void begin() {
        pool().enter();
        proxy.sessions(loop()).add(this);
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
            default -> say(text);
        }
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
        proxy.homes().leave(pool().key().tenant(), pool().key().backend(), loop());
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
        return "";
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
