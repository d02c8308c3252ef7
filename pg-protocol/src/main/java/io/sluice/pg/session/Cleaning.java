package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.session.BackPressure;

/**
 * Makes a server connection clean, whatever its session has left: cancels and drains what still
 * runs, rolls back, and discards the session's state. Closes it if that does not work.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class Cleaning {
    private final PgServerConnection connection;

    /** What a session has left is being cancelled, and not over yet. */
    private boolean draining;

    /** Everything is answered, but a cancel is still under way. */
    private boolean drained;

    Cleaning(PgServerConnection connection) {
        this.connection = connection;
    }

    void begin() {
        BackPressure.resume(connection.channel());
        if (connection.copyIn().isUnsure()) {
            connection.close("it may answer a Sync that nobody waits for");
            return;
        }
        if (connection.expected().isEmpty() && !connection.expected().isSkipping()) {
            rollBack();
            return;
        }
        // Whatever is open or being skipped ends with a Sync; its answer comes after all others.
        if (connection.copyIn().isOpen()) {
            failCopy();
        } else {
            draining = true;
            connection.cancel(() -> {});
        }
        connection.askSync(error -> rollBack());
    }

    /** Ends a COPY whose client is gone. The server has ignored all Syncs up to here. */
    private void failCopy() {
        connection.copyIn().end();
        ByteBuf out = connection.channel().alloc().buffer(40);
        Messages.copyFail(out, "the client is gone");
        connection.send(out);
    }

    private void rollBack() {
        if (connection.isGone()) {
            return;
        }
        draining = false;
        if (connection.cancelling().isUnderWay()) {
            // The cancel may still arrive: only once it is over can anything be asked safely.
            drained = true;
            return;
        }
        if (isIdle()) {
            discard();
        } else {
            connection.ask(
                    "ROLLBACK",
                    error -> {
                        if (error == null && isIdle()) {
                            discard();
                        } else {
                            connection.close("ROLLBACK failed");
                        }
                    });
        }
    }

    private void discard() {
        connection.ask(
                "DISCARD ALL",
                error -> {
                    if (error != null || !isIdle()) {
                        connection.close("DISCARD ALL failed");
                        return;
                    }
                    connection.onDiscarded();
                });
    }

    private boolean isIdle() {
        return connection.status() == TransactionStatus.IDLE;
    }

    /** No cancel request is under way any more; goes on if it waited for that, and says so. */
    boolean onCancelOver() {
        if (!drained) {
            return false;
        }
        drained = false;
        rollBack();
        return true;
    }

    /** Repeats a cancel request that has not worked. */
    void onSweep(long now) {
        if (draining && connection.cancelling().isDueAgain(now)) {
            connection.cancel(() -> {});
        }
    }
}
