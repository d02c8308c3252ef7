package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many clients and server connections there may be, by everything they are counted by. */
class LimitsIT {
    private static PostgresBackend backend;
    private final List<RawPgClient> clients = new ArrayList<>();

    @BeforeAll
    static void start() {
        backend = SharedPostgres.backend();
    }

    @AfterEach
    void closeClients() throws IOException {
        for (RawPgClient client : clients) {
            client.close();
        }
    }

    private static final String SECOND_OF_ACME =
            """
            sluice.tenants.acme.postgres {
              databases.again { dbname = acme_app }
              users.second { verify = secret, server { user = acme, secret = secret } }
            }
            """;

    private RawPgClient login(TestProxy proxy, String user, String database) throws IOException {
        return login(proxy, user, database, TestProxy.PASSWORD);
    }

    private RawPgClient login(TestProxy proxy, String user, String database, String password)
            throws IOException {
        RawPgClient client = proxy.connect();
        clients.add(client);
        client.login(user, password, Map.of("database", database));
        return client;
    }

    private RawPgClient begun(TestProxy proxy, String user, String database) throws IOException {
        RawPgClient client = login(proxy, user, database);
        client.query("begin");
        return client;
    }

    private static void awaitWaiting(TestProxy proxy, int count) {
        await().until(() ->
                proxy.onPools(pool -> pool.waiting()).stream().mapToInt(Integer::intValue).sum()
                        == count);
    }

    // ---- server connections

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    sluice.pool.max = 2                                        | app.acme    | app   | app.acme    | app
                    sluice.limits.max-server-connections = 2                   | app.acme    | app   | app.globex  | app
                    sluice.backends.main.max-connections = 2                   | app.acme    | app   | app.globex  | app
                    sluice.tenants.acme.max-connections = 2                    | app.acme    | app   | second.acme | again
                    sluice.tenants.acme.postgres.databases.app.max-connections = 2 | app.acme | app  | second.acme | app
                    sluice.tenants.acme.postgres.users.app.max-connections = 2 | app.acme    | app   | app.acme    | again
                    """)
    void opensNoMoreServerConnectionsThanAnyCapAllows(
            String cap, String user, String database, String otherUser, String otherDatabase)
            throws IOException {
        String pool = cap.contains("pool.max") ? "" : "sluice.pool.max = 2";
        try (TestProxy proxy = TestProxy.start(backend, SECOND_OF_ACME, pool, cap)) {
            RawPgClient first = begun(proxy, user, database);
            RawPgClient second = begun(proxy, user, database);
            RawPgClient other = login(proxy, otherUser, otherDatabase, first);
            other.send(FrontendBytes.query("select 42"));
            awaitWaiting(proxy, 1);
            Sweeps.await(proxy.sluice());
            assertThat(proxy.serverConnections()).as(cap).isEqualTo(2);

            // The one who gives back has nobody waiting of its own, and long forgot who asked.
            second.query("commit");
            assertThat(Answers.column(other.readUntilReady())).containsExactly("42");
            assertThat(proxy.serverConnections()).isLessThanOrEqualTo(2);
            first.query("commit");
        }
    }

    /** A first login to a pool needs a server: another one makes room for a moment. */
    private RawPgClient login(TestProxy proxy, String user, String database, RawPgClient giving)
            throws IOException {
        giving.query("commit");
        RawPgClient client = login(proxy, user, database);
        giving.query("begin");
        return client;
    }

    @Test
    void doesNotLetABusyPoolStarveAnEmptyOne() throws Exception {
        try (TestProxy proxy =
                TestProxy.start(
                        backend,
                        "sluice.backends.main.max-connections = 3",
                        "sluice.pool.max = 3")) {
            List<Thread> busy = new ArrayList<>();
            var failures = new java.util.concurrent.ConcurrentLinkedQueue<Throwable>();
            var stop = new java.util.concurrent.atomic.AtomicBoolean();
            for (int i = 0; i < 12; i++) {
                RawPgClient client = login(proxy, "app.acme", "app");
                busy.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    try {
                                        while (!stop.get()) {
                                            client.queryOne("select pg_sleep(0.002)");
                                        }
                                    } catch (IOException | RuntimeException e) {
                                        failures.add(e);
                                    }
                                }));
            }
            await().until(() -> proxy.serverConnections() == 3);
            for (int i = 0; i < 5; i++) {
                RawPgClient other = login(proxy, "app.globex", "app");
                assertThat(other.queryOne("select current_database()")).isEqualTo("globex_app");
                other.close();
            }
            stop.set(true);
            for (Thread thread : busy) {
                thread.join(Duration.ofSeconds(10));
            }
            assertThat(failures).isEmpty();
        }
    }

    @Test
    void closesOneConnectionForOneClientOfAnotherPoolHoweverLongTransactionsLast()
            throws IOException {
        try (TestProxy proxy =
                TestProxy.start(
                        backend,
                        "sluice.backends.main.max-connections = 4",
                        "sluice.pool { max = 4, acquire-timeout = 1m, lifetime = off }",
                        "sluice.pool { idle-timeout = off, check-after = off }")) {
            RawPgClient other = login(proxy, "app.globex", "app");
            List<RawPgClient> holders = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                holders.add(begun(proxy, "app.acme", "app"));
            }
            List<RawPgClient> waiters = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                RawPgClient waiter = login(proxy, "app.acme", "app");
                waiter.send(FrontendBytes.query("select 1"));
                waiters.add(waiter);
            }
            other.send(FrontendBytes.query("select 42"));
            awaitWaiting(proxy, 9);
            Sweeps.awaitIdle(proxy.sluice());
            List<Long> before = connectionIds(proxy);
            assertThat(before).hasSize(4);

            for (RawPgClient holder : holders) {
                holder.query("commit");
            }
            assertThat(Answers.column(other.readUntilReady())).containsExactly("42");
            for (RawPgClient waiter : waiters) {
                assertThat(Answers.column(waiter.readUntilReady())).containsExactly("1");
            }
            assertThat(connectionIds(proxy)).filteredOn(before::contains).hasSize(3);
        }
    }

    @Test
    void doesNotTakeConnectionsFromOthersOnlyToKeepSomeWarm() throws IOException {
        VirtualClock clock = new VirtualClock();
        try (TestProxy proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        clock,
                        "sluice.backends.main.max-connections = 3",
                        "sluice.pool { min = 2, max = 3 }",
                        "sluice.pool { idle-timeout = off, check-after = off, lifetime = off }")) {
            login(proxy, "app.acme", "app");
            login(proxy, "app.globex", "app");
            await().until(() -> proxy.serverConnections() == 3);
            Sweeps.await(proxy.sluice());
            List<Long> before = connectionIds(proxy);
            for (int i = 0; i < 3; i++) {
                clock.advance(Duration.ofSeconds(5));
                Sweeps.await(proxy.sluice());
            }
            assertThat(connectionIds(proxy)).hasSize(3).isEqualTo(before);
        }
    }

    private static List<Long> connectionIds(TestProxy proxy) {
        return proxy.onPools(pool -> pool.connections().stream().map(c -> c.id()).toList()).stream()
                .flatMap(List::stream)
                .sorted()
                .toList();
    }

    @Test
    void servesWaitingClientsInTheOrderInWhichTheyCame() throws IOException {
        try (TestProxy proxy = TestProxy.start(backend, "sluice.pool.max = 1")) {
            RawPgClient holder = begun(proxy, "app.acme", "app");
            List<RawPgClient> waiters = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                RawPgClient waiter = login(proxy, "app.acme", "app");
                waiter.send(FrontendBytes.query("begin"));
                awaitWaiting(proxy, i + 1);
                waiters.add(waiter);
            }
            holder.query("commit");
            for (int i = 0; i < 4; i++) {
                RawPgClient next = waiters.get(i);
                next.readUntilReady();
                awaitWaiting(proxy, 3 - i);
                next.query("commit");
            }
        }
    }

    @Test
    void refusesAtOnceWhenTheQueueIsFull() throws IOException {
        try (TestProxy proxy =
                TestProxy.start(backend, "sluice.pool { max = 1, max-waiters = 1 }")) {
            RawPgClient holder = begun(proxy, "app.acme", "app");
            RawPgClient waiter = login(proxy, "app.acme", "app");
            RawPgClient further = login(proxy, "app.acme", "app");
            waiter.send(FrontendBytes.query("select 1"));
            awaitWaiting(proxy, 1);
            PgMessage error = Answers.error(further.query("select 2"));
            assertThat(error.sqlState()).isEqualTo("53300");
            assertThat(error.field('S')).isEqualTo("ERROR");
            assertThat(error.text()).contains("max-waiters 1");
            holder.query("commit");
            waiter.readUntilReady();
            assertThat(further.queryOne("select 3")).isEqualTo("3");
        }
    }

    @Test
    void givesAClientUpThatHangsUpWhileItWaits() throws IOException {
        try (TestProxy proxy = TestProxy.start(backend, "sluice.pool.max = 1")) {
            RawPgClient holder = begun(proxy, "app.acme", "app");
            RawPgClient waiter = login(proxy, "app.acme", "app");
            waiter.send(FrontendBytes.query("select 1"));
            awaitWaiting(proxy, 1);
            waiter.close();
            awaitWaiting(proxy, 0);
            holder.query("commit");
            assertThat(proxy.leases()).isZero();
        }
    }

    @Test
    void cancelsWhoWaits() throws IOException {
        try (TestProxy proxy = TestProxy.start(backend, "sluice.pool.max = 1")) {
            RawPgClient holder = begun(proxy, "app.acme", "app");
            RawPgClient waiter = login(proxy, "app.acme", "app");
            waiter.send(FrontendBytes.query("select 1"));
            awaitWaiting(proxy, 1);
            waiter.cancel();
            assertThat(Answers.error(waiter.readUntilReady()).sqlState()).isEqualTo("57014");
            assertThat(holder.queryOne("select 1")).isEqualTo("1");
            holder.query("commit");
            assertThat(waiter.queryOne("select 2")).isEqualTo("2");
        }
    }

    // ---- clients

    @ParameterizedTest
    @CsvSource({
        "sluice.limits.max-clients = 1, the process",
        "sluice.tenants.acme.max-clients = 1, tenant acme",
        "sluice.tenants.acme.postgres.databases.app.max-clients = 1, database acme/app",
        "sluice.tenants.acme.postgres.users.app.max-clients = 1, user acme/app"
    })
    void refusesClientsBeyondAnyLimitAndLetsAnAdministratorIn(String limit, String what)
            throws Exception {
        try (TestProxy proxy = TestProxy.start(backend, limit)) {
            RawPgClient first = login(proxy, "app.acme", "app");
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> login(proxy, "app.acme", "app"))
                        .hasMessageContaining("53300: too many clients: " + what)
                        .hasMessageContaining("allows 1");
            }
            try (var console = proxy.console();
                    var rows = console.createStatement().executeQuery("show lists")) {
                assertThat(rows.next()).isTrue();
            }
            first.close();
            await().until(() -> proxy.sluice().admission().clients() == 0);
            assertThat(login(proxy, "app.acme", "app").queryOne("select 1")).isEqualTo("1");
        }
    }

    /** Cancel requests are clients of nobody, and their connections to the server count nowhere. */
    @Test
    void takesACancelWhereNoFurtherClientAndNoFurtherServerConnectionIsAllowed()
            throws IOException {
        try (TestProxy proxy =
                TestProxy.start(
                        backend,
                        "sluice.limits.max-clients = 1",
                        "sluice.limits.max-server-connections = 1",
                        "sluice.backends.main.max-connections = 1",
                        "sluice.pool.max = 1")) {
            RawPgClient client = login(proxy, "app.acme", "app");
            SharedPostgres.putToSleep(client);
            client.cancel();
            assertThat(Answers.error(client.readUntilReady()).sqlState()).isEqualTo("57014");
        }
    }

    @Test
    void refusesMoreClientsThatAreLoggingInThanItAllows() throws IOException {
        try (TestProxy proxy = TestProxy.start(backend, "sluice.limits.max-unauthenticated = 2")) {
            RawPgClient one = proxy.connect();
            RawPgClient two = proxy.connect();
            clients.addAll(List.of(one, two));
            await().until(() -> proxy.sluice().admission().unauthenticated() == 2);
            try (RawPgClient third = proxy.connect()) {
                assertThat(Answers.lastError(third).sqlState()).isEqualTo("53300");
            }
            one.close();
            await().until(() -> proxy.sluice().admission().unauthenticated() == 1);
            assertThat(login(proxy, "app.acme", "app").queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void refusesLoginsUnseenFromWhereTooManyHaveFailed() throws IOException {
        VirtualClock clock = new VirtualClock();
        try (TestProxy proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        clock,
                        "sluice.limits.failed-logins = 2")) {
            List<String> all = List.of("app.acme", "nobody.acme", "app.nowhere", "no.nowhere");
            for (String who : all) {
                assertThatThrownBy(() -> login(proxy, who, "app", "wrong"))
                        .hasMessageContaining("28P01");
            }
            for (String who : all) {
                assertThatThrownBy(() -> login(proxy, who, "app"))
                        .as("%s, whether or not it exists", who)
                        .hasMessageContaining("28000: too many failed logins from this address");
            }
            assertThat(proxy.sluice().failedLogins().refused()).isEqualTo(all.size());
            assertThat(login(proxy, "app.globex", "app").queryOne("select 1"))
                    .as("another tenant's")
                    .isEqualTo("1");
            assertThat(login(proxy, "admin", "sluice").query("show version")).isNotEmpty();

            clock.advance(Duration.ofMinutes(1));
            assertThat(login(proxy, "app.acme", "app").queryOne("select 1")).isEqualTo("1");
        }
    }
}
