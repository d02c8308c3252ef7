package io.sluice.pg.it;

import static io.sluice.testbed.FrontendBytes.all;
import static io.sluice.testbed.FrontendBytes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Who has sent statements behind a BEGIN that does not happen believes them in a transaction: they
 * do not run outside of one.
 */
class RefusedBeginIT {
    private static final byte[] TRANSACTION =
            all(query("BEGIN"), query("INSERT INTO begun VALUES (1)"), query("COMMIT"));
    private static final VirtualClock CLOCK = new VirtualClock();
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        var backend = SharedPostgres.backend();
        backend.executeIn(
                "acme_app", "CREATE TABLE begun (n int)", "ALTER TABLE begun OWNER TO acme");
        proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        CLOCK,
                        """
                        sluice.pool { max = 1, max-waiters = 1, acquire-timeout = 3s }
                        sluice.timeouts { idle-in-transaction = off, query = off }
                        sluice.tiers.narrow.max-concurrent = 1
                        sluice.tenants.narrow { tier = narrow }
                        sluice.tenants.narrow.postgres = ${sluice.tenants.acme.postgres}
                        sluice.tenants.narrow.postgres.pool.max = 2
                        """);
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @AfterEach
    void nothingIsInserted() throws IOException {
        await().until(() -> proxy.onSessions(session -> session.id()).isEmpty());
        Answers.awaitAllIdle(proxy);
        try (RawPgClient client = proxy.login("acme")) {
            assertThat(client.queryOne("SELECT count(*) FROM begun")).isEqualTo("0");
        }
    }

    private static RawPgClient holder() throws IOException {
        RawPgClient holder = proxy.login("acme");
        holder.query("BEGIN");
        return holder;
    }

    private static void awaitWaiting() {
        await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
    }

    private static void assertEnded(RawPgClient client, String code) throws IOException {
        PgMessage last = Answers.lastError(client);
        assertThat(last.field('V')).isEqualTo("FATAL");
        assertThat(last.sqlState()).isEqualTo(code);
    }

    /** Refused with an error of that code, and then served. */
    private static void assertServed(RawPgClient client, RawPgClient holder, String code)
            throws IOException {
        PgMessage error = Answers.error(client.readUntilReady());
        assertThat(error.field('V')).isEqualTo("ERROR");
        assertThat(error.sqlState()).isEqualTo(code);
        holder.query("COMMIT");
        assertThat(client.queryOne("SELECT 'served'")).isEqualTo("served");
    }

    @Test
    void itWaitedTooLong() throws IOException {
        try (RawPgClient holder = holder();
                RawPgClient client = proxy.login("acme");
                RawPgClient alone = proxy.login("acme")) {
            client.send(TRANSACTION);
            awaitWaiting();
            CLOCK.advance(Duration.ofSeconds(3));
            assertEnded(client, "53300");

            alone.send(query("BEGIN"));
            awaitWaiting();
            CLOCK.advance(Duration.ofSeconds(3));
            assertServed(alone, holder, "53300");
        }
    }

    @Test
    void tooManyWait() throws IOException {
        try (RawPgClient holder = holder();
                RawPgClient waiter = proxy.login("acme");
                RawPgClient client = proxy.login("acme");
                RawPgClient alone = proxy.login("acme")) {
            waiter.send(query("SELECT 1"));
            awaitWaiting();
            client.send(TRANSACTION);
            assertEnded(client, "53300");

            alone.send(query("BEGIN"));
            assertServed(alone, holder, "53300");
        }
    }

    @Test
    void itWasCancelledWhileItWaited() throws IOException {
        try (RawPgClient holder = holder();
                RawPgClient client = proxy.login("acme");
                RawPgClient alone = proxy.login("acme")) {
            client.send(TRANSACTION);
            awaitWaiting();
            client.cancel();
            assertEnded(client, "57014");

            alone.send(query("BEGIN"));
            awaitWaiting();
            alone.cancel();
            assertServed(alone, holder, "57014");
        }
    }

    @Test
    void itsTenantDoesTooMuchAtATime() throws IOException {
        try (RawPgClient busy = proxy.login("narrow");
                RawPgClient client = proxy.login("narrow")) {
            busy.send(query("SELECT pg_sleep(60)"));
            await().until(() -> proxy.leases() == 1);
            client.send(TRANSACTION);
            assertEnded(client, "53400");
        }
    }

    @Test
    void itsOwnClientDoesTooMuchAtATime() throws IOException {
        try (RawPgClient client = proxy.login("narrow")) {
            client.send(all(query("SELECT pg_sleep(60)"), TRANSACTION));
            assertEnded(client, "53400");
        }
    }

    @Test
    void itsServerWasLost() throws IOException {
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin();
                            connection.expectQuery("BEGIN");
                            connection.die();
                        });
                TestProxy own = TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM);
                RawPgClient client = own.login("acme")) {
            client.send(TRANSACTION);
            assertEnded(client, "08006");
            assertThat(server.connections()).isEqualTo(1);
        }
    }
}
