package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How a pool grows and shrinks. */
class PoolSizesIT {
    private static PostgresBackend backend;
    private final VirtualClock clock = new VirtualClock();

    @BeforeAll
    static void start() {
        backend = SharedPostgres.backend();
    }

    private TestProxy start(String pool) {
        return TestProxy.start(
                backend.host() + ":" + backend.port(),
                clock,
                "sluice.pool { idle-timeout = off, lifetime = off, check-after = off }",
                "sluice.timeouts { idle-in-transaction = off, query = off, wait-notice = off }",
                "sluice.postgres.server.idle-in-transaction-session-timeout = off",
                "sluice.pool { " + pool + " }");
    }

    private static void pass(VirtualClock clock, TestProxy proxy, Duration time) {
        clock.advance(time);
        Sweeps.await(proxy.sluice());
    }

    @Test
    void opensTheReserveOnlyForWhoHasWaitedItsDelay() throws IOException {
        try (TestProxy proxy = start("max = 1, reserve = 1, reserve-after = 3s");
                RawPgClient holder = proxy.login("acme");
                RawPgClient waiter = proxy.login("acme")) {
            holder.query("begin");
            waiter.send(FrontendBytes.query("select 1"));
            await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
            pass(clock, proxy, Duration.ofMillis(2999));
            assertThat(proxy.serverConnections()).isEqualTo(1);
            clock.advance(Duration.ofMillis(1));
            assertThat(Answers.column(waiter.readUntilReady())).containsExactly("1");
            assertThat(proxy.serverConnections()).isEqualTo(2);
            holder.query("commit");
        }
    }

    @Test
    void keepsMinWarmWhileThereAreClientsAndNotBeforeOrAfter() throws IOException {
        try (TestProxy proxy = start("min = 3, max = 5, teardown-after = 1m, idle-timeout = 20s")) {
            assertThat(proxy.serverConnections()).isZero();
            try (RawPgClient client = proxy.login("acme")) {
                await().until(() -> proxy.serverConnections() == 3);
                pass(clock, proxy, Duration.ofHours(1));
                assertThat(proxy.serverConnections()).as("not idle: warm").isEqualTo(3);
                assertThat(client.queryOne("select 1")).isEqualTo("1");
            }
            await().until(() -> proxy.onSessions(session -> session.id()).isEmpty());
            clock.advance(Duration.ofMinutes(2));
            await().until(() -> proxy.serverConnections() == 0);
            await().until(() -> proxy.onPools(pool -> pool.key()).isEmpty());
            try (RawPgClient client = proxy.login("acme")) {
                assertThat(client.queryOne("select 1")).isEqualTo("1");
            }
        }
    }

    @Test
    void closesWhatIsIdleAboveMin() throws IOException {
        try (TestProxy proxy = start("min = 1, max = 3, idle-timeout = 20s");
                RawPgClient one = proxy.login("acme");
                RawPgClient two = proxy.login("acme");
                RawPgClient three = proxy.login("acme")) {
            for (RawPgClient client : new RawPgClient[] {one, two, three}) {
                client.query("begin");
            }
            assertThat(proxy.serverConnections()).isEqualTo(3);
            for (RawPgClient client : new RawPgClient[] {one, two, three}) {
                client.query("commit");
            }
            pass(clock, proxy, Duration.ofSeconds(19));
            assertThat(proxy.serverConnections()).isEqualTo(3);
            clock.advance(Duration.ofSeconds(1));
            await().until(() -> proxy.serverConnections() == 1);
            pass(clock, proxy, Duration.ofHours(1));
            assertThat(proxy.serverConnections()).isEqualTo(1);
        }
    }

    @Test
    void replacesAConnectionAtItsLifetimeButNotInUse() throws IOException {
        try (TestProxy proxy = start("max = 1, lifetime = 1h");
                RawPgClient client = proxy.login("acme")) {
            String pid = client.queryOne("select pg_backend_pid()");
            pass(clock, proxy, Duration.ofMinutes(50));
            client.query("begin");
            assertThat(client.queryOne("select pg_backend_pid()")).isEqualTo(pid);
            pass(clock, proxy, Duration.ofHours(2));
            assertThat(client.queryOne("select pg_backend_pid()")).isEqualTo(pid);
            client.query("commit");
            assertThat(client.queryOne("select pg_backend_pid()")).isNotEqualTo(pid);

            clock.advance(Duration.ofHours(1));
            await().until(() -> proxy.serverConnections() == 0);
        }
    }

    @Test
    void replacesAConnectionAfterItsUses() throws IOException {
        try (TestProxy proxy = start("max = 1, max-uses = 3");
                RawPgClient client = proxy.login("acme")) { // the login is the first use
            String first = client.queryOne("select pg_backend_pid()");
            assertThat(client.queryOne("select pg_backend_pid()")).isEqualTo(first);
            String second = client.queryOne("select pg_backend_pid()");
            assertThat(second).isNotEqualTo(first);
            assertThat(client.queryOne("select pg_backend_pid()")).isEqualTo(second);
            assertThat(client.queryOne("select pg_backend_pid()")).isEqualTo(second);
            assertThat(client.queryOne("select pg_backend_pid()")).isNotEqualTo(second);
        }
    }

    @Test
    void keepsTheConnectionForClientsThatComeOneAfterTheOther() throws IOException {
        try (TestProxy proxy = start("max = 1")) {
            Set<String> pids = new HashSet<>();
            for (int i = 0; i < 12; i++) {
                try (RawPgClient client = proxy.login("acme")) {
                    pids.add(client.queryOne("select pg_backend_pid()"));
                }
                await().until(() -> proxy.onSessions(session -> session.id()).isEmpty());
            }
            assertThat(pids).as("whatever loop accepted them").hasSize(1);
            assertThat(proxy.serverConnections()).isEqualTo(1);
        }
    }

    @Test
    void opensOnlyWhatWaitingClientsNeed() throws IOException {
        try (TestProxy proxy = start("max = 5");
                RawPgClient client = proxy.login("acme")) {
            for (int i = 0; i < 20; i++) {
                client.queryOne("select 1");
            }
            assertThat(proxy.serverConnections()).isEqualTo(1);
        }
    }
}
