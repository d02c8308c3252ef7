package io.sluice.console;

import io.sluice.config.BackendConfig;
import io.sluice.config.DatabaseConfig;
import io.sluice.config.ServiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.config.UserConfig;
import io.sluice.console.Survey.Found;
import io.sluice.metrics.Counter;
import io.sluice.metrics.Stats;
import io.sluice.pool.PoolKey;
import io.sluice.pool.Switches.Database;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** SHOW of what is configured and how its pools stand: POOLS, DATABASES, USERS, LISTS, TENANTS. */
final class PoolShows {
    private static final List<Table.Column> TENANTS =
            Columns.of(
                    "ssiiiiiiiiqqq",
                    "tenant",
                    "tier",
                    "databases",
                    "users",
                    "clients",
                    "cl_waiting",
                    "sv_active",
                    "sv_idle",
                    "sv_total",
                    "max_connections",
                    "query_count",
                    "error_count",
                    "refusal_count");

    private final Overview overview;

    PoolShows(Overview overview) {
        this.overview = overview;
    }

    List<Command> commands() {
        return List.of(
                Command.show("POOLS", PgBouncerColumns.POOLS, _ -> pools()),
                Command.show("DATABASES", PgBouncerColumns.DATABASES, _ -> databases()),
                Command.show("USERS", PgBouncerColumns.USERS, _ -> users()),
                Command.show("LISTS", PgBouncerColumns.LISTS, _ -> lists()),
                Command.show("TENANTS", TENANTS, _ -> tenants()));
    }

    /** What POOLS has a row for. */
    private record DatabaseUser(Database database, String user) {
        static DatabaseUser of(PoolKey key) {
            return new DatabaseUser(Database.of(key), key.user());
        }
    }

    private static <K> Map<K, PoolFigures> sums(
            Found<PoolFigures> found, Function<PoolKey, K> groupOf) {
        Map<K, PoolFigures> sums = new LinkedHashMap<>();
        for (PoolFigures figures : found.rows()) {
            sums.merge(groupOf.apply(figures.key()), figures, PoolFigures::plus);
        }
        return sums;
    }

    private CompletableFuture<Reply> pools() {
        return overview.pools()
                .thenApply(found -> {
                    DatabaseNames names = overview.names();
                    Map<String, @Nullable Object[]> sorted = new TreeMap<>();
                    sums(found, DatabaseUser::of)
                            .forEach((pool, figures) -> {
                                String database = names.of(pool.database());
                                sorted.put(
                                        database + "\0" + pool.user() + "\0" + pool.database(),
                                        new @Nullable Object[] {
                                            database,
                                            pool.user(),
                                            figures.sessions() - figures.waiting(),
                                            figures.waiting(),
                                            0,
                                            0,
                                            figures.active(),
                                            figures.cancelRequests(),
                                            figures.beingCanceled(),
                                            figures.idle(),
                                            0,
                                            figures.tested(),
                                            figures.connecting(),
                                            (int) figures.longestWait().toSeconds(),
                                            figures.longestWait().toNanosPart() / 1000,
                                            overview.poolMode(pool.database(), pool.user()),
                                            loadBalanceHosts(overview.service(pool.database()))
                                        });
                            });
                    sorted.put(PgBouncerColumns.CONSOLE, consolePool());
                    return Command.rows(
                            PgBouncerColumns.POOLS,
                            new ArrayList<>(sorted.values()),
                            found.notices());
                });
    }

    private CompletableFuture<Reply> databases() {
        return overview.pools()
                .thenApply(found -> {
                    Map<Database, PoolFigures> sums = sums(found, Database::of);
                    List<@Nullable Object[]> rows = new ArrayList<>();
                    for (Database database : overview.names().all()) {
                        ServiceConfig service = overview.service(database);
                        DatabaseConfig config =
                                service == null ? null : service.databases().get(database.name());
                        if (service != null && config != null) {
                            rows.add(database(database, service, config, sums.get(database)));
                        }
                    }
                    rows.add(consoleDatabase());
                    return Command.rows(PgBouncerColumns.DATABASES, rows, found.notices());
                });
    }

    private @Nullable Object[] database(
            Database database,
            ServiceConfig service,
            DatabaseConfig config,
            @Nullable PoolFigures figures) {
        BackendConfig backend = service.backend();
        PoolSizes sizes = PoolSizes.of(service);
        var switches = overview.proxy().switches();
        return new @Nullable Object[] {
            overview.names().of(database),
            backend.hosts().stream().map(Addresses::host).collect(Collectors.joining(",")),
            Addresses.port(backend.hosts().getFirst()),
            config.serverName(),
            null,
            sizes.max(),
            sizes.min(),
            sizes.reserve(),
            sizes.lifetimeSeconds(),
            Overview.poolMode(config.protocolSettings()),
            loadBalanceHosts(service),
            config.maxConnections(),
            figures == null ? 0 : figures.connections(),
            config.maxClients(),
            figures == null ? 0 : figures.sessions(),
            switches.isPaused(database) ? 1 : 0,
            switches.isDisabled(database) ? 1 : 0
        };
    }

    /** Only told where there is a choice, as PgBouncer does. */
    private static @Nullable String loadBalanceHosts(@Nullable ServiceConfig service) {
        return service != null && service.backend().hosts().size() > 1 ? "round-robin" : null;
    }

    /** Where operators are, as PgBouncer tells it. */
    private @Nullable Object[] consolePool() {
        @Nullable Object[] row = new @Nullable Object[PgBouncerColumns.POOLS.size()];
        Arrays.fill(row, 0);
        row[0] = PgBouncerColumns.CONSOLE;
        row[1] = PgBouncerColumns.CONSOLE;
        row[2] = overview.proxy().operators().size();
        row[row.length - 2] = "statement";
        row[row.length - 1] = null;
        return row;
    }

    /** The console itself, as PgBouncer tells it. */
    private @Nullable Object[] consoleDatabase() {
        int port =
                overview.config().listeners().values().stream()
                        .flatMap(List::stream)
                        .map(listener -> listener.address())
                        .filter(InetSocketAddress.class::isInstance)
                        .map(Addresses::port)
                        .findFirst()
                        .orElse(0);
        return new @Nullable Object[] {
            PgBouncerColumns.CONSOLE,
            null,
            port,
            PgBouncerColumns.CONSOLE,
            PgBouncerColumns.CONSOLE,
            2,
            0,
            0,
            0,
            "statement",
            null,
            0,
            0,
            0,
            overview.proxy().operators().size(),
            0,
            0
        };
    }

    /** The largest sizes that a service's users have: sizes belong to users here. */
    private record PoolSizes(int max, int min, int reserve, int lifetimeSeconds) {
        static PoolSizes of(ServiceConfig service) {
            int max = 0;
            int min = 0;
            int reserve = 0;
            long lifetime = 0;
            for (UserConfig user : service.users().values()) {
                max = Math.max(max, user.pool().max());
                min = Math.max(min, user.pool().min());
                reserve = Math.max(reserve, user.pool().reserve());
                lifetime = Math.max(lifetime, user.pool().lifetime().toSeconds());
            }
            return new PoolSizes(max, min, reserve, (int) Math.min(lifetime, Integer.MAX_VALUE));
        }
    }

    /** A user of a tenant's service. */
    private record TenantUser(String protocol, String tenant, String user) {
        static TenantUser of(PoolKey key) {
            return new TenantUser(key.protocol(), key.tenant(), key.user());
        }

        String withTenant() {
            return tenant + "/" + user;
        }
    }

    private CompletableFuture<Reply> users() {
        return overview.pools()
                .thenApply(found -> {
                    Map<TenantUser, PoolFigures> sums = sums(found, TenantUser::of);
                    Map<String, Integer> bearers = new HashMap<>();
                    eachUser((user, _) -> {
                        bearers.merge(user.user(), 1, Integer::sum);
                        bearers.merge(user.withTenant(), 1, Integer::sum);
                    });
                    List<@Nullable Object[]> rows = new ArrayList<>();
                    eachUser((user, config) -> {
                        PoolFigures figures = sums.get(user);
                        rows.add(
                                new @Nullable Object[] {
                                    nameOf(user, bearers),
                                    "%9d".formatted(config.pool().max()),
                                    "%9d".formatted(config.pool().reserve()),
                                    Overview.poolMode(config.protocolSettings()),
                                    config.maxConnections(),
                                    figures == null ? 0 : figures.connections(),
                                    config.maxClients(),
                                    figures == null ? 0 : figures.sessions()
                                });
                    });
                    return Command.rows(PgBouncerColumns.USERS, rows, found.notices());
                });
    }

    /** As databases are called: with as much in front as it takes to tell one from the others. */
    private static String nameOf(TenantUser user, Map<String, Integer> bearers) {
        if (bearers.getOrDefault(user.user(), 0) == 1) {
            return user.user();
        }
        return bearers.getOrDefault(user.withTenant(), 0) == 1
                ? user.withTenant()
                : user.protocol() + "/" + user.withTenant();
    }

    private interface UserVisitor {
        void visit(TenantUser user, UserConfig config);
    }

    private void eachUser(UserVisitor visitor) {
        for (TenantConfig tenant : overview.config().tenants().values()) {
            tenant.services()
                    .forEach((protocol, service) ->
                            service.users()
                                    .forEach((name, user) ->
                                            visitor.visit(
                                                    new TenantUser(protocol, tenant.name(), name),
                                                    user)));
        }
    }

    private CompletableFuture<Reply> lists() {
        return overview.pools()
                .thenApply(found -> {
                    int[] users = {0};
                    eachUser((_, _) -> users[0]++);
                    int servers = found.rows().stream().mapToInt(PoolFigures::connections).sum();
                    var admission = overview.proxy().admission();
                    List<@Nullable Object[]> rows = new ArrayList<>();
                    int operators = overview.proxy().operators().size();
                    // The console's own database and pool are counted, as they have rows.
                    item(rows, "databases", overview.names().all().size() + 1);
                    item(rows, "users", users[0]);
                    item(rows, "peers", 0);
                    item(rows, "pools", sums(found, DatabaseUser::of).size() + 1);
                    item(rows, "peer_pools", 0);
                    item(rows, "free_clients", 0);
                    item(rows, "used_clients", admission.clients() + operators);
                    item(rows, "login_clients", admission.unauthenticated());
                    item(rows, "free_servers", 0);
                    item(rows, "used_servers", servers);
                    item(rows, "dns_names", 0);
                    item(rows, "dns_zones", 0);
                    item(rows, "dns_queries", 0);
                    item(rows, "dns_pending", 0);
                    return Command.rows(PgBouncerColumns.LISTS, rows, found.notices());
                });
    }

    private static void item(List<@Nullable Object[]> rows, String name, int items) {
        rows.add(new @Nullable Object[] {name, items});
    }

    private CompletableFuture<Reply> tenants() {
        return overview.pools()
                .thenApply(found -> {
                    Map<String, PoolFigures> sums = sums(found, PoolKey::tenant);
                    Map<String, long[]> counts = new HashMap<>();
                    overview.proxy()
                            .stats()
                            .forEach((key, stats) ->
                                    count(
                                            counts.computeIfAbsent(key.tenant(), _ -> new long[3]),
                                            stats));
                    List<@Nullable Object[]> rows = new ArrayList<>();
                    for (TenantConfig tenant : overview.config().tenants().values()) {
                        PoolFigures figures = sums.get(tenant.name());
                        long[] counted = counts.getOrDefault(tenant.name(), new long[3]);
                        rows.add(
                                new @Nullable Object[] {
                                    tenant.name(),
                                    tenant.tier().name(),
                                    tenant.services().values().stream()
                                            .mapToInt(s -> s.databases().size())
                                            .sum(),
                                    tenant.services().values().stream()
                                            .mapToInt(s -> s.users().size())
                                            .sum(),
                                    figures == null ? 0 : figures.sessions(),
                                    figures == null ? 0 : figures.waiting(),
                                    figures == null ? 0 : figures.active(),
                                    figures == null ? 0 : figures.idle(),
                                    figures == null ? 0 : figures.connections(),
                                    tenant.maxConnections(),
                                    counted[0],
                                    counted[1],
                                    counted[2]
                                });
                    }
                    return Command.rows(TENANTS, rows, found.notices());
                });
    }

    private static void count(long[] counted, Stats stats) {
        counted[0] += stats.get(Counter.QUERIES);
        counted[1] +=
                stats.get(Counter.CLIENT_ERRORS)
                        + stats.get(Counter.BACKEND_ERRORS)
                        + stats.get(Counter.TIMEOUTS);
        counted[2] += stats.get(Counter.REFUSALS);
    }
}
