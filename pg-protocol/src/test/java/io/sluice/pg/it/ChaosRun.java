package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Loop;
import io.sluice.pg.session.PgPool;
import io.sluice.session.Admission.Group;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Many clients of two tenants on few server connections for a while; in the second half, servers
 * are killed under them. Afterwards nothing of them may be left anywhere.
 *
 * <p>The seed decides what each client does and the how-manieth server each kill is for. A run
 * prints it as it begins, and again with a failure; {@code -Dsluice.chaos.seed} repeats the run,
 * but for how the network and the kernel interleave what all of them do.
 */
final class ChaosRun {
    private static final Duration KILL_EVERY = Duration.ofMillis(200);

    private final PostgresBackend backend;
    private final TestProxy proxy;
    private final long seed;
    private final int clients;
    private final Duration length;
    private final Map<String, String> defaults;
    private final int reverse;
    private final Map<Integer, RawPgClient.CancelKey> keys = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable AssertionError> failure = new AtomicReference<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final LongAdder done = new LongAdder();
    private volatile boolean kills;

    ChaosRun(PostgresBackend backend, TestProxy proxy, long seed, int clients, Duration length)
            throws Exception {
        this.backend = backend;
        this.proxy = proxy;
        this.seed = seed;
        this.clients = clients;
        this.length = length;
        this.reverse =
                Integer.parseInt(
                        backend.queryOne("SELECT 'reverse(text)'::regprocedure::oid::text"));
        try (RawPgClient first = proxy.login("acme")) {
            this.defaults =
                    Map.of(
                            "application_name", one(first, "SHOW application_name"),
                            "search_path", one(first, "SHOW search_path"),
                            "TimeZone", one(first, "SHOW TimeZone"));
        }
    }

    private static String one(RawPgClient client, String sql) throws Exception {
        String value = client.queryOne(sql);
        return value == null ? "" : value;
    }

    /**
     * The seed that is asked for, else any; further runs of the same test take the following ones,
     * so that each of them can be asked for.
     */
    static long firstSeed() {
        return Long.getLong("sluice.chaos.seed", new SplittableRandom().nextLong());
    }

    /** Creates what the clients use, once for a server. */
    static void prepare(PostgresBackend backend) {
        for (String tenant : List.of("acme", "globex")) {
            backend.executeIn(
                    tenant + "_app",
                    "CREATE TABLE public.chaos (tag text)",
                    "GRANT ALL ON public.chaos TO " + tenant);
        }
    }

    // ---- what clients ask

    TestProxy proxy() {
        return proxy;
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    /** A client has done one thing more. */
    void count() {
        done.increment();
    }

    /** Whether servers are being killed. */
    boolean mayLose() {
        return kills;
    }

    String defaultOf(String setting) {
        return defaults.getOrDefault(setting, "");
    }

    int reverse() {
        return reverse;
    }

    /** What clients cancel by, by the clients' numbers. */
    Map<Integer, RawPgClient.CancelKey> keys() {
        return keys;
    }

    // ---- running

    /** Runs, and checks what is left. */
    void run() throws InterruptedException {
        String replay = "-Dsluice.chaos.seed=" + seed;
        System.out.println("chaos for %s: %s".formatted(length, replay));
        try {
            runClients();
            assertThat(done.sum()).as("things done").isGreaterThan(clients);
            checkProxy();
            checkServer();
        } catch (AssertionError | ConditionTimeoutException e) {
            throw new AssertionError(replay + ": " + e.getMessage(), e);
        }
    }

    private void runClients() throws InterruptedException {
        for (String tenant : List.of("acme", "globex")) {
            backend.executeIn(tenant + "_app", "TRUNCATE public.chaos"); // an earlier run's tags
        }
        SplittableRandom random = new SplittableRandom(seed);
        SplittableRandom killing = random.split();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            var client = new ChaosClient(this, i % 2 == 0 ? "acme" : "globex", i, random.split());
            threads.add(Thread.ofVirtual().name("chaos-" + i).start(() -> live(client)));
        }
        over.await(length.toMillis() / 2, TimeUnit.MILLISECONDS);
        kills = true;
        long end = System.nanoTime() + length.toNanos() / 2;
        while (System.nanoTime() < end
                && !over.await(KILL_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
            killOne(killing.nextDouble());
        }
        over.countDown();
        for (Thread thread : threads) {
            thread.join(Duration.ofSeconds(60));
            if (thread.isAlive()) {
                fail(new AssertionError(thread.getName() + " hangs"));
            }
        }
        AssertionError failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    /**
     * Kills one of the server connections.
     *
     * @param which between 0, for the oldest of them, and 1, for the newest
     */
    private void killOne(double which) {
        List<List<@Nullable String>> servers =
                backend.query(
                        "SELECT pid FROM pg_stat_activity WHERE datname LIKE '%_app'"
                                + " AND backend_type = 'client backend' ORDER BY backend_start, pid");
        if (!servers.isEmpty()) {
            String pid = servers.get((int) (which * servers.size())).getFirst();
            backend.query("SELECT pg_terminate_backend(%s)".formatted(pid));
        }
    }

    private void live(ChaosClient client) {
        try {
            client.live();
        } catch (Exception | AssertionError e) {
            fail(new AssertionError("%s%n%s".formatted(e, client.story()), e));
        }
    }

    private void fail(AssertionError error) {
        failure.compareAndSet(null, error);
        over.countDown();
    }

    // ---- what is left

    private void checkProxy() {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> {
                    assertThat(proxy.onSessions(Object::toString)).isEmpty();
                    assertThat(proxy.sluice().admission().unauthenticated()).isZero();
                    assertThat(proxy.leases()).isZero();
                    assertThat(proxy.onPools(pool -> pool.waiting())).containsOnly(0);
                    assertThat(proxy.onPools(pool -> pool.sessions())).containsOnly(0);
                    assertThat(
                                    proxy.onPools(pool ->
                                            pool.connections().stream()
                                                    .filter(c -> !c.isIdle())
                                                    .map(c -> c.stateWord())
                                                    .toList()))
                            .allSatisfy(states -> assertThat(states).isEmpty());
                    assertThat(
                                    proxy.onPools(pool ->
                                            ((PgPool) pool.connector()).statements().size()))
                            .as("statements that somebody is said to use")
                            .containsOnly(0);
                    assertThat(
                                    proxy.onPools(pool ->
                                            ((PgPool) pool.connector())
                                                    .statements()
                                                    .budget()
                                                    .bytes()))
                            .as("bytes of texts that somebody is said to have")
                            .containsOnly(0L);
                });
        var admission = proxy.sluice().admission();
        assertThat(admission.clients()).isZero();
        for (String tenant : List.of("acme", "globex")) {
            assertThat(admission.clients(new Group("tenant", tenant))).isZero();
            assertThat(admission.clients(new Group("user", tenant + "/app"))).isZero();
            assertThat(admission.clients(new Group("database", tenant + "/app"))).isZero();
        }
        for (Loop loop : proxy.sluice().loops()) {
            assertThat(proxy.sluice().homes().sessionsOn(loop)).isZero();
        }
    }

    private void checkServer() {
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() ->
                        assertThat(
                                        backend.query(
                                                "SELECT pid, state, query FROM pg_stat_activity"
                                                        + " WHERE datname LIKE '%_app' AND state <>"
                                                        + " 'idle'"))
                                .isEmpty());
        assertThat(
                        backend.query(
                                "SELECT locktype, mode FROM pg_locks l JOIN pg_stat_activity a"
                                        + " USING (pid) WHERE a.datname LIKE '%_app'"))
                .isEmpty();
        for (String tenant : List.of("acme", "globex")) {
            assertThat(strangeTags(tenant)).as("rows of nobody's, or of another tenant").isEmpty();
        }
    }

    private List<String> strangeTags(String tenant) {
        List<String> tags = new ArrayList<>();
        try (var direct = backend.connect("postgres", "postgres", tenant + "_app");
                var statement = direct.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT tag FROM public.chaos WHERE tag LIKE '%-lost' OR tag NOT"
                                        + " LIKE '"
                                        + tenant
                                        + "-%'")) {
            while (rows.next()) {
                tags.add(rows.getString(1));
            }
        } catch (java.sql.SQLException e) {
            throw new AssertionError(e);
        }
        return tags;
    }
}
