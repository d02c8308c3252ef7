package io.sluice.console;

import io.sluice.config.BackendConfig;
import io.sluice.config.ConsoleConfig;
import io.sluice.config.CredentialConfig;
import io.sluice.config.DatabaseConfig;
import io.sluice.config.HttpConfig;
import io.sluice.config.LimitsConfig;
import io.sluice.config.ListenerConfig;
import io.sluice.config.LogConfig;
import io.sluice.config.PoolConfig;
import io.sluice.config.RuntimeConfig;
import io.sluice.config.Secret;
import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.SocketOptions;
import io.sluice.config.TenantConfig;
import io.sluice.config.TierConfig;
import io.sluice.config.TimeoutsConfig;
import io.sluice.config.UserConfig;
import io.sluice.fanout.Hubs;
import io.sluice.guard.Guards;
import io.sluice.metrics.KindBook;
import io.sluice.metrics.PinCounts;
import io.sluice.metrics.StatsBook;
import io.sluice.metrics.UnreadBook;
import io.sluice.net.Clock;
import io.sluice.net.Dialer;
import io.sluice.net.Homes;
import io.sluice.net.Loop;
import io.sluice.net.Loops;
import io.sluice.net.TlsContexts;
import io.sluice.net.Transport;
import io.sluice.pool.Ledger;
import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.pool.Pools;
import io.sluice.pool.Switches;
import io.sluice.session.Admission;
import io.sluice.session.FailedLogins;
import io.sluice.session.Logins;
import io.sluice.session.Sessions;
import io.sluice.spi.Lifecycle;
import io.sluice.spi.PoolModeSetting;
import io.sluice.spi.Proxy;
import io.sluice.tenant.credential.Decoys;
import io.sluice.tenant.credential.KeyDerivation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A process with two loops, pools and sessions, but without clients and servers. Tenants acme and
 * globex have a database shop each; acme alone has reports.
 */
public final class TestProxy implements Proxy, Lifecycle, AutoCloseable {
    /** What HTTP clients of the tests log in with. */
    public static final String PASSWORD = "correct horse";

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final PoolConfig POOL =
            new PoolConfig(
                    0,
                    20,
                    2,
                    SECOND,
                    100,
                    SECOND.multipliedBy(60),
                    SECOND.multipliedBy(600),
                    SECOND.multipliedBy(3600),
                    0,
                    Duration.ZERO,
                    Duration.ZERO);

    private static final TimeoutsConfig TIMEOUTS =
            new TimeoutsConfig(SECOND, SECOND, SECOND, SECOND, SECOND, SECOND, SECOND);

    private final Loops loops = new Loops(Transport.NIO, 2, Clock.SYSTEM);
    private final Homes homes = new Homes(loops);
    private final Ledger ledger = new Ledger(loops.get(0));
    private final Admission admission = new Admission();
    private final FailedLogins failedLogins = new FailedLogins();
    private final Switches switches = new Switches();
    private final StatsBook stats = new StatsBook();
    private final KindBook kinds = new KindBook();
    private final UnreadBook unread = new UnreadBook();
    private final PinCounts pinCounts = new PinCounts();
    private final OperatorSessions operators = new OperatorSessions();
    private final TlsContexts tls = new TlsContexts();
    private final KeyDerivation keys = new KeyDerivation(16, 16);
    private final Decoys decoys = Decoys.random(4096);
    private final List<Sessions> sessions = new ArrayList<>();
    private final List<Pools> pools = new ArrayList<>();
    private final List<Hubs> hubs = new ArrayList<>();
    private final List<Logins> logins = new ArrayList<>();
    private final AtomicLong ids = new AtomicLong();
    private final SluiceConfig config = configured();

    /** What RELOAD is answered with. */
    public volatile Reload nextReload = new Reload(true, List.of());

    public volatile boolean ready = true;
    public volatile boolean draining;
    final List<Shutdown> shutdowns = new ArrayList<>();

    public TestProxy() {
        for (Loop loop : loops) {
            sessions.add(new Sessions(loop));
            pools.add(new Pools(loop, homes));
            hubs.add(new Hubs(loop));
            logins.add(new Logins());
        }
    }

    /** Settings that tell their pool mode. */
    record Mode(String poolMode) implements PoolModeSetting {}

    private static SluiceConfig configured() {
        TierConfig tier = new TierConfig("pro", 100, 50, 0);
        SocketOptions socket = new SocketOptions(Duration.ZERO, Duration.ZERO, 0, Duration.ZERO);
        BackendConfig backend =
                new BackendConfig(
                        "pg-main",
                        "postgres",
                        List.of(InetSocketAddress.createUnresolved("db.example", 5432)),
                        200,
                        SECOND,
                        SECOND,
                        null,
                        socket,
                        "");
        return new SluiceConfig(
                new RuntimeConfig("nio", 2, SECOND, Duration.ZERO),
                Map.of(
                        "postgres",
                        List.of(
                                new ListenerConfig(
                                        new InetSocketAddress("127.0.0.1", 6432),
                                        128,
                                        false,
                                        null,
                                        false,
                                        null,
                                        0600,
                                        socket))),
                new LimitsConfig(1000, 0, 100, 10, 1 << 20, 100),
                SECOND,
                new LogConfig(false, false, true, Duration.ZERO),
                new ConsoleConfig(
                        Map.of(
                                "admin",
                                user("admin", ConsoleConfig.Role.ADMIN),
                                "watcher",
                                user("watcher", ConsoleConfig.Role.STATS))),
                new HttpConfig(new InetSocketAddress("127.0.0.1", 0), null),
                Map.of("pg-main", backend),
                Map.of("pro", tier),
                Map.of(
                        "acme", tenant("acme", tier, backend, "shop", "reports"),
                        "globex", tenant("globex", tier, backend, "shop")),
                Map.of());
    }

    private static ConsoleConfig.ConsoleUser user(String name, ConsoleConfig.Role role) {
        return new ConsoleConfig.ConsoleUser(
                name, role, new CredentialConfig(false, List.of(new Secret(PASSWORD))));
    }

    private static TenantConfig tenant(
            String name, TierConfig tier, BackendConfig backend, String... databases) {
        Map<String, DatabaseConfig> all = new LinkedHashMap<>();
        for (String database : databases) {
            all.put(
                    database,
                    new DatabaseConfig(database, name + "_" + database, 30, 40, "inherits"));
        }
        UserConfig app =
                new UserConfig(
                        "app",
                        new CredentialConfig(true, List.of()),
                        name + "_app",
                        null,
                        POOL,
                        TIMEOUTS,
                        15,
                        25,
                        "inherits");
        return new TenantConfig(
                name,
                tier,
                50,
                50,
                500,
                Map.of(
                        "postgres",
                        new ServiceConfig(
                                backend, all, Map.of("app", app), new Mode("transaction"))));
    }

    // ---- what tests do

    /** Opens a session of a tenant's database on a loop. */
    public FakeClient connect(int loop, String tenant, String database) {
        return on(
                loop,
                at -> {
                    PoolKey key =
                            new PoolKey("postgres", tenant, "pg-main", database, "app", "", 0);
                    Pool pool =
                            pools(at)
                                    .get(
                                            key,
                                            () ->
                                                    new Pool(
                                                            key,
                                                            at,
                                                            POOL,
                                                            ledger,
                                                            List.of(),
                                                            FakeServer::open,
                                                            stats.of(
                                                                    "postgres",
                                                                    tenant,
                                                                    database,
                                                                    at.index()),
                                                            switches));
                    pool.enter();
                    FakeClient[] self = new FakeClient[1];
                    FakeClient client =
                            new FakeClient(
                                    nextId(),
                                    pool,
                                    () -> {
                                        sessions(at).remove(self[0]);
                                        pool.leave();
                                    });
                    self[0] = client;
                    sessions(at).add(client);
                    return client;
                });
    }

    /** Has a session take a lease. */
    void acquire(FakeClient client) {
        on(
                client.loop().index(),
                _ -> {
                    client.pool().acquire(client);
                    return true;
                });
        client.granted.orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** Does something on a loop and waits until it is done. */
    public <T> T on(int loop, Function<Loop, T> task) {
        CompletableFuture<T> done = new CompletableFuture<>();
        loops.get(loop)
                .execute(() -> {
                    try {
                        done.complete(task.apply(loops.get(loop)));
                    } catch (RuntimeException | Error e) {
                        done.completeExceptionally(e);
                    }
                });
        return done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    // ---- Proxy

    @Override
    public SluiceConfig config() {
        return config;
    }

    @Override
    public Loops loops() {
        return loops;
    }

    @Override
    public Homes homes() {
        return homes;
    }

    @Override
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public Admission admission() {
        return admission;
    }

    @Override
    public FailedLogins failedLogins() {
        return failedLogins;
    }

    @Override
    public Switches switches() {
        return switches;
    }

    @Override
    public StatsBook stats() {
        return stats;
    }

    @Override
    public KindBook kinds() {
        return kinds;
    }

    @Override
    public UnreadBook unread() {
        return unread;
    }

    @Override
    public PinCounts pinCounts() {
        return pinCounts;
    }

    @Override
    public TlsContexts tls() {
        return tls;
    }

    @Override
    public KeyDerivation keyDerivation() {
        return keys;
    }

    @Override
    public Decoys decoys() {
        return decoys;
    }

    @Override
    public Dialer dialer() {
        throw new UnsupportedOperationException("no server is dialled here");
    }

    @Override
    public OperatorSessions operators() {
        return operators;
    }

    @Override
    public Console console() {
        throw new UnsupportedOperationException("tests make their own");
    }

    @Override
    public Hubs hubs(Loop loop) {
        return hubs.get(loop.index());
    }

    @Override
    public Pools pools(Loop loop) {
        return pools.get(loop.index());
    }

    @Override
    public Sessions sessions(Loop loop) {
        return sessions.get(loop.index());
    }

    @Override
    public Logins logins(Loop loop) {
        return logins.get(loop.index());
    }

    @Override
    public Guards guards(Loop home, TenantConfig tenant) {
        return new Guards(List.of());
    }

    @Override
    public long nextId() {
        return ids.incrementAndGet();
    }

    @Override
    public boolean isDraining() {
        return draining;
    }

    // ---- Lifecycle

    @Override
    public CompletionStage<Reload> reload() {
        return CompletableFuture.completedFuture(nextReload);
    }

    @Override
    public void shutdown(Shutdown mode) {
        shutdowns.add(mode);
    }

    @Override
    public @Nullable Shutdown shutdownUnderWay() {
        return shutdowns.isEmpty() ? null : shutdowns.getFirst();
    }

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public void close() {
        loops.close();
        keys.close();
    }
}
