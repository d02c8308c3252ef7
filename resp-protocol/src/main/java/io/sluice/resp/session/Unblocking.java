package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.guard.Refusal;
import io.sluice.pool.Condition;
import io.sluice.pool.Lane;
import io.sluice.pool.Lease;
import io.sluice.pool.Pool;
import io.sluice.pool.Waiter;
import org.jspecify.annotations.Nullable;

/**
 * CLIENT UNBLOCK: asks the server, on a connection of the proxy's own, to unblock the one on which
 * a session waits. The session that asks takes no commands until the server has said whether it
 * did.
 *
 * <p><b>Threads:</b> confined to the sessions' loop.
 */
final class Unblocking extends Waiter {
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private final RespSession asking;
    private final LocalAnswers answers;
    private final RespSession target;
    private final long serverId;
    private final boolean error;
    private final Pool pool;
    private @Nullable Lease lease;
    private long askedAt;

    private Unblocking(
            RespSession asking,
            LocalAnswers answers,
            RespSession target,
            RespConnection blocked,
            boolean error) {
        this.asking = asking;
        this.answers = answers;
        this.target = target;
        this.serverId = blocked.serverId();
        this.error = error;
        this.pool = blocked.lanes().pool(Lane.CONTROL);
    }

    /**
     * Asks, and answers {@code asking} when the answer is there.
     *
     * @param blocked where {@code target} waits
     * @param error whether it is to be told so, rather than that its time is over
     */
    static void begin(
            RespSession asking,
            LocalAnswers answers,
            RespSession target,
            RespConnection blocked,
            boolean error) {
        asking.hold();
        target.beginInterruption();
        Unblocking begun = new Unblocking(asking, answers, target, blocked, error);
        begun.pool.acquire(begun);
    }

    @Override
    protected void onLease(Lease granted) {
        lease = granted;
        askedAt = pool.loop().now();
        ((RespConnection) granted.connection())
                .ask(
                        new Asked(),
                        "CLIENT",
                        "UNBLOCK",
                        Long.toString(serverId),
                        error ? "ERROR" : "TIMEOUT");
    }

    @Override
    protected void onNoLease(Refusal refusal) {
        end(null, Words.of(refusal));
    }

    @Override
    protected void onStillWaiting(long now, long waitedNanos) {}

    @Override
    protected void onLeaseSweep(long now) {
        Lease held = lease;
        if (held != null && now - askedAt >= PATIENCE_NANOS) {
            held.connection().close("it did not answer CLIENT UNBLOCK");
        }
    }

    private final class Asked extends Question {
        @Override
        void onAnswer(byte type, byte[] reply, int length) {
            giveBack(Condition.CLEAN);
            end(Unpooled.wrappedBuffer(reply, 0, length), "");
        }

        @Override
        void onNoAnswer(String reason) {
            giveBack(Condition.BROKEN);
            end(null, Words.lost(reason));
        }
    }

    private void giveBack(Condition condition) {
        Lease held = lease;
        if (held != null) {
            lease = null;
            held.giveBack(condition);
        }
    }

    /**
     * @param reply what the server said; null: {@code text} says why it said nothing
     */
    private void end(@Nullable ByteBuf reply, String text) {
        target.endInterruption();
        if (!asking.isOver()) {
            if (reply == null) {
                answers.error(text);
            } else {
                answers.end(answers.begin(reply.readableBytes()).writeBytes(reply));
            }
            asking.resume();
        }
    }
}
