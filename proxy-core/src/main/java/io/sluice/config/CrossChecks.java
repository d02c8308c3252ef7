package io.sluice.config;

import static java.util.Objects.requireNonNull;

import io.sluice.spi.ProtocolBinder;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What no key by itself is wrong about: figures and names that do not fit together. A key that was
 * already reported is left out, since nobody knows its value.
 */
final class CrossChecks {
    private static final KeyPath SLUICE = KeyPath.of("sluice");
    private static final KeyPath LISTEN = SLUICE.child("listen");
    private static final KeyPath TENANTS = SLUICE.child("tenants");

    private record Listening(String name, KeyPath path, SocketAddress address) {}

    private final SluiceConfig config;
    private final Map<String, ProtocolBinder> protocols;
    private final Reading reading;

    CrossChecks(SluiceConfig config, Map<String, ProtocolBinder> protocols, Reading reading) {
        this.config = config;
        this.protocols = protocols;
        this.reading = reading;
    }

    void run() {
        List<Listening> listening = listening();
        duplicates(listening);
        open(listening);
        listenersTenants();
        unheard();
        eachPool();
        minimums();
        blocking();
        betweenTenants();
    }

    private List<Listening> listening() {
        var all = new ArrayList<Listening>();
        config.listeners()
                .forEach((protocol, listeners) -> {
                    for (int i = 0; i < listeners.size(); i++) {
                        KeyPath path = entry(protocol, i).child("address");
                        add(all, protocol, path, listeners.get(i).address());
                    }
                });
        SocketAddress http = config.http().address();
        if (http != null) {
            add(all, "http", LISTEN.child("http"), http);
        }
        return all;
    }

    private void add(List<Listening> all, String name, KeyPath path, SocketAddress address) {
        if (reading.setting(path) != null) {
            all.add(new Listening(name, path, address));
        }
    }

    /** Where listener {@code index} is written: in a list, or alone. */
    private KeyPath entry(String protocol, int index) {
        KeyPath alone = LISTEN.child(protocol);
        return reading.setting(alone.child("address")) != null ? alone : alone.element(index);
    }

    private void duplicates(List<Listening> listening) {
        for (int i = 0; i < listening.size(); i++) {
            for (int j = 0; j < i; j++) {
                Listening one = listening.get(i);
                Listening other = listening.get(j);
                if (Addresses.overlap(one.address(), other.address())) {
                    error(
                            one.path(),
                            "%s and %s (%s) cannot both be listened on"
                                    .formatted(
                                            Addresses.show(one.address()),
                                            Addresses.show(other.address()),
                                            other.name()));
                }
            }
        }
    }

    /** Console and HTTP are never open without a login beyond this machine. */
    private void open(List<Listening> listening) {
        List<Listening> beyond =
                listening.stream().filter(one -> !Addresses.isLocal(one.address())).toList();
        for (Listening one : beyond) {
            if (one.name().equals("http") && config.console().users().isEmpty()) {
                error(
                        one.path(),
                        "HTTP on %s is reachable from other machines and console.users is empty: add one or listen on 127.0.0.1"
                                .formatted(Addresses.show(one.address())));
            }
        }
        if (beyond.isEmpty()) {
            return;
        }
        String where = Addresses.show(beyond.getFirst().address());
        config.console()
                .users()
                .forEach((name, user) -> {
                    if (user.verify().trust()) {
                        error(
                                SLUICE.child("console").child("users").child(name).child("verify"),
                                "trust would open the console to other machines, since Sluice listens on "
                                        + where);
                    }
                });
        forEachUser((tenant, protocol, service, user) -> {
            boolean reachable = beyond.stream().anyMatch(one -> one.name().equals(protocol));
            if (user.verify().trust() && reachable) {
                warning(
                        userPath(tenant, protocol, user).child("verify"),
                        "trust lets anybody in who reaches " + where);
            }
        });
    }

    private void listenersTenants() {
        config.listeners()
                .forEach((protocol, listeners) -> {
                    for (int i = 0; i < listeners.size(); i++) {
                        String name = listeners.get(i).tenant();
                        if (name != null) {
                            tenantOf(entry(protocol, i).child("tenant"), protocol, name);
                        }
                    }
                });
    }

    private void tenantOf(KeyPath path, String protocol, String name) {
        TenantConfig tenant = config.tenants().get(name);
        if (tenant == null) {
            reading.error(
                    where(path),
                    path,
                    "there is no tenant \"%s\"".formatted(name),
                    Nearest.hint(name, config.tenants().keySet()));
        } else if (!tenant.services().containsKey(protocol)) {
            error(path, "tenant \"%s\" has no section %s".formatted(name, protocol));
        }
    }

    private void unheard() {
        if (config.listeners().isEmpty()) {
            reading.warning(
                    where(LISTEN),
                    LISTEN,
                    "nothing is listened on but HTTP: set listen.<protocol>");
            return;
        }
        config.tenants()
                .forEach((name, tenant) ->
                        tenant.services().keySet().stream()
                                .filter(protocol -> !config.listeners().containsKey(protocol))
                                .forEach(protocol ->
                                        warning(
                                                TENANTS.child(name)
                                                        .child(protocol)
                                                        .child("backend"),
                                                "is never reached: listen.%s is empty"
                                                        .formatted(protocol))));
    }

    private void eachPool() {
        forEachUser((tenant, protocol, service, user) -> {
            KeyPath path = userPath(tenant, protocol, user).child("pool");
            Setting min = reading.setting(path.child("min"));
            Setting max = reading.setting(path.child("max"));
            if (min == null || max == null) {
                return;
            }
            PoolConfig pool = user.pool();
            String who = "%s of tenant %s".formatted(user.name(), tenant.name());
            if (pool.min() > pool.max() && binder(protocol).keepsConnectionsWarm()) {
                blame(
                        min,
                        max,
                        "pool.min %d is above pool.max %d for user %s"
                                .formatted(pool.min(), pool.max(), who));
            }
            int beside = binder(protocol).connectionsBesidePool(service.protocolSettings());
            fits(service.backend(), pool, beside, max, who);
            capsOf(tenant, protocol, service, user).stream()
                    .filter(cap -> cap.path().startsWith(TENANTS))
                    .forEach(cap -> reachesItsMost(pool, beside, max, cap));
            capsOfDatabases(tenant, protocol, service)
                    .forEach(cap -> reachesItsMost(pool, beside, max, cap));
            reserveComesInTime(path, pool);
        });
    }

    private ProtocolBinder binder(String protocol) {
        return requireNonNull(protocols.get(protocol));
    }

    /**
     * @param beside what the user may have of one database besides
     */
    private void fits(BackendConfig backend, PoolConfig pool, int beside, Setting max, String who) {
        String wanted =
                beside == 0
                        ? "pool.max %d for user %s is".formatted(pool.max(), who)
                        : "pool.max %d for user %s and the %d connections beside it are"
                                .formatted(pool.max(), who, beside);
        Setting cap =
                reading.setting(
                        SLUICE.child("backends").child(backend.name()).child("max-connections"));
        if (cap != null && pool.max() + beside > backend.maxConnections()) {
            blame(
                    max,
                    cap,
                    "%s above max-connections %d of backend %s"
                            .formatted(wanted, backend.maxConnections(), backend.name()));
        }
        int all = config.limits().maxServerConnections();
        Setting most = reading.setting(SLUICE.child("limits").child("max-server-connections"));
        if (most != null && all > 0 && pool.max() + beside > all) {
            blame(max, most, "%s above limits.max-server-connections %d".formatted(wanted, all));
        }
    }

    private void reserveComesInTime(KeyPath path, PoolConfig pool) {
        if (pool.reserve() > 0 && pool.reserveAfter().compareTo(pool.acquireTimeout()) >= 0) {
            warning(
                    path.child("reserve-after"),
                    "%s is not below acquire-timeout %s, so the reserve is never opened"
                            .formatted(
                                    Units.show(pool.reserveAfter()),
                                    Units.show(pool.acquireTimeout())));
        }
    }

    /**
     * A cap on the server connections of several pools.
     *
     * @param path where it is written
     * @param whose of what, for people
     */
    private record Cap(KeyPath path, String whose, int most) {}

    /**
     * Every cap that all pools of a user count against, whatever their database; those that are off
     * are left out.
     */
    private List<Cap> capsOf(
            TenantConfig tenant, String protocol, ServiceConfig service, UserConfig user) {
        String key = "max-connections";
        BackendConfig backend = service.backend();
        KeyPath ownTenant = TENANTS.child(tenant.name());
        var caps = new ArrayList<Cap>();
        caps.add(
                new Cap(
                        SLUICE.child("limits").child("max-server-connections"),
                        "the process",
                        config.limits().maxServerConnections()));
        caps.add(
                new Cap(
                        SLUICE.child("backends").child(backend.name()).child(key),
                        "backend " + backend.name(),
                        backend.maxConnections()));
        caps.add(
                new Cap(
                        ownTenant.child(key),
                        "tenant %s on backend %s".formatted(tenant.name(), backend.name()),
                        tenant.maxConnections()));
        caps.add(
                new Cap(
                        userPath(tenant, protocol, user).child(key),
                        "user %s of tenant %s".formatted(user.name(), tenant.name()),
                        user.maxConnections()));
        return inForce(caps);
    }

    /** Of each of them a user has one pool that counts against it. */
    private List<Cap> capsOfDatabases(TenantConfig tenant, String protocol, ServiceConfig service) {
        KeyPath databases = TENANTS.child(tenant.name()).child(protocol).child("databases");
        var caps = new ArrayList<Cap>();
        for (DatabaseConfig database : service.databases().values()) {
            caps.add(
                    new Cap(
                            databases.child(database.name()).child("max-connections"),
                            "database %s of tenant %s".formatted(database.name(), tenant.name()),
                            database.maxConnections()));
        }
        return inForce(caps);
    }

    private List<Cap> inForce(List<Cap> caps) {
        caps.removeIf(cap -> cap.most() == 0 || reading.setting(cap.path()) == null);
        return caps;
    }

    /** Minimums are only targets, so more of them than a cap allows is a warning. */
    private void minimums() {
        Map<Cap, Long> sums = new LinkedHashMap<>();
        forEachUser((tenant, protocol, service, user) -> {
            long ofOne = binder(protocol).keepsConnectionsWarm() ? user.pool().min() : 0;
            long ofAll = ofOne * Math.max(1, service.databases().size());
            capsOf(tenant, protocol, service, user)
                    .forEach(cap -> sums.merge(cap, ofAll, Long::sum));
            capsOfDatabases(tenant, protocol, service)
                    .forEach(cap -> sums.merge(cap, ofOne, Long::sum));
        });
        sums.forEach((cap, sum) -> {
            if (sum > cap.most()) {
                warning(
                        cap.path(),
                        "the pools of %s want %d connections kept warm (pool.min), it may have %d"
                                .formatted(cap.whose(), sum, cap.most()));
            }
        });
    }

    /** Who may wait on servers in greater numbers than a backend has connections. */
    private void blocking() {
        for (TenantConfig tenant : config.tenants().values()) {
            KeyPath path = TENANTS.child(tenant.name()).child("max-blocking");
            Setting most = reading.setting(path);
            if (most == null || most.where().isDefault()) {
                continue;
            }
            for (ServiceConfig service : tenant.services().values()) {
                BackendConfig backend = service.backend();
                boolean known = config.backends().containsKey(backend.name());
                if (known && tenant.maxBlocking() > backend.maxConnections()) {
                    reading.warning(
                            most.where(),
                            most.definedAt(),
                            "max-blocking %d of tenant %s is never reached: max-connections of backend %s is %d"
                                    .formatted(
                                            tenant.maxBlocking(),
                                            tenant.name(),
                                            backend.name(),
                                            backend.maxConnections()));
                }
            }
        }
    }

    private void betweenTenants() {
        protocols.forEach((protocol, binder) -> {
            Map<String, ServiceConfig> services = new LinkedHashMap<>();
            config.tenants()
                    .forEach((name, tenant) -> {
                        ServiceConfig service = tenant.services().get(protocol);
                        if (service != null) {
                            services.put(name, service);
                        }
                    });
            binder.checkTenants(
                    services,
                    (tenant, key, message) ->
                            error(written(TENANTS.child(tenant).child(protocol), key), message));
        });
    }

    /** A key that somebody wrote; where this one is a default, that of the backend. */
    private KeyPath written(KeyPath service, String key) {
        Setting setting = reading.setting(service.child(key));
        boolean isDefault = setting == null || setting.where().isDefault();
        return service.child(isDefault ? "backend" : key);
    }

    /** Two figures that somebody wrote, of which one keeps the other from ever being reached. */
    private void reachesItsMost(PoolConfig pool, int beside, Setting max, Cap cap) {
        Setting most = reading.setting(cap.path());
        boolean bothWritten = most != null && !max.where().isDefault() && !most.where().isDefault();
        if (bothWritten && pool.max() + beside > cap.most()) {
            reading.warning(
                    max.where(),
                    max.definedAt(),
                    "pool.max %d%s is never reached: max-connections of %s is %d"
                            .formatted(
                                    pool.max(),
                                    beside == 0 ? "" : " and %d beside it".formatted(beside),
                                    cap.whose(),
                                    cap.most()));
        }
    }

    @FunctionalInterface
    private interface UserVisitor {
        void visit(TenantConfig tenant, String protocol, ServiceConfig service, UserConfig user);
    }

    private void forEachUser(UserVisitor visitor) {
        for (TenantConfig tenant : config.tenants().values()) {
            tenant.services()
                    .forEach((protocol, service) ->
                            service.users()
                                    .values()
                                    .forEach(user ->
                                            visitor.visit(tenant, protocol, service, user)));
        }
    }

    private static KeyPath userPath(TenantConfig tenant, String protocol, UserConfig user) {
        return TENANTS.child(tenant.name()).child(protocol).child("users").child(user.name());
    }

    /** Reports at the first of two settings, unless that is a default and the other is not. */
    private void blame(Setting first, Setting second, String message) {
        boolean firstIsOurs = first.where().isDefault() && !second.where().isDefault();
        Setting blamed = firstIsOurs ? second : first;
        reading.error(blamed.where(), blamed.definedAt(), message, "");
    }

    private void error(KeyPath path, String message) {
        reading.error(where(path), path, message, "");
    }

    private void warning(KeyPath path, String message) {
        reading.warning(where(path), path, message);
    }

    private Location where(KeyPath path) {
        Setting setting = reading.setting(path);
        return setting == null ? Location.NOWHERE : setting.where();
    }
}
