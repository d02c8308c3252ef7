package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.metrics.Counter;
import io.sluice.net.Clock;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What takes too long is ended, and nothing else. */
class TimeoutsIT {
    private static final VirtualClock CLOCK = new VirtualClock();
    private static PostgresBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        backend = SharedPostgres.backend();
        proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        CLOCK,
                        """
                        sluice.timeouts {
                          query = 30s, transaction = off, idle-in-transaction = off
                          client-idle = off, wait-notice = off, cancel = 10s
                        }
                        sluice.postgres.server {
                          statement-timeout = off, lock-timeout = off
                          idle-in-transaction-session-timeout = off
                        }
                        sluice.tiers.slow.timeouts.query = 3s
                        sluice.tenants.tiered { tier = slow }
                        sluice.tenants.tiered.postgres = ${sluice.tenants.acme.postgres}
                        sluice.tenants.own { tier = slow, timeouts.query = 4s }
                        sluice.tenants.own.postgres = ${sluice.tenants.acme.postgres}
                        sluice.tenants.globex.postgres.server {
                          statement-timeout = 7s, lock-timeout = 3s
                          idle-in-transaction-session-timeout = 4s
                          parameters { work_mem = 5MB }
                        }
                        sluice.tenants.globex.postgres.pool.max = 1
                        """,
                        user("query", "query = 2s"),
                        user("off", "query = 0"),
                        user("idle", "idle-in-transaction = 5s"),
                        user("transaction", "transaction = 5s"),
                        user("client", "client-idle = 5s"),
                        user("stall", "client-stall = 5s"),
                        user("wait", "wait-notice = 1s"),
                        "sluice.tenants.acme.postgres.users.wait.pool { max = 1, acquire-timeout = 3s }");
    }

    private static String user(String name, String timeouts) {
        return """
        sluice.tenants.acme.postgres.users.%s {
          verify = secret, server { user = acme, secret = secret }, timeouts { %s }
        }
        """
                .formatted(name, timeouts);
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @AfterEach
    void leavesNothingBehind() {
        await().until(() -> proxy.leases() == 0);
        assertThat(proxy.onSessions(session -> session.id())).isEmpty();
    }

    private static RawPgClient login(String user) throws IOException {
        RawPgClient client = proxy.connect();
        client.login(user, TestProxy.PASSWORD, Map.of("database", "app"));
        return client;
    }

    private static void pass(Duration time) {
        CLOCK.advance(time);
        Sweeps.await(proxy.sluice());
    }

    private static void sendSleep(RawPgClient client) throws IOException {
        int before = proxy.leases();
        client.send(FrontendBytes.query("select pg_sleep(60)"));
        await().until(() -> proxy.leases() > before);
    }

    // ---- query

    @Test
    void cancelsAQueryThatTakesTooLongAndTheClientStays() throws IOException {
        try (RawPgClient client = login("query.acme")) {
            sendSleep(client);
            CLOCK.advance(Duration.ofSeconds(2));
            List<PgMessage> answer = client.readUntilReady();
            assertThat(Answers.error(answer).sqlState()).isEqualTo("57014");
            assertThat(Answers.error(answer).text())
                    .contains("query timeout of the proxy (2000 ms)");
            assertThat(answer.getLast().transactionStatus()).isEqualTo('I');

            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(sleeping()).isZero();
        }
    }

    private static int sleeping() {
        return Integer.parseInt(
                backend.queryOne(
                        "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep(60)' and usename = 'acme'"));
    }

    @Test
    void leavesTheServerInAFailedTransactionWhenItCancelsInsideOne() throws IOException {
        try (RawPgClient client = login("query.acme")) {
            client.query("begin");
            client.send(FrontendBytes.query("select pg_sleep(60)"));
            await().until(() -> sleeping() == 1);
            CLOCK.advance(Duration.ofSeconds(2));
            List<PgMessage> answer = client.readUntilReady();
            assertThat(Answers.error(answer).sqlState()).isEqualTo("57014");
            assertThat(answer.getLast().transactionStatus()).isEqualTo('E');
            assertThat(Answers.error(client.query("select 1")).sqlState()).isEqualTo("25P02");
            client.query("rollback");
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void cancelsASeriesOfTheExtendedProtocol() throws IOException {
        try (RawPgClient client = login("query.acme")) {
            client.send(
                    FrontendBytes.parse("", "select pg_sleep(60)"),
                    FrontendBytes.bind("", ""),
                    FrontendBytes.execute("", 0),
                    FrontendBytes.sync());
            await().until(() -> sleeping() == 1);
            CLOCK.advance(Duration.ofSeconds(2));
            assertThat(Answers.error(client.readUntilReady()).sqlState()).isEqualTo("57014");
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void cancelsASeriesWhoseSyncHasNotBeenSent() throws IOException {
        try (RawPgClient client = login("query.acme")) {
            client.send(
                    FrontendBytes.parse("", "select pg_sleep(60)"),
                    FrontendBytes.bind("", ""),
                    FrontendBytes.execute("", 0),
                    FrontendBytes.flush());
            await().until(() -> sleeping() == 1);
            Sweeps.await(proxy.sluice());
            CLOCK.advance(Duration.ofSeconds(2));
            assertThat(Answers.error(client.readUntil('E')).sqlState()).isEqualTo("57014");
            client.send(FrontendBytes.sync()).readUntilReady();
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void doesNotTakeAPauseInATransactionForALongQuery() throws IOException {
        try (RawPgClient client = login("query.acme")) {
            client.query("begin");
            pass(Duration.ofMinutes(10));
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            client.query("commit");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "app.acme, 30000",
        "query.acme, 2000",
        "app.tiered, 3000",
        "app.own, 4000",
        "query.tiered, 2000"
    })
    void takesTheNearestLimit(String user, int millis) throws IOException {
        try (RawPgClient client = login(user)) {
            sendSleep(client);
            pass(Duration.ofMillis(millis - 1));
            assertThat(proxy.leases()).as("not yet").isEqualTo(1);
            CLOCK.advance(Duration.ofMillis(1));
            assertThat(Answers.error(client.readUntilReady()).text())
                    .contains("(" + millis + " ms)");
        }
    }

    @Test
    void takesOffForNoLimitAlthoughAllOthersHaveOne() throws IOException {
        try (RawPgClient client = login("off.acme")) {
            sendSleep(client);
            pass(Duration.ofHours(5));
            assertThat(proxy.leases()).isEqualTo(1);
            client.cancel();
            assertThat(Answers.error(client.readUntilReady()).text()).contains("user request");
        }
    }

    @Test
    void closesAServerConnectionThatDoesNotReactToACancel() throws Exception {
        FakePostgresServer.Script mute =
                connection -> {
                    connection.acceptLogin();
                    connection.awaitClose();
                };
        FakePostgresServer.Script fine =
                connection -> {
                    connection.acceptLogin();
                    connection.expectQuery("select 2");
                    connection.send(BackendBytes.oneRow("x", "2"));
                    connection.awaitClose();
                };
        VirtualClock clock = new VirtualClock();
        try (FakePostgresServer server = FakePostgresServer.start(List.of(mute, fine));
                TestProxy front =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                clock,
                                "sluice.timeouts { query = 2s, cancel = 3s }");
                RawPgClient client = front.login("acme")) {
            client.send(FrontendBytes.query("select 1"));
            await().until(() -> front.leases() == 1);
            clock.advance(Duration.ofSeconds(3)); // of which the last is the server's
            server.awaitCancel(Duration.ofSeconds(10));
            clock.advance(Duration.ofSeconds(3));
            List<PgMessage> answer = client.readUntilReady();
            assertThat(Answers.error(answer).sqlState()).isEqualTo("57014");
            assertThat(client.queryOne("select 2")).isEqualTo("2");
        }
    }

    // ---- transactions

    @Test
    void endsAClientThatIsSilentInsideATransaction() throws IOException {
        try (RawPgClient client = login("idle.acme")) {
            client.query("begin");
            for (int i = 0; i < 3; i++) {
                pass(Duration.ofSeconds(4));
                client.query("select 1");
            }
            CLOCK.advance(Duration.ofSeconds(5));
            PgMessage error = Answers.lastError(client);
            assertThat(error.sqlState()).isEqualTo("25P03");
            assertThat(error.field('S')).isEqualTo("FATAL");
        }
        await().until(() ->
                backend.queryOne(
                                "select count(*) from pg_stat_activity where state like 'idle in%' and usename = 'acme'")
                        .equals("0"));
    }

    @Test
    void endsAClientThatIsSilentBeforeItsSync() throws IOException {
        try (RawPgClient client = login("idle.acme")) {
            client.send(
                    FrontendBytes.parse("", "select 1"),
                    FrontendBytes.bind("", ""),
                    FrontendBytes.execute("", 0),
                    FrontendBytes.flush());
            client.readUntil('C');
            pass(Duration.ofSeconds(4));
            assertThat(proxy.leases()).isEqualTo(1);
            Sweeps.await(proxy.sluice());
            CLOCK.advance(Duration.ofSeconds(5));
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("25P03");
        }
    }

    @Test
    void endsAClientThatStopsInTheMiddleOfALongMessage() throws IOException {
        try (RawPgClient client = login("idle.acme")) {
            byte[] half = new byte[20_000];
            ByteBuffer.wrap(half).put((byte) 'Q').putInt(100_000);
            java.util.Arrays.fill(half, 5, half.length, (byte) ' ');
            client.send(half);
            await().until(() -> proxy.leases() == 1);
            Sweeps.await(proxy.sluice());
            CLOCK.advance(Duration.ofSeconds(5));
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("25P03");
        }
    }

    @Test
    void holdsNoServerForAClientInTheMiddleOfAShortMessage() throws IOException {
        try (RawPgClient client = login("app.acme")) {
            byte[] query = FrontendBytes.query("select 1");
            client.send(java.util.Arrays.copyOf(query, query.length - 1));
            Sweeps.await(proxy.sluice());
            assertThat(proxy.leases()).isZero();
            client.send(new byte[] {0});
            assertThat(Answers.types(client.readUntilReady())).isEqualTo("TDCZ");
        }
    }

    @Test
    void endsATransactionThatTakesTooLongHoweverBusyItIs() throws IOException {
        try (RawPgClient client = login("transaction.acme")) {
            client.query("begin");
            pass(Duration.ofSeconds(3));
            client.query("select 1");
            CLOCK.advance(Duration.ofSeconds(2));
            PgMessage error = Answers.lastError(client);
            assertThat(error.sqlState()).isEqualTo("25P04");
        }
    }

    @Test
    void countsATransactionFromItsOwnBeginOnALeaseThatIsKept() throws IOException {
        try (RawPgClient client = login("transaction.acme")) {
            client.query("listen something");
            pass(Duration.ofMinutes(1));
            client.query("begin");
            pass(Duration.ofSeconds(4));
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            client.query("commit");
        }
    }

    // ---- clients

    @Test
    void endsAnIdleClientButNeverInATransaction() throws IOException {
        try (RawPgClient client = login("client.acme")) {
            client.query("begin");
            pass(Duration.ofHours(1));
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            client.query("commit");
            CLOCK.advance(Duration.ofSeconds(4));
            Sweeps.awaitIdle(proxy.sluice());
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            CLOCK.advance(Duration.ofSeconds(5));
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("57P05");
        }
    }

    @Test
    void endsAClientThatDoesNotReadItsAnswer() throws IOException {
        try (RawPgClient client = login("stall.acme")) {
            client.send(
                    FrontendBytes.query(
                            "select repeat('x', 1000) from generate_series(1, 100000) -- stall"));
            await().until(() ->
                    backend.queryOne(
                                    "select count(*) from pg_stat_activity where wait_event = 'ClientWrite' and query like '%-- stall'")
                            .equals("1"));
            assertThat(proxy.leases()).isEqualTo(1);
            Sweeps.await(proxy.sluice());
            CLOCK.advance(Duration.ofSeconds(5));
            await().until(() -> proxy.leases() == 0);
            await().until(() -> proxy.onSessions(session -> session.id()).isEmpty());
        }
    }

    /** Small results free the server although nobody reads them. */
    @Test
    void endsAClientThatDoesNotReadWhileItHoldsNoServer() throws IOException {
        try (RawPgClient client = login("stall.acme")) {
            while (proxy.onSessions(session -> session.channel().isWritable()).contains(true)) {
                long before = queries();
                client.send(FrontendBytes.query("select repeat('x', 7000)"));
                await().pollInterval(Duration.ofMillis(1)).until(() -> queries() > before);
            }
            await().until(() -> proxy.leases() == 0);
            CLOCK.advance(Duration.ofSeconds(4));
            Sweeps.awaitIdle(proxy.sluice());
            assertThat(proxy.onSessions(session -> session.id())).hasSize(1);
            CLOCK.advance(Duration.ofSeconds(1));
            await().until(() -> proxy.onSessions(session -> session.id()).isEmpty());
        }
    }

    private static long queries() {
        return proxy.onPools(pool -> pool.stats().get(Counter.QUERIES)).stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    @Test
    void tellsAClientThatItWaitsAndThenThatItWaitedTooLong() throws IOException {
        try (RawPgClient holder = login("wait.acme");
                RawPgClient waiter = login("wait.acme")) {
            holder.query("begin");
            waiter.send(FrontendBytes.query("select 1"));
            await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
            CLOCK.advance(Duration.ofSeconds(1));
            PgMessage notice = waiter.read();
            assertThat(notice.type()).isEqualTo('N');
            assertThat(notice.text()).contains("waiting for a server connection since 1000 ms");
            CLOCK.advance(Duration.ofSeconds(2));
            List<PgMessage> answer = waiter.readUntilReady();
            assertThat(Answers.types(answer)).isEqualTo("EZ");
            assertThat(answer.getFirst().sqlState()).isEqualTo("53300");

            holder.query("commit");
            assertThat(waiter.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void dropsAWaitingSeriesUpToItsSync() throws IOException {
        try (RawPgClient holder = login("wait.acme");
                RawPgClient waiter = login("wait.acme")) {
            holder.query("begin");
            waiter.send(
                    FrontendBytes.parse("", "select 1"),
                    FrontendBytes.bind("", ""),
                    FrontendBytes.execute("", 0),
                    FrontendBytes.flush());
            await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
            CLOCK.advance(Duration.ofSeconds(3));
            assertThat(Answers.error(waiter.readUntil('E')).sqlState()).isEqualTo("53300");
            waiter.send(
                    FrontendBytes.bind("", ""),
                    FrontendBytes.execute("", 0),
                    FrontendBytes.sync(),
                    FrontendBytes.query("select 2"));
            assertThat(Answers.types(waiter.readUntilReady())).isEqualTo("Z");
            holder.query("commit");
            assertThat(Answers.column(waiter.readUntilReady())).containsExactly("2");
        }
    }

    @Test
    void endsALoginThatDoesNotGetOn() throws IOException {
        try (TestProxy hasty =
                        TestProxy.start(
                                backend.host() + ":" + backend.port(),
                                Clock.SYSTEM,
                                "sluice.timeouts.login = 300ms");
                RawPgClient silent = hasty.connect();
                RawPgClient half = hasty.connect()) {
            half.startup(Map.of("user", "app.acme", "database", "app"));
            half.read();
            assertThat(Answers.lastError(silent).sqlState()).isEqualTo("08006");
            assertThat(Answers.lastError(half).sqlState()).isEqualTo("08006");
            await().until(() -> hasty.sluice().admission().unauthenticated() == 0);
        }
    }

    // ---- the server's own

    @Test
    void opensServerConnectionsWithTheirOwnLimits() throws IOException {
        try (RawPgClient client = proxy.login("globex")) {
            assertThat(client.queryOne("show statement_timeout")).isEqualTo("7s");
            assertThat(client.queryOne("show lock_timeout")).isEqualTo("3s");
            assertThat(client.queryOne("show idle_in_transaction_session_timeout")).isEqualTo("4s");
            assertThat(client.queryOne("show work_mem")).isEqualTo("5MB");
            client.query("set statement_timeout = '9s'");
            assertThat(client.queryOne("show statement_timeout")).isEqualTo("9s");
            try (RawPgClient other = proxy.login("globex")) {
                assertThat(other.queryOne("show statement_timeout"))
                        .as("on the same server connection")
                        .isEqualTo("7s");
            }
            assertThat(client.queryOne("show statement_timeout")).isEqualTo("9s");
        }
    }
}
