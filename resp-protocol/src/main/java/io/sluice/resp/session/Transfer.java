package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.session.BackPressure;
import org.jspecify.annotations.Nullable;

/**
 * A command too long to be waited for as a whole, on its way to a leased server as it comes in.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Transfer {
    private final RespSession session;
    private @Nullable RespConnection to;
    private @Nullable RespOperation operation;

    /** When some of it was last passed on. */
    private long movedAt;

    /** Bytes at the front of the input that the server has been sent already. */
    private int sent;

    Transfer(RespSession session) {
        this.session = session;
    }

    boolean isUnderWay() {
        return to != null;
    }

    /** Whether the server is the one that is waited for. */
    boolean isHeldUp() {
        RespConnection server = to;
        Channel channel = server == null ? null : server.channel();
        return channel != null && !channel.isWritable();
    }

    /**
     * @param head bytes of the command, from its first on, that {@code server} has been sent
     *     already
     */
    void begin(RespConnection server, RespOperation begun, int head) {
        to = server;
        operation = begun;
        sent = head;
        movedAt = session.loop().now();
    }

    /** Whether the client has sent nothing of a command that it has begun for so long. */
    boolean isClientSilent(long now, long limit) {
        return isUnderWay() && !isHeldUp() && limit > 0 && now - movedAt >= limit;
    }

    /** Why the server is given up that is to take the command; null if it is not. */
    @Nullable String slowServer(long now) {
        RespOperation passed = operation;
        return passed != null && isHeldUp() && passed.limit() > 0 && now - movedAt >= passed.limit()
                ? "it took nothing of a command for %d ms".formatted(passed.limit() / 1_000_000)
                : null;
    }

    /**
     * Passes on what is there.
     *
     * @return whether the command is through
     */
    boolean goOn(ByteBuf in) {
        RespConnection server = to;
        RespOperation passed = operation;
        if (server == null || passed == null) {
            throw new IllegalStateException("no transfer");
        }
        var scanner = session.input().scanner();
        int bytes = scanner.passThrough(in, session.requestLimits());
        if (bytes > 0) {
            movedAt = session.loop().now();
            passed.addBytesIn(bytes);
            in.skipBytes(sent);
            server.writer().write(in.readRetainedSlice(bytes - sent));
            sent = 0;
        }
        if (scanner.isWhole()) {
            scanner.reset();
            to = null;
            operation = null;
            passed.sent(session.loop().now());
            return true;
        }
        if (isHeldUp()) {
            BackPressure.stop(session.channel());
        }
        return false;
    }

    void onServerWritable() {
        if (isUnderWay()) {
            BackPressure.resume(session.channel());
        }
    }

    void onServerLost() {
        if (isUnderWay()) {
            to = null;
            operation = null;
            session.ending().leave("its server was lost in the midst of a command");
        }
    }

    void release() {
        to = null;
        operation = null;
    }
}
