package io.sluice.pg.session;

import io.sluice.guard.Outcome;
import io.sluice.net.Listener;
import io.sluice.pg.message.ErrorResponse;
import java.time.Duration;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The lines that sessions write to the log, as far as the configuration wants them. */
final class SessionLog {
    private static final Logger LOG = LogManager.getLogger(PgSession.class);

    private SessionLog() {}

    /** The client is told an error that is not its server's. */
    static void answered(PgSession session, ErrorResponse error) {
        if (session.context().proxy().config().log().poolerErrors()) {
            LOG.warn(
                    "session={} pool={} answered by Sluice: {} {}",
                    session.id(),
                    session.pool().key(),
                    error.code(),
                    error.message());
        }
    }

    /**
     * A request was answered: tells of it if it was slow.
     *
     * @param now in nanoseconds of the loop's clock
     */
    static void ifSlow(PgSession session, PgOperation operation, Outcome outcome, long now) {
        Duration slow = session.context().proxy().config().log().slowQuery();
        long took = now - operation.startedAt();
        if (slow.isPositive() && took >= slow.toNanos()) {
            LOG.warn(
                    "slow session={} tenant={} database={} user={} client={} server_pid={} command={} took_ms={} waited_ms={} outcome={}",
                    session.id(),
                    session.pool().key().tenant(),
                    session.pool().key().database(),
                    session.pool().key().user(),
                    Listener.printable(session.channel().remoteAddress()),
                    session.serverInUse().serverId(),
                    operation.command(),
                    took / 1_000_000,
                    operation.sentAt() == 0
                            ? 0
                            : (operation.sentAt() - operation.startedAt()) / 1_000_000,
                    outcome);
        }
    }

    /** Something failed that must not. */
    static void failed(PgSession session, Throwable cause) {
        LOG.error("session={} pool={} failed", session.id(), session.pool().key(), cause);
    }

    /** The session is over. */
    static void closed(PgSession session, String reason) {
        if (session.context().proxy().config().log().disconnections()) {
            LOG.info(
                    "session={} pool={} client={} closed: {} (age_s={} queries={} sent_bytes={})",
                    session.id(),
                    session.pool().key(),
                    Listener.printable(session.channel().remoteAddress()),
                    reason,
                    (session.loop().now() - session.connectedAt()) / 1_000_000_000L,
                    session.requests().answered(),
                    session.answers().bytes());
        }
    }
}
