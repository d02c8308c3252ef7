package io.sluice.pg.config;

import io.sluice.config.Section;
import io.sluice.pg.auth.ClientAuthMethod;
import io.sluice.spi.ProtocolBinder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Binds PostgreSQL's own keys; {@code reference-postgres.conf} documents them. */
public final class PgBinder implements ProtocolBinder {
    private static final Duration LONGEST = Duration.ofDays(24);

    @Override
    public PgSettings bindGlobal(Section section) {
        return settings(section);
    }

    @Override
    public PgSettings.Backend bindBackend(Section section) {
        return new PgSettings.Backend(
                section.bool("direct-tls"), section.bool("allow-cleartext-password"));
    }

    /** What a tenant does not say, its section has from {@code sluice.postgres}. */
    @Override
    public PgSettings bindService(Section section, Object global) {
        return settings(section);
    }

    private static PgSettings settings(Section section) {
        Section server = section.section("server");
        Section statements = section.section("prepared-statements");
        return new PgSettings(
                section.choice("pool-mode", PoolMode.class),
                section.choice("auth-method", ClientAuthMethod.class),
                new PgSettings.Server(
                        server.duration("statement-timeout", Duration.ZERO, LONGEST),
                        server.duration("lock-timeout", Duration.ZERO, LONGEST),
                        server.duration(
                                "idle-in-transaction-session-timeout", Duration.ZERO, LONGEST),
                        parameters(server.section("parameters"))),
                new PgSettings.Statements(
                        statements.integer("per-server", 1, 100_000),
                        statements.integer("per-client", 1, 100_000),
                        (int) statements.bytes("max-bytes", 1024, 16 << 20)));
    }

    private static Map<String, String> parameters(Section section) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String name : section.names()) {
            parameters.put(name, section.string(name));
        }
        return Map.copyOf(parameters);
    }

    @Override
    public PgSettings.Database bindDatabase(Section section, Object service) {
        return new PgSettings.Database(
                section.has("pool-mode") ? section.choice("pool-mode", PoolMode.class) : null);
    }

    @Override
    public PgSettings.User bindUser(Section section, Object service) {
        return new PgSettings.User(
                section.has("pool-mode") ? section.choice("pool-mode", PoolMode.class) : null);
    }
}
