package io.sluice.pg.session;

import io.sluice.metrics.Counter;
import java.util.ArrayList;
import java.util.List;

/**
 * The cancel requests for what one server does. Until a request's own connection has ended the
 * server connection is kept from the next session, and nothing further is sent to it: a late cancel
 * must not hit somebody else, nor the next statement.
 *
 * <p>One request is under way at a time: of all that are asked for meanwhile one follows it, if the
 * server still does something then.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class Cancelling {
    /** After so long a request is repeated: it may have come before what it was to cancel. */
    private static final long AGAIN_NANOS = 500_000_000L;

    private final PgServerConnection connection;
    private final List<Runnable> further = new ArrayList<>(0);
    private boolean underWay;
    private long sentAt;

    Cancelling(PgServerConnection connection) {
        this.connection = connection;
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** Whether the last request was so long ago that it was lost, if it has not worked. */
    boolean isDueAgain(long now) {
        return !underWay && now - sentAt >= AGAIN_NANOS;
    }

    /**
     * Asks the server to cancel what it is doing.
     *
     * @param done run when the request has been handed over
     */
    void request(Runnable done) {
        if (underWay) {
            further.add(done);
        } else {
            send(List.of(done));
        }
    }

    private void send(List<Runnable> done) {
        underWay = true;
        sentAt = connection.pool().loop().now();
        connection.pool().stats().add(Counter.CANCELS, 1);
        CancelRequests.send(connection, () -> onOver(done));
    }

    private void onOver(List<Runnable> done) {
        done.forEach(Runnable::run);
        List<Runnable> next = List.copyOf(further);
        further.clear();
        if (!next.isEmpty() && !connection.isGone() && !connection.expected().isEmpty()) {
            send(next);
            return;
        }
        next.forEach(Runnable::run);
        underWay = false;
        connection.onCancelOver();
    }
}
