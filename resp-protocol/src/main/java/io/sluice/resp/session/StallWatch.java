package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.guard.Refusal;
import io.sluice.net.Loop;
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
 * <p>What was found out counts for connections that have been silent since before it was asked, and
 * only a while after it was answered: a server that was busy answers everybody at once, and in any
 * order.
 *
 * <p><b>Threads:</b> confined to one loop.
 */
final class StallWatch {
    /** What a server gets that answers again, to do so on all its connections. */
    private static final long GRACE_NANOS = 2 * Loop.SWEEP_MILLIS * 1_000_000L;

    private final RespLanes lanes;
    private @Nullable Probe probe;
    private @Nullable Finding finding;
    private boolean busy;

    /** When the server last said that it is alive, and does not answer for the time being. */
    private long busyAt;

    StallWatch(RespLanes lanes) {
        this.lanes = lanes;
    }

    /**
     * That a server which is silent on a connection has lost it.
     *
     * @param askedAt when it was asked
     * @param foundAt when that was known
     * @param words how
     */
    private record Finding(long askedAt, long foundAt, String words) {}

    /**
     * Looks at a shared connection that has open slots.
     *
     * @param silence nanoseconds since it has answered, or was asked with nothing else open
     * @param stall nanoseconds of silence after which it is looked into
     */
    void look(RespConnection connection, long silence, long stall) {
        long now = lanes.loop().now();
        if (silence < stall) {
            return;
        }
        Probe asking = probe;
        if (asking != null && now - asking.askedAt >= stall) {
            asking.end(Condition.BROKEN);
            finding = new Finding(asking.askedAt, now, "and none on another connection either");
        }
        Finding found = finding;
        if (found != null && now - silence - found.askedAt < 0) {
            if (now - found.foundAt >= GRACE_NANOS || asking != null) {
                connection.close(
                        "no answer for %d ms, %s".formatted(silence / 1_000_000, found.words));
            }
        } else if (probe == null && !isBusy(now, stall)) {
            finding = null;
            Probe begun = new Probe(now);
            probe = begun;
            begun.begin();
        }
    }

    /** Whether it has said so less than {@code stall} ago. */
    private boolean isBusy(long now, long stall) {
        busy &= now - busyAt < stall;
        return busy;
    }

    private void onBusy() {
        busy = true;
        busyAt = lanes.loop().now();
    }

    /** One question over the control lane. */
    private final class Probe extends Waiter {
        final long askedAt;
        private @Nullable Lease lease;

        Probe(long askedAt) {
            this.askedAt = askedAt;
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
            if (refusal instanceof Refusal.BackendUnavailable(_, _, var code, _)
                    && Words.saysBusy(code)) {
                end(Condition.CLEAN);
                onBusy();
            } else {
                found(refusal.message());
            }
        }

        private void found(String words) {
            if (probe == this) {
                end(Condition.CLEAN);
                finding = new Finding(askedAt, lanes.loop().now(), words);
            }
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
                    end(Condition.CLEAN);
                    onBusy();
                } else {
                    found("although it answers on another connection");
                }
            }

            @Override
            void onNoAnswer(String why) {
                lease = null; // the pool has heard of it from the connection
                found("and another connection was lost, too: " + why);
            }
        }
    }
}
