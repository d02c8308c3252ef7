package io.sluice.pg.config;

import io.netty.channel.unix.DomainSocketAddress;
import io.sluice.config.ListenerConfig;
import io.sluice.config.Section;
import io.sluice.config.ServiceConfig;
import io.sluice.config.UserConfig;
import io.sluice.net.Listener;
import io.sluice.pg.auth.ClientAuthMethod;
import io.sluice.spi.ProtocolBinder;
import io.sluice.tenant.credential.Verifier;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Binds PostgreSQL's own keys; {@code reference-postgres.conf} documents them. */
public final class PgBinder implements ProtocolBinder {
    private static final Map<String, String> KEYS_OF_THEIR_OWN =
            Map.of(
                    "statement_timeout", "statement-timeout",
                    "lock_timeout", "lock-timeout",
                    "idle_in_transaction_session_timeout", "idle-in-transaction-session-timeout");

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
        server(section); // in force for users only, but wrong also without one
        Section statements = section.section("prepared-statements");
        return new PgSettings(
                section.choice("pool-mode", PoolMode.class),
                section.choice("auth-method", ClientAuthMethod.class),
                new PgSettings.Statements(
                        statements.integer("per-server", 1, 100_000),
                        statements.bytes("per-server-bytes", 1024, 1 << 30),
                        statements.integer("per-client", 1, 100_000),
                        statements.bytes("per-client-bytes", 1024, 1 << 30),
                        statements.bytes("per-tenant-bytes", 1024, 1 << 30),
                        (int) statements.bytes("max-bytes", 1024, 16 << 20)));
    }

    private static PgSettings.Server server(Section around) {
        Section server = around.section("server");
        return new PgSettings.Server(
                server.durationOr(
                        "auto", "statement-timeout", Duration.ZERO, ServerTimeouts.LONGEST),
                server.duration("lock-timeout", Duration.ZERO, ServerTimeouts.LONGEST),
                server.durationOr(
                        "auto",
                        "idle-in-transaction-session-timeout",
                        Duration.ZERO,
                        ServerTimeouts.LONGEST),
                parameters(server.section("parameters")));
    }

    private static Map<String, String> parameters(Section section) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String name : section.names()) {
            String key = KEYS_OF_THEIR_OWN.get(name.toLowerCase(Locale.ROOT));
            if (key != null) {
                section.reject(name, "has a key of its own: server." + key);
            }
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
                section.has("pool-mode") ? section.choice("pool-mode", PoolMode.class) : null,
                server(section));
    }

    @Override
    public void checkService(
            Section section, ServiceConfig service, List<ListenerConfig> listeners) {
        ClientAuthMethod method = ((PgSettings) service.protocolSettings()).authMethod();
        if (method == ClientAuthMethod.PASSWORD) {
            listeners.stream()
                    .filter(PgBinder::isInClear)
                    .findFirst()
                    .ifPresent(open ->
                            section.reject(
                                    "auth-method",
                                    "password sends passwords in clear, and %s does not require TLS: set tls-required there, or auth-method = scram"
                                            .formatted(Listener.printable(open.address()))));
        }
    }

    @Override
    public void checkUser(Section section, UserConfig user, Object service) {
        ((PgSettings) service)
                .authMethod()
                .problemWith(Verifier.allOf(user.verify(), user.name()))
                .ifPresent(problem ->
                        section.reject(
                                "verify", "never lets this user in: auth-method " + problem));
    }

    private static boolean isInClear(ListenerConfig listener) {
        return !listener.tlsRequired() && !(listener.address() instanceof DomainSocketAddress);
    }
}
