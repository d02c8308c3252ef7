package io.sluice.config;

import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.ConsoleConfig.Role;
import io.sluice.spi.ProtocolBinder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Binds the whole tree, section after section; what is wrong is in the {@link Reading}. */
final class ConfigBinder {
    private static final int MOST_CLIENTS = 10_000_000;
    private static final int LARGEST_INPUT = 1 << 30;
    private static final Duration NONE = Duration.ZERO;
    private static final Duration LONGEST = PoolBinder.LONGEST;

    private final Map<String, ProtocolBinder> protocols;
    private final SecretReader secrets;
    private final TlsBinder tls;

    ConfigBinder(Map<String, ProtocolBinder> protocols, Path folder, Map<String, String> env) {
        this.protocols = protocols;
        this.secrets = new SecretReader(folder, env);
        this.tls = new TlsBinder(folder);
    }

    SluiceConfig bind(SectionReader root) {
        SectionReader sluice = root.section("sluice");
        var listenerBinder = new ListenerBinder(sluice, tls);
        var listeners = listenerBinder.listeners(protocols.keySet());
        PoolBinder.pool(sluice.section("pool"));
        PoolBinder.timeouts(sluice.section("timeouts"));
        Map<String, Object> globals = globals(sluice);
        var backendBinder = new BackendBinder(sluice, protocols, tls);
        backendBinder.template();
        var backends = backendBinder.backends();
        var tenants = new TenantBinder(sluice, protocols, globals, backends, listeners, secrets);
        var tiers = tenants.tiers();
        return new SluiceConfig(
                runtime(sluice),
                Collections.unmodifiableMap(listeners),
                limits(sluice.section("limits")),
                sluice.section("timeouts").duration("login", NONE, LONGEST),
                log(sluice.section("log")),
                console(sluice.section("console")),
                listenerBinder.http(),
                Collections.unmodifiableMap(backends),
                tiers,
                tenants.tenants(tiers),
                Collections.unmodifiableMap(globals));
    }

    private Map<String, Object> globals(SectionReader sluice) {
        var globals = new LinkedHashMap<String, Object>();
        protocols.forEach((name, binder) -> {
            SectionReader section = sluice.section(name);
            section.knows("backend");
            PoolBinder.pool(section.section("pool").over(sluice.section("pool")));
            PoolBinder.timeouts(section.section("timeouts").over(sluice.section("timeouts")));
            globals.put(name, binder.bindGlobal(section));
        });
        return globals;
    }

    private static RuntimeConfig runtime(SectionReader sluice) {
        SectionReader shutdown = sluice.section("shutdown");
        return new RuntimeConfig(
                sluice.oneOf("transport", List.of("auto", "epoll", "io_uring", "nio")),
                sluice.integerOr("auto", "event-loops", 1, 1024)
                        .orElseGet(() -> Runtime.getRuntime().availableProcessors()),
                shutdown.duration("drain-timeout", NONE, LONGEST),
                shutdown.duration("readiness-delay", NONE, LONGEST));
    }

    private static LimitsConfig limits(Section limits) {
        return new LimitsConfig(
                limits.integer("max-clients", 1, MOST_CLIENTS),
                limits.integer("max-server-connections", 0, MOST_CLIENTS),
                limits.integer("max-unauthenticated", 1, MOST_CLIENTS),
                limits.integer("failed-logins", 0, MOST_CLIENTS),
                (int) limits.bytes("max-queued-input", 1024, LARGEST_INPUT),
                limits.integer("max-pipeline", 1, 1 << 20));
    }

    private static LogConfig log(Section log) {
        return new LogConfig(
                log.bool("connections"),
                log.bool("disconnections"),
                log.bool("pooler-errors"),
                log.duration("slow-query", NONE, LONGEST));
    }

    private ConsoleConfig console(SectionReader console) {
        SectionReader section = console.section("users");
        var users = new LinkedHashMap<String, ConsoleUser>();
        for (String name : section.names()) {
            SectionReader user = section.section(name);
            users.put(
                    name,
                    new ConsoleUser(
                            name,
                            user.choice("role", Role.class),
                            secrets.credential(user, "verify")));
        }
        return new ConsoleConfig(Collections.unmodifiableMap(users));
    }
}
