package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.guard.Refusal;
import io.sluice.pool.Condition;
import io.sluice.pool.Lane;
import io.sluice.pool.Lease;
import io.sluice.pool.Waiter;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a server that owes answers on a shared connection is only slow. It is asked on
 * a connection of its own: one that is loading its data or runs a script says so, and is waited
 * for; one that answers that, but not on the connection in question, or does not answer at all, has
 * lost that connection.
 *
 * <p><b>Threads:</b> confined to one loop.
 */
final class StallWatch {
    private final RespLanes lanes;
    private @Nullable Probe probe;

    /** Until when the server is known to be alive and busy. */
    private long busyUntil;

    private boolean busy;

    StallWatch(RespLanes lanes) {
        this.lanes = lanes;
    }

    /**
     * Looks at a shared connection that has open slots.
     *
     * @param silence nanoseconds since it has answered, or was asked with nothing else open
     * @param stall nanoseconds of silence after which it is looked into
     */
    void look(RespConnection connection, long silence, long stall) {
        long now = lanes.loop().now();
        if (silence < stall || (busy && now - busyUntil < 0)) {
            return;
        }
        busy = false;
        Probe present = probe;
        if (present == null) {
            Probe begun = new Probe(now);
            probe = begun;
            begun.begin();
        } else if (present.verdict == Verdict.AWAITED && now - present.began >= stall) {
            present.end(Condition.BROKEN);
            connection.close(
                    "no answer for %d ms, and none on another connection either"
                            .formatted(silence / 1_000_000));
        } else if (present.verdict == Verdict.LOST) {
            present.end(Condition.CLEAN);
            connection.close(
                    "no answer for %d ms, %s".formatted(silence / 1_000_000, present.reason));
        }
    }

    private enum Verdict {
        AWAITED,
        LOST
    }

    /** One question over the control lane. */
    private final class Probe extends Waiter {
        final long began;
        Verdict verdict = Verdict.AWAITED;
        String reason = "";
        private @Nullable Lease lease;

        Probe(long began) {
            this.began = began;
        }

        void begin() {
            lanes.pool(Lane.CONTROL).acquire(this);
        }

        @Override
        protected void onLease(Lease granted) {
            lease = granted;
            ((RespConnection) granted.connection()).ask(new Ping(), "PING");
        }

        @Override
        protected void onNoLease(Refusal refusal) {
            verdict = Verdict.LOST;
            reason = refusal.message();
        }

        @Override
        protected void onStillWaiting(long now, long waitedNanos) {}

        @Override
        protected void onLeaseSweep(long now) {}

        void end(Condition condition) {
            if (probe == this) {
                probe = null;
            }
            stopWaiting();
            Lease held = lease;
            if (held != null) {
                lease = null;
                held.giveBack(condition);
            }
        }

        private final class Ping extends Question {
            @Override
            void onAnswer(byte type, byte[] reply, int length) {
                ByteBuf answer = Unpooled.wrappedBuffer(reply, 0, length);
                if (type == '-' && Words.saysBusy(answer)) {
                    busy = true;
                    busyUntil =
                            lanes.loop().now()
                                    + lanes.policy().settings().shared().stall().toNanos();
                    end(Condition.CLEAN);
                } else {
                    verdict = Verdict.LOST;
                    reason = "although it answers on another connection";
                }
            }

            @Override
            void onNoAnswer(String why) {
                verdict = Verdict.LOST;
                reason = "and another connection was lost, too: " + why;
                lease = null;
            }
        }
    }
}
