package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.metrics.Counter;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server is told how long a user's things may take, and ends them; the proxy comes second. */
class ServerTimeoutsIT {
    private static final VirtualClock CLOCK = new VirtualClock();
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        PostgresBackend backend = SharedPostgres.backend();
        proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        CLOCK,
                        """
                        sluice.timeouts { query = 21s, idle-in-transaction = 12s, wait-notice = off }
                        sluice.tiers.slow.timeouts { query = 13s, idle-in-transaction = 14s }
                        sluice.tenants.tiered { tier = slow }
                        sluice.tenants.tiered.postgres = ${sluice.tenants.acme.postgres}
                        sluice.tenants.globex.postgres.timeouts.query = 15s
                        sluice.tenants.globex.postgres.server.lock-timeout = 6s
                        """,
                        user("own", "timeouts.query = 16s"),
                        user(
                                "apart",
                                "timeouts.query = 16s, server { statement-timeout = 3s, lock-timeout = 4s }"),
                        user(
                                "migrator",
                                "timeouts { query = off, idle-in-transaction = off }, server.lock-timeout = off"),
                        user("forever", "timeouts.query = 100d"),
                        user("brief", "timeouts { query = 100ms, idle-in-transaction = 100ms }"));
    }

    private static String user(String name, String more) {
        return """
        sluice.tenants.acme.postgres.users.%s {
          verify = secret, server { user = acme, secret = secret }, %s
        }
        """
                .formatted(name, more);
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static RawPgClient login(String user) throws IOException {
        RawPgClient client = proxy.connect();
        client.login(user, TestProxy.PASSWORD, Map.of("database", "app"));
        return client;
    }

    @ParameterizedTest
    @CsvSource({
        "app.acme, 21s, 12s, 5s",
        "app.tiered, 13s, 14s, 5s",
        "app.globex, 15s, 12s, 6s",
        "own.acme, 16s, 12s, 5s",
        "apart.acme, 3s, 12s, 4s",
        "migrator.acme, 0, 0, 0",
        "forever.acme, 0, 12s, 5s"
    })
    void isToldTheLimitsOfTheUser(String user, String statement, String idle, String lock)
            throws IOException {
        try (RawPgClient client = login(user)) {
            assertThat(client.queryOne("show statement_timeout")).isEqualTo(statement);
            assertThat(client.queryOne("show idle_in_transaction_session_timeout")).isEqualTo(idle);
            assertThat(client.queryOne("show lock_timeout")).isEqualTo(lock);
        }
    }

    @Test
    void endsAQueryItselfWhileTheProxysTimeStandsStillAndTheClientStays() throws IOException {
        long before = timeouts();
        try (RawPgClient client = login("brief.acme")) {
            List<PgMessage> answer = client.query("select pg_sleep(60)");
            assertThat(Answers.error(answer).sqlState()).isEqualTo("57014");
            assertThat(Answers.error(answer).text()).contains("statement timeout");
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(timeouts()).as("counted as a timeout").isEqualTo(before + 1);
        }
    }

    private static long timeouts() {
        long[] sum = new long[1];
        proxy.sluice().stats().forEach((key, stats) -> sum[0] += stats.get(Counter.TIMEOUTS));
        return sum[0];
    }

    @Test
    void endsASilentTransactionItself() throws IOException {
        try (RawPgClient client = login("brief.acme")) {
            client.query("begin");
            PgMessage error = Answers.lastError(client);
            assertThat(error.sqlState()).isEqualTo("25P03");
            assertThat(error.text()).contains("idle-in-transaction timeout");
        }
        await().until(() -> proxy.leases() == 0);
    }

    @Test
    void isFollowedASecondLaterByTheProxyWhereAClientSwitchedItOff() throws IOException {
        try (RawPgClient client = login("own.acme")) {
            client.query("set statement_timeout = 0");
            SharedPostgres.putToSleep(client);
            CLOCK.advance(Duration.ofMillis(16_999));
            Sweeps.await(proxy.sluice());
            assertThat(proxy.leases()).as("the server's second").isEqualTo(1);

            CLOCK.advance(Duration.ofMillis(1));

            assertThat(Answers.error(client.readUntilReady()).text())
                    .contains("query timeout of the proxy (16000 ms)");
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void isFollowedASecondLaterByTheProxyWhereATransactionIsSilent() throws IOException {
        try (RawPgClient client = login("own.acme")) {
            client.query("begin");
            client.query("set idle_in_transaction_session_timeout = 0");
            CLOCK.advance(Duration.ofMillis(12_999));
            Sweeps.await(proxy.sluice());
            assertThat(proxy.leases()).isEqualTo(1);

            CLOCK.advance(Duration.ofMillis(1));

            assertThat(Answers.lastError(client).text()).contains("(12000 ms)");
        }
        await().until(() -> proxy.leases() == 0);
    }
}
