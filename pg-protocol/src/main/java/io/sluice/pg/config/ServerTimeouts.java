package io.sluice.pg.config;

import io.sluice.config.TimeoutsConfig;
import java.time.Duration;
import java.util.Optional;

/**
 * How long things may take that a server is told when a connection to it is opened; zero: it is
 * told nothing, and its own value holds. Being nearer, the server is to act first; the proxy acts
 * where it did not.
 *
 * @param statement one statement
 * @param lock one wait for a lock
 * @param idleInTransaction silence inside a transaction
 */
public record ServerTimeouts(Duration statement, Duration lock, Duration idleInTransaction) {
    /** What PostgreSQL takes at most: a little less than 2^31 milliseconds. */
    static final Duration LONGEST = Duration.ofDays(24);

    private static final Duration SECOND_LINE = Duration.ofSeconds(1);

    /** What is configured; where nothing is, the proxy's own limits of the same things. */
    static ServerTimeouts of(PgSettings.Server server, TimeoutsConfig own) {
        return new ServerTimeouts(
                told(server.statementTimeout(), own.query()),
                server.lockTimeout(),
                told(server.idleInTransactionTimeout(), own.idleInTransaction()));
    }

    private static Duration told(Optional<Duration> configured, Duration own) {
        return configured.orElseGet(() -> own.compareTo(LONGEST) > 0 ? Duration.ZERO : own);
    }

    /** When the proxy itself ends an operation, {@code own} being its configured limit. */
    public Duration secondLineForQuery(Duration own) {
        return secondLine(statement, own);
    }

    /** When the proxy itself ends a silent transaction, {@code own} being its configured limit. */
    public Duration secondLineForIdleInTransaction(Duration own) {
        return secondLine(idleInTransaction, own);
    }

    /** A second after the server, if the server is to act by {@code own}; else just then. */
    private static Duration secondLine(Duration server, Duration own) {
        boolean serverFirst = server.isPositive() && server.compareTo(own) <= 0;
        Duration later = server.plus(SECOND_LINE);
        return serverFirst && later.compareTo(own) > 0 ? later : own;
    }
}
