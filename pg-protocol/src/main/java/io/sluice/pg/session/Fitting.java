package io.sluice.pg.session;

import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.settings.SettingsTracker;

/**
 * Makes a server connection fit for the next request of the session that leases it: gives it the
 * session's settings, restores what a RESET has taken from them, and finds out what it has answered
 * where that is not certain. Meanwhile nothing is sent for the client.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class Fitting {
    private final PgServerConnection connection;
    private Settings applied = Settings.NONE;

    /** Something of the proxy's own was sent to the server: settings again, or a fence. */
    private boolean underWay;

    private long since;

    Fitting(PgServerConnection connection) {
        this.connection = connection;
    }

    /** The settings that the connection was left with. */
    Settings applied() {
        return applied;
    }

    void setApplied(Settings settings) {
        applied = settings;
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** When the last began, in nanoseconds of the loop's clock. */
    long since() {
        return since;
    }

    /** A session has leased the connection. */
    void begin(PgSession session) {
        apply(
                session,
                applied,
                session.settings().wanted(),
                () -> session.onServerReady(connection));
    }

    /** Asks what the proxy itself must ask on the lease, unless a late cancel could hit it. */
    void askOwn(PgSession session) {
        if (connection.cancelling().isUnderWay() || !connection.expected().isEmpty()) {
            return;
        }
        if (session.settings().owesStartupSettings()
                && session.status() != TransactionStatus.FAILED
                && session.requests().isEmpty()
                && !session.isInsideRequest()) {
            restoreStartupSettings(session);
        }
        if (isHeldBy(session)
                && connection.copyIn().isUnsure()
                && !session.isInsideRequest()
                && connection.expected().isEmpty()
                && !connection.expected().isSkipping()) {
            fence(session);
        }
    }

    /**
     * A RESET returns to what the client asked for at startup, of which the server knows nothing.
     */
    private void restoreStartupSettings(PgSession session) {
        SettingsTracker settings = session.settings();
        apply(session, settings.current(), settings.wanted(), session::onServerFitAgain);
    }

    /** Nothing is sent, and nobody else gets the server, until it is known what it has answered. */
    private void fence(PgSession session) {
        underWay = true;
        since = session.loop().now();
        connection
                .copyIn()
                .fence(() -> {
                    underWay = false;
                    if (isHeldBy(session)) {
                        session.onServerFitAgain();
                    }
                });
    }

    /** Has a server that has {@code present} take {@code wanted}. */
    private void apply(PgSession session, Settings present, Settings wanted, Runnable done) {
        since = session.loop().now();
        String sql = Settings.difference(present, wanted);
        if (sql.isEmpty()) {
            onApplied(session, wanted);
            done.run();
            return;
        }
        Runnable then =
                () -> {
                    onApplied(session, wanted);
                    done.run();
                };
        Settings readable = present.with(Settings.CLIENT_ENCODING, Settings.UTF_8);
        if (Settings.isAscii(sql)
                || connection.parameters().readsUtf8()
                || readable.equals(present)) {
            ask(session, sql, then);
        } else {
            // A Query is read as a whole in the encoding that holds before it.
            ask(
                    session,
                    Settings.difference(present, readable),
                    () -> {
                        applied = readable;
                        ask(session, Settings.difference(readable, wanted), then);
                    });
        }
    }

    private static void onApplied(PgSession session, Settings wanted) {
        session.settings().onApplied(wanted, session.status() == TransactionStatus.IDLE);
    }

    private void ask(PgSession session, String sql, Runnable then) {
        underWay = true;
        connection.ask(
                sql,
                error -> {
                    underWay = false;
                    if (!isHeldBy(session)) {
                        return;
                    }
                    if (error == null) {
                        then.run();
                    } else {
                        session.onSettingsRefused(error);
                    }
                });
    }

    private boolean isHeldBy(PgSession session) {
        return !session.isOver() && session.server() == connection;
    }
}
