package io.sluice.pg.config;

import io.sluice.config.TimeoutsConfig;
import io.sluice.pg.auth.ClientAuthMethod;
import io.sluice.spi.PoolModeSetting;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What holds for the sessions of one tenant, resolved from global and tenant's keys.
 *
 * @param authMethod how clients are asked for their password
 * @param statements limits of prepared statements
 */
public record PgSettings(PoolMode mode, ClientAuthMethod authMethod, Statements statements)
        implements PoolModeSetting {

    @Override
    public String poolMode() {
        return mode.word();
    }

    /**
     * Set on servers in the startup packet, at no cost per query; zero: the server's own.
     *
     * @param statementTimeout empty: that of the user's {@code timeouts.query}
     * @param idleInTransactionTimeout empty: that of {@code timeouts.idle-in-transaction}
     * @param parameters further ones, by name
     */
    public record Server(
            Optional<Duration> statementTimeout,
            Duration lockTimeout,
            Optional<Duration> idleInTransactionTimeout,
            Map<String, String> parameters) {

        /** What a user's connections are told, whose own limits are {@code own}. */
        public ServerTimeouts timeouts(TimeoutsConfig own) {
            return ServerTimeouts.of(this, own);
        }
    }

    /**
     * Limits of prepared statements.
     *
     * @param perServer statements prepared on one server connection before the one used least
     *     recently is closed
     * @param perServerBytes bytes of their texts before that happens, too
     * @param perClient statements that one client may have prepared
     * @param perClientBytes bytes of the names and texts that one client may have prepared
     * @param perTenantBytes bytes of the texts that all clients of the tenant may have prepared
     * @param maxBytes longest text of a statement that is remembered; longer ones pin the session
     */
    public record Statements(
            int perServer,
            long perServerBytes,
            int perClient,
            long perClientBytes,
            long perTenantBytes,
            int maxBytes) {}

    /**
     * Of one database; null: the tenant's.
     *
     * @param mode overrides the tenant's
     */
    public record Database(@Nullable PoolMode mode) implements PoolModeSetting {
        @Override
        public @Nullable String poolMode() {
            return mode == null ? null : mode.word();
        }
    }

    /**
     * Of one user.
     *
     * @param mode overrides the database's; null: the database's or tenant's
     * @param server what the user's server connections are opened with
     */
    public record User(@Nullable PoolMode mode, Server server) implements PoolModeSetting {
        @Override
        public @Nullable String poolMode() {
            return mode == null ? null : mode.word();
        }
    }

    /**
     * Of one backend.
     *
     * @param directTls whether TLS begins without asking first (from PostgreSQL 17)
     * @param allowCleartext whether the server may ask for the password itself without TLS
     */
    public record Backend(boolean directTls, boolean allowCleartext) {}
}
