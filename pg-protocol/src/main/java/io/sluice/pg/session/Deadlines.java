package io.sluice.pg.session;

import io.sluice.config.TimeoutsConfig;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.TransactionStatus;
import java.time.Duration;

/**
 * How long a session's client and its server may take, looked at by each sweep.
 *
 * <p><b>Threads:</b> confined to the session's loop. Times are nanoseconds of its clock.
 */
final class Deadlines {
    private final PgSession session;

    /** When the running request was cancelled because it took too long. */
    private long cancelledAt;

    /** Since when the client has not read what it was sent; 0: it has. */
    private long clientFullSince;

    /** All bytes of either direction when the sweep last looked, and when they were others. */
    private long bytesSeen;

    private long silentSince;

    Deadlines(PgSession session) {
        this.session = session;
    }

    /** The client's channel takes no more. */
    void onClientFull(long now) {
        if (clientFullSince == 0) {
            clientFullSince = now;
        }
    }

    /** The client's channel takes more. */
    void onClientReads() {
        clientFullSince = 0;
    }

    /** Looks at a session that holds a lease. */
    void sweepLeased(long now) {
        if (session.answers().haveRoom()) {
            onClientReads();
        }
        TimeoutsConfig limits = session.timeouts();
        TransactionStatus status = session.status();
        if (!session.isServerReady() || session.serverInUse().fitting().isUnderWay()) {
            Duration limit = session.pgPool().backend().connectTimeout();
            if (isLate(now, session.serverInUse().fitting().since(), limit)) {
                session.serverInUse().close("it did not take its session's settings in time");
            }
        } else if (endStalled(now, limits)) {
            return;
        } else if (status != TransactionStatus.IDLE
                && isLate(now, session.transactionBegan(), limits.transaction())) {
            session.ending()
                    .fatal(
                            ErrorResponse.fatal(
                                    "25P04",
                                    "terminating connection due to transaction timeout (%d ms)"
                                            .formatted(limits.transaction().toMillis())),
                            "transaction timeout");
        } else if (!session.requests().isEmpty()) {
            sweepRequest(now, limits);
        } else if (status != TransactionStatus.IDLE) {
            if (isLate(now, session.answeredAt(), session.pgPool().idleInTransactionLimit())) {
                endIdleInTransaction(limits);
            }
        } else {
            sweepSilent(now, limits);
        }
    }

    /** Looks at a session that neither holds a lease nor waits for one. */
    void sweepIdle(long now) {
        if (session.answers().haveRoom()) {
            onClientReads();
        }
        TimeoutsConfig limits = session.timeouts();
        if (!endStalled(now, limits)) {
            sweepSilent(now, limits);
        }
    }

    /** Ends a session whose client has not read for too long, and says whether it did. */
    private boolean endStalled(long now, TimeoutsConfig limits) {
        if (clientFullSince == 0 || !isLate(now, clientFullSince, limits.clientStall())) {
            return false;
        }
        session.ending()
                .untold(
                        "it did not read its answer for "
                                + limits.clientStall().toMillis()
                                + " ms");
        return true;
    }

    private void sweepSilent(long now, TimeoutsConfig limits) {
        long since = Math.max(session.answeredAt(), session.requestedAt());
        if (isLate(now, since, limits.clientIdle())) {
            session.ending()
                    .fatal(
                            ErrorResponse.fatal(
                                    "57P05",
                                    "terminating connection due to client idle timeout (%d ms)"
                                            .formatted(limits.clientIdle().toMillis())),
                            "client idle timeout");
        }
    }

    private void sweepRequest(long now, TimeoutsConfig limits) {
        PgOperation operation = session.requests().first();
        if ((!operation.complete() || session.isInsideRequest()) && sweepUnfinished(now, limits)) {
            return;
        }
        if (operation.timedOut()) {
            if (isLate(now, cancelledAt, limits.cancel())) {
                session.serverInUse().close("it did not react to a cancel request");
            } else if (session.serverInUse().cancelling().isDueAgain(now)) {
                session.serverInUse().cancel(() -> {});
            }
        } else if (operation.sentAt() != 0
                && operation.complete()
                && isLate(
                        now,
                        Math.max(operation.sentAt(), session.answeredAt()),
                        session.pgPool().queryLimit())) {
            cancelTimedOut(operation, now);
        }
    }

    private void cancelTimedOut(PgOperation operation, long now) {
        operation.setTimedOut();
        cancelledAt = now;
        session.serverInUse().cancel(() -> {});
    }

    /**
     * The client has not ended its request: half a message, or no Sync. Where the server has
     * nothing to do it is the client that holds the lease in silence, as one idle in a transaction
     * does.
     *
     * @return whether there is nothing else to look at
     */
    private boolean sweepUnfinished(long now, TimeoutsConfig limits) {
        PgOperation operation = session.requests().first();
        long bytes = session.bytesPassed();
        if (bytes != bytesSeen) {
            bytesSeen = bytes;
            silentSince = now;
            return true;
        }
        PgServerConnection server = session.serverInUse();
        boolean serverIsDone = server.expected().isEmpty() || server.expected().isSkipping();
        boolean serverHoldsItUp = !server.channel().isWritable();
        boolean isOnlyRequest = session.requests().size() == 1;
        if (serverIsDone || (session.isInsideRequest() && isOnlyRequest && !serverHoldsItUp)) {
            if (isLate(now, silentSince, limits.idleInTransaction())) {
                endIdleInTransaction(limits);
            }
            return true;
        }
        if (!operation.timedOut() && isLate(now, silentSince, session.pgPool().queryLimit())) {
            cancelTimedOut(operation, now);
            return true;
        }
        return false;
    }

    private void endIdleInTransaction(TimeoutsConfig limits) {
        session.ending()
                .fatal(
                        ErrorResponse.fatal(
                                "25P03",
                                "terminating connection due to idle-in-transaction timeout (%d ms)"
                                        .formatted(limits.idleInTransaction().toMillis())),
                        "idle in transaction");
    }

    private static boolean isLate(long now, long since, Duration limit) {
        return limit.isPositive() && now - since >= limit.toNanos();
    }
}
