package io.sluice.pg.session;

import io.sluice.metrics.Counter;

/**
 * The cancel requests for what one server does. Until a request's own connection has ended the
 * server connection is kept from the next session, and nothing further is sent to it: a late cancel
 * must not hit somebody else, nor the next statement.
 *
 * <p>One request is under way at a time: for all that are asked for meanwhile one follows it, if
 * the server still does something then. Only who asked first is kept waiting, so that no more
 * connections wait than servers are being cancelled.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class Cancelling {
    /** After so long a request is repeated: it may have come before what it was to cancel. */
    private static final long AGAIN_NANOS = 500_000_000L;

    private final PgServerConnection connection;
    private boolean underWay;
    private boolean askedAgain;
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
     * @param done run when the request has been handed over; at once while another is under way
     */
    void request(Runnable done) {
        if (underWay) {
            askedAgain = true;
            done.run();
        } else {
            send(done);
        }
    }

    private void send(Runnable done) {
        underWay = true;
        sentAt = connection.pool().loop().now();
        connection.pool().stats().add(Counter.CANCELS, 1);
        CancelRequests.send(connection, () -> onOver(done));
    }

    private void onOver(Runnable done) {
        done.run();
        boolean sendsAgain = askedAgain && !connection.isGone() && !connection.expected().isEmpty();
        askedAgain = false;
        if (sendsAgain) {
            send(() -> {});
            return;
        }
        underWay = false;
        connection.onCancelOver();
    }
}
