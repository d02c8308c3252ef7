package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.metrics.Counter;
import io.sluice.net.Loop;
import io.sluice.pg.session.PgPool;
import io.sluice.session.Admission.Group;
import io.sluice.testbed.PemFiles;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.io.UncheckedIOException;
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
 * Many clients of two tenants on few server connections for a while, some of whom Sluice's own
 * timeouts end at any moment, and an operator; in the second half, servers are killed under them.
 * Afterwards nothing of them may be left anywhere, and each {@link ChaosEvent} must have happened.
 *
 * <p>The seed decides what each client and the operator do and the how-manieth server each kill is
 * for. A run prints it as it begins, and again with a failure; {@code -Dsluice.chaos.seed} repeats
 * the run, but for how the network and the kernel interleave what all of them do.
 */
final class ChaosRun {
    /** The longest that anybody waits for an answer. */
    static final Duration PATIENCE = Duration.ofSeconds(40);

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
    private final Map<ChaosEvent, LongAdder> events = new ConcurrentHashMap<>();
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

    /**
     * Starts a proxy for runs.
     *
     * @param certificate what it shows to clients that ask for TLS
     * @param more further lines of its configuration
     */
    static TestProxy startProxy(PostgresBackend backend, PemFiles certificate, String... more) {
        String tls =
                "sluice.tls { mode = prefer, certificate = \"%s\", key = \"%s\" }"
                        .formatted(certificate.certificate(), certificate.key());
        return TestProxy.start(backend, ChaosKind.configuration(), tls, String.join("\n", more));
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

    // ---- what clients and the operator ask

    TestProxy proxy() {
        return proxy;
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    /** Waits until the run is over, for that long at most; says whether it is. */
    boolean endsWithin(Duration time) throws InterruptedException {
        return over.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Something has happened that must; or, null, something that is not counted. */
    void saw(@Nullable ChaosEvent event) {
        if (event != null) {
            events.computeIfAbsent(event, _ -> new LongAdder()).increment();
        }
    }

    /** A client has done one thing more. */
    void count() {
        done.increment();
    }

    /** Whether servers are being killed. */
    boolean mayLose() {
        return kills;
    }

    /** Settings of a client that asks for none, by name. */
    Map<String, String> defaults() {
        return defaults;
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
            System.out.println("chaos: %d things done, %s".formatted(done.sum(), events));
            assertThat(events.keySet()).containsExactlyInAnyOrder(ChaosEvent.values());
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
        ChaosOperator operator = operator(random.split());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            var client = new ChaosClient(this, i % 2 == 0 ? "acme" : "globex", i, random.split());
            threads.add(Thread.ofVirtual().name("chaos-" + i).start(() -> live(client)));
        }
        threads.add(Thread.ofVirtual().name("chaos-operator").start(() -> work(operator)));
        endsWithin(length.dividedBy(2));
        kills = true;
        long end = System.nanoTime() + length.toNanos() / 2;
        // On a slow machine it goes on until all has happened, for half as long again.
        long latest = end + length.toNanos() / 2;
        while (System.nanoTime() < (events.size() < ChaosEvent.values().length ? latest : end)
                && !endsWithin(KILL_EVERY)) {
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
            saw(ChaosEvent.KILL);
        }
    }

    private void live(ChaosClient client) {
        try {
            client.live();
        } catch (Exception | AssertionError e) {
            fail(new AssertionError("%s%n%s".formatted(e, client.story()), e));
        }
    }

    private ChaosOperator operator(SplittableRandom random) {
        try {
            return new ChaosOperator(this, random);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void work(ChaosOperator operator) {
        try {
            operator.work();
        } catch (Exception | AssertionError e) {
            fail(new AssertionError("%s%n%s".formatted(e, operator.story()), e));
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
            for (ChaosKind kind : ChaosKind.values()) {
                assertThat(admission.clients(new Group("user", tenant + "/" + kind.user())))
                        .isZero();
                assertThat(admission.clients(new Group("database", tenant + "/" + kind.database())))
                        .isZero();
            }
        }
        for (Counter counter : List.of(Counter.TIMEOUTS, Counter.REFUSALS, Counter.CANCELS)) {
            LongAdder sum = new LongAdder();
            proxy.sluice().stats().forEach((key, stats) -> sum.add(stats.get(counter)));
            assertThat(sum.sum()).as("counted as " + counter).isPositive();
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
