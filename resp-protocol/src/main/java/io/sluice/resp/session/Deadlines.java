package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.config.TimeoutsConfig;
import io.sluice.guard.Outcome;
import io.sluice.session.OperationRing;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a session's client and its server may take, looked at by each sweep.
 *
 * <p><b>Threads:</b> confined to the session's loop. Times are nanoseconds of its clock.
 */
final class Deadlines {
    private final RespSession session;

    /**
     * Since when the client has not taken what it was sent, with a lease held for it; 0: it has.
     */
    private long fullSince;

    /** When the client took again what its lease brings, which is not read meanwhile. */
    private long takesSince;

    /** When its slots on a shared connection were last looked at. */
    private long sweptAt;

    Deadlines(RespSession session) {
        this.session = session;
    }

    /** The client takes again what its lease brings. */
    void onClientTakes(long now) {
        takesSince = now;
    }

    /** There is no lease any more. */
    void onLeaseEnd() {
        fullSince = 0;
    }

    /** Looks at a session that is over, while its client is still to take its last words. */
    void sweepOver(long now) {
        if (isLate(now, session.silentSince(), session.lanes().timeouts().clientStall())) {
            session.ending().giveUp();
        }
    }

    // ---- with a lease

    /** Looks at a session that holds {@code leased}. */
    void sweepLeased(RespConnection leased, long now) {
        String slow = endClient(now) ? null : slowServer(now);
        if (slow != null) {
            leased.close(slow);
        }
    }

    /** Ends a client that keeps its lease for nothing; returns whether it did. */
    private boolean endClient(long now) {
        TimeoutsConfig limits = session.lanes().timeouts();
        String why = lateClient(now, limits);
        if (why != null) {
            session.ending().hangUp(why);
            return true;
        }
        long began = session.commands().transactionBegan();
        if (began != 0 && isLate(now, began, limits.transaction())) {
            endTransaction(limits.transaction());
            return true;
        }
        return false;
    }

    /** What a client is closed for without a word, as nothing can be said; null if it is not. */
    private @Nullable String lateClient(long now, TimeoutsConfig limits) {
        if (session.channel().isWritable()) {
            fullSince = 0;
        } else if (fullSince == 0) {
            fullSince = now;
        }
        if (fullSince != 0 && isLate(now, fullSince, limits.clientStall())) {
            return "it did not read its answer for %d ms (timeouts.client-stall)"
                    .formatted(limits.clientStall().toMillis());
        }
        if (session.transfer().isClientSilent(now, limits.clientStall().toNanos())) {
            return "it did not go on with a command that it had begun for %d ms (timeouts.client-stall)"
                    .formatted(limits.clientStall().toMillis());
        }
        boolean idle = session.ring().isEmpty() && session.commands().transactionBegan() != 0;
        if (idle && isLate(now, session.silentSince(), limits.idleInTransaction())) {
            return "it was silent with a transaction open or keys watched for %d ms (timeouts.idle-in-transaction)"
                    .formatted(limits.idleInTransaction().toMillis());
        }
        return null;
    }

    private void endTransaction(Duration limit) {
        String why =
                "its transaction took more than %d ms (timeouts.transaction)"
                        .formatted(limit.toMillis());
        if (session.ring().isEmpty()) {
            session.ending().hangUp(why); // what it is told now, it would take for another answer
        } else {
            session.ending().cutOff(Words.transactionTimedOut(limit), why);
        }
    }

    /** Why the leased server is given up; null if it is not. */
    private @Nullable String slowServer(long now) {
        String slow = session.commands().slowFence(now);
        if (slow == null) {
            slow = session.transfer().slowServer(now);
        }
        return slow == null && expire(now) ? "a command took too long on it" : slow;
    }

    // ---- without

    /** Looks at a session that has slots on a shared connection; once, however many it has. */
    void sweepShared(long now) {
        if (sweptAt != now) {
            sweptAt = now;
            expire(now);
        }
    }

    /** Looks at a session that neither holds a lease nor waits for one. */
    void sweepIdle(long now) {
        TimeoutsConfig limits = session.lanes().timeouts();
        long since = session.silentSince();
        if (session.isOver()) {
            sweepOver(now);
        } else if (session.ending().isLeaving() && session.isAllAnswered()) {
            if (isLate(now, since, limits.clientStall())) {
                session.ending()
                        .hangUp(
                                "it did not read its last answers for %d ms (timeouts.client-stall)"
                                        .formatted(limits.clientStall().toMillis()));
            }
        } else if (session.ring().isEmpty()) {
            session.ring().trim();
            if (!session.subscribing().isSubscribed() // who listens need not speak
                    && isLate(now, since, limits.clientIdle())) {
                session.ending()
                        .hangUp(
                                "it was silent for %d ms (timeouts.client-idle)"
                                        .formatted(limits.clientIdle().toMillis()));
            }
        }
    }

    // ---- commands

    /**
     * Answers what has taken too long, from the oldest on.
     *
     * @return whether something had
     */
    private boolean expire(long now) {
        if (session.lease() != null && !session.channel().isWritable()) {
            return false; // it is the client who takes so long
        }
        Answers answers = session.answers();
        OperationRing<RespOperation> ring = session.ring();
        boolean any = false;
        for (int i = 0; i < ring.size(); i++) {
            RespOperation operation = ring.get(i);
            if (operation.isAnswered()) {
                continue;
            }
            ByteBuf local = operation.takeHeld();
            if (local != null) {
                answers.write(local);
                session.answerEarly(operation, Outcome.OK);
                continue;
            }
            if (!operation.isDue(now, takesSince)) {
                break;
            }
            if (answers.isInside()) {
                session.ending().hangUp("a reply took too long to come");
                return true;
            }
            any = true;
            for (int reply = operation.owed(); reply > 0; reply--) {
                answers.error(Words.timedOut(Duration.ofNanos(operation.limit())));
            }
            session.answerEarly(operation, Outcome.TIMEOUT);
        }
        return any;
    }

    private static boolean isLate(long now, long since, Duration limit) {
        return limit.isPositive() && now - since >= limit.toNanos();
    }
}
