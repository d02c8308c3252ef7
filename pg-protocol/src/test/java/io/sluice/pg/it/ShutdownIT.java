package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.spi.Lifecycle.Shutdown;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients see of a process that stops. */
class ShutdownIT {
    private final PostgresBackend backend = SharedPostgres.backend();
    private final VirtualClock clock = new VirtualClock();
    private TestProxy proxy;

    @BeforeEach
    void start() {
        proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        clock,
                        """
                        sluice.shutdown { readiness-delay = 0s, drain-timeout = 30s }
                        sluice.timeouts { idle-in-transaction = off }
                        sluice.tenants.globex.postgres.pool-mode = session
                        sluice.postgres.server.parameters.application_name = shutdown_it
                        """);
    }

    @AfterEach
    void stop() {
        proxy.close();
        assertThat(connections()).as("left on the server").isZero();
    }

    private int connections() {
        await().until(() ->
                backend.queryOne(
                                "select count(*) from pg_stat_activity where application_name = 'shutdown_it'")
                        .equals("0"));
        return 0;
    }

    private static void assertShutDown(RawPgClient client) throws IOException {
        PgMessage error = Answers.lastError(client);
        assertThat(error.sqlState()).isEqualTo("57P01");
        assertThat(error.field('S')).isEqualTo("FATAL");
        assertThat(error.text()).contains("shutting down");
    }

    @Test
    void drainsEndsIdleClientsAtOnceAndOthersAfterTheirTransactions() throws IOException {
        try (RawPgClient idle = proxy.login("acme");
                RawPgClient inside = proxy.login("acme");
                RawPgClient running = proxy.login("acme")) {
            int port = proxy.port();
            inside.query("begin");
            running.send(FrontendBytes.query("select pg_sleep(0.5), 7"));
            await().until(() -> proxy.leases() == 2);
            proxy.sluice().shutdown(Shutdown.DRAIN);

            assertShutDown(idle);
            assertThatThrownBy(() -> RawPgClient.connect("127.0.0.1", port).readByte())
                    .isInstanceOf(IOException.class);
            assertThat(inside.queryOne("select 1")).isEqualTo("1");
            assertThat(Answers.types(running.readUntilReady())).isEqualTo("TDCZ");
            assertShutDown(running);
            assertThat(Answers.types(inside.query("commit"))).isEqualTo("CZ");
            assertShutDown(inside);
            proxy.sluice().awaitStopped();
        }
    }

    @Test
    void doesNotWaitForIdleSessionsThatKeepAServer() throws IOException {
        try (RawPgClient session = proxy.login("globex");
                RawPgClient pinned = proxy.login("acme")) {
            session.query("select 1");
            pinned.query("listen something");
            assertThat(proxy.leases()).isEqualTo(2);
            proxy.sluice().shutdown(Shutdown.DRAIN);
            assertShutDown(session);
            assertShutDown(pinned);
            proxy.sluice().awaitStopped();
        }
    }

    @Test
    void cutsOffWhoIsStillInATransactionAtTheEndOfTheDrain() throws IOException {
        try (RawPgClient inside = proxy.login("acme")) {
            inside.query("begin");
            proxy.sluice().shutdown(Shutdown.DRAIN);
            Sweeps.await(proxy.sluice());
            assertThat(inside.queryOne("select 1")).isEqualTo("1");
            clock.advance(Duration.ofSeconds(30));
            assertShutDown(inside);
            proxy.sluice().awaitStopped();
        }
    }

    @Test
    void isInAHurryWhenAskedAgain() throws IOException {
        try (RawPgClient inside = proxy.login("acme")) {
            inside.query("begin");
            proxy.sluice().shutdown(Shutdown.WAIT_FOR_CLIENTS);
            Sweeps.await(proxy.sluice());
            assertThat(inside.queryOne("select 1")).isEqualTo("1");
            proxy.sluice().shutdown(Shutdown.DRAIN);
            assertShutDown(inside);
            proxy.sluice().awaitStopped();
        }
    }

    @Test
    void waitsForClientsHoweverLongTheyStay() throws IOException {
        try (RawPgClient client = proxy.login("acme")) {
            proxy.sluice().shutdown(Shutdown.WAIT_FOR_CLIENTS);
            clock.advance(Duration.ofHours(5));
            Sweeps.awaitIdle(proxy.sluice());
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
        proxy.sluice().awaitStopped();
    }

    @Test
    void endsWhoWaitsForAServerWhenOnlyServersAreWaitedFor() throws IOException {
        proxy.close();
        proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(), clock, "sluice.pool.max = 1");
        try (RawPgClient holder = proxy.login("acme");
                RawPgClient waiter = proxy.login("acme")) {
            holder.query("begin");
            waiter.send(FrontendBytes.query("select 1"));
            await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
            proxy.sluice().shutdown(Shutdown.WAIT_FOR_SERVERS);
            assertShutDown(waiter);
            assertThat(Answers.types(holder.query("commit"))).isEqualTo("CZ");
            assertShutDown(holder);
            proxy.sluice().awaitStopped();
        }
    }
}
