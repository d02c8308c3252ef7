package io.sluice.config;

import static java.util.Objects.requireNonNull;

import io.sluice.spi.ProtocolBinder;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Binds {@code tiers { }} and {@code tenants { }}. {@code pool} and {@code timeouts} of a user lie
 * over those of the tenant's protocol section, the tenant, its tier, the tier {@code default}, the
 * protocol and the process, in this order. A protocol's own keys lie user over tenant's protocol
 * section over protocol.
 */
final class TenantBinder {
    private static final String DEFAULT_TIER = "default";
    private static final int MOST_CLIENTS = 1_000_000;

    /** No dot, slash or space: names become part of user names and of console output. */
    private static final Pattern TENANT_NAME = Pattern.compile("[A-Za-z0-9_-]{1,63}");

    private final SectionReader sluice;
    private final Map<String, ProtocolBinder> protocols;
    private final Map<String, Object> globals;
    private final Map<String, BackendConfig> backends;
    private final Map<String, List<ListenerConfig>> listeners;
    private final SecretReader secrets;

    /**
     * @param globals what each protocol bound from its own section
     * @param listeners by protocol
     */
    TenantBinder(
            SectionReader sluice,
            Map<String, ProtocolBinder> protocols,
            Map<String, Object> globals,
            Map<String, BackendConfig> backends,
            Map<String, List<ListenerConfig>> listeners,
            SecretReader secrets) {
        this.sluice = sluice;
        this.protocols = protocols;
        this.globals = globals;
        this.backends = backends;
        this.listeners = listeners;
        this.secrets = secrets;
    }

    Map<String, TierConfig> tiers() {
        return bindAll(sluice.section("tiers"), this::tier);
    }

    private TierConfig tier(SectionReader own) {
        SectionReader tier = own.over(sluice.section("tiers").section(DEFAULT_TIER));
        PoolBinder.pool(tier.section("pool").over(sluice.section("pool")));
        PoolBinder.timeouts(tier.section("timeouts").over(sluice.section("timeouts")));
        tier.integer("max-clients", 0, MOST_CLIENTS);
        return new TierConfig(
                own.name(),
                tier.integer("max-concurrent", 0, MOST_CLIENTS),
                tier.integer("max-connections", 0, PoolBinder.MOST),
                tier.integer("max-blocking", 0, PoolBinder.MOST));
    }

    Map<String, TenantConfig> tenants(Map<String, TierConfig> tiers) {
        return bindAll(sluice.section("tenants"), tenant -> tenant(tenant, tiers));
    }

    private TenantConfig tenant(SectionReader own, Map<String, TierConfig> tiers) {
        if (!TENANT_NAME.matcher(own.name()).matches()) {
            own.rejectSelf("a tenant's name is of letters, digits, _ and -, at most 63");
        }
        TierConfig tier = tiers.get(own.string("tier", DEFAULT_TIER));
        if (tier == null) {
            own.rejectName("tier", "tier", own.string("tier"), tiers.keySet());
            tier = requireNonNull(tiers.get(DEFAULT_TIER));
        }
        SectionReader tenant =
                own.over(sluice.section("tiers").section(tier.name()))
                        .over(sluice.section("tiers").section(DEFAULT_TIER));
        checkLimits(
                own.section("pool").fallingBackTo(sluice.section("pool")),
                own.section("timeouts").fallingBackTo(sluice.section("timeouts")));
        var services = new LinkedHashMap<String, ServiceConfig>();
        for (String protocol : protocols.keySet()) {
            own.knows(protocol);
            if (own.has(protocol)) {
                services.put(protocol, service(protocol, own.section(protocol), tenant));
            }
        }
        int connections = tenant.integer("max-connections", 0, PoolBinder.MOST);
        int blocking = tenant.integer("max-blocking", 0, PoolBinder.MOST);
        return new TenantConfig(
                own.name(),
                tier,
                connections,
                blocking == 0 ? connections : blocking,
                tenant.integer("max-clients", 0, MOST_CLIENTS),
                services);
    }

    private ServiceConfig service(String protocol, SectionReader own, SectionReader tenant) {
        ProtocolBinder binder = requireNonNull(protocols.get(protocol));
        SectionReader global = sluice.section(protocol);
        BackendConfig backend = backend(protocol, own);
        SectionReader pool = layered("pool", own, tenant, global);
        SectionReader timeouts = layered("timeouts", own, tenant, global);
        checkLimits(
                own.section("pool").fallingBackTo(pool),
                own.section("timeouts").fallingBackTo(timeouts));
        own.knows("databases");
        own.knows("users");
        SectionReader layered = own.fallingBackTo(global);
        Object settings = binder.bindService(layered, requireNonNull(globals.get(protocol)));
        var databases = new LinkedHashMap<String, DatabaseConfig>();
        databases.putAll(
                bindAll(
                        own.section("databases"),
                        database -> database(database, layered, binder, settings)));
        binder.databases(settings).forEach(databases::putIfAbsent);
        ServiceConfig service =
                new ServiceConfig(
                        backend,
                        Collections.unmodifiableMap(databases),
                        bindAll(
                                own.section("users"),
                                user -> user(user, layered, pool, timeouts, binder, settings)),
                        settings);
        binder.checkService(layered, service, listenersOf(protocol, tenant.name()));
        return service;
    }

    private List<ListenerConfig> listenersOf(String protocol, String tenant) {
        return listeners.getOrDefault(protocol, List.of()).stream()
                .filter(one -> one.tenant() == null || one.tenant().equals(tenant))
                .toList();
    }

    /** Reads what is only in force for users, so that it is checked without one. */
    private static void checkLimits(SectionReader pool, SectionReader timeouts) {
        PoolBinder.pool(pool);
        PoolBinder.timeouts(timeouts);
    }

    private SectionReader layered(
            String key, SectionReader own, SectionReader tenant, SectionReader global) {
        return own.section(key)
                .over(tenant.section(key))
                .over(global.section(key))
                .over(sluice.section(key));
    }

    /** The backend it names; where there is none, a stand-in that no one gets to see. */
    private BackendConfig backend(String protocol, SectionReader service) {
        String name = service.string("backend");
        BackendConfig backend = backends.get(name);
        if (backend == null) {
            if (!name.isEmpty() && !sluice.section("backends").has(name)) {
                service.rejectName("backend", "backend", name, sluice.section("backends").names());
            }
            return new BackendConfig(
                    name,
                    protocol,
                    List.of(),
                    1,
                    Duration.ZERO,
                    Duration.ZERO,
                    null,
                    new SocketOptions(Duration.ZERO, Duration.ZERO, 0, Duration.ZERO),
                    new Object());
        }
        if (!backend.protocol().equals(protocol)) {
            service.reject(
                    "backend",
                    "backend \"%s\" speaks %s, not %s"
                            .formatted(name, backend.protocol(), protocol));
        }
        return backend;
    }

    private static DatabaseConfig database(
            SectionReader own, SectionReader service, ProtocolBinder binder, Object settings) {
        return new DatabaseConfig(
                own.name(),
                own.string("dbname", own.name()),
                own.integer("max-connections", 0, 0, PoolBinder.MOST),
                own.integer("max-clients", 0, 0, MOST_CLIENTS),
                binder.bindDatabase(own.fallingBackTo(service), settings));
    }

    private UserConfig user(
            SectionReader own,
            SectionReader service,
            SectionReader pool,
            SectionReader timeouts,
            ProtocolBinder binder,
            Object settings) {
        SectionReader server = own.section("server");
        UserConfig user =
                new UserConfig(
                        own.name(),
                        secrets.credential(own, "verify"),
                        server.string("user", own.name()),
                        secrets.login(server, "secret"),
                        PoolBinder.pool(own.section("pool").over(pool)),
                        PoolBinder.timeouts(own.section("timeouts").over(timeouts)),
                        own.integer("max-connections", 0, 0, PoolBinder.MOST),
                        own.integer("max-clients", 0, 0, MOST_CLIENTS),
                        binder.bindUser(own.fallingBackTo(service), settings));
        binder.checkUser(own, user, settings);
        return user;
    }

    private static <T> Map<String, T> bindAll(
            SectionReader sections, Function<SectionReader, T> bind) {
        var bound = new LinkedHashMap<String, T>();
        for (String name : sections.names()) {
            bound.put(name, bind.apply(sections.section(name)));
        }
        return Collections.unmodifiableMap(bound);
    }
}
