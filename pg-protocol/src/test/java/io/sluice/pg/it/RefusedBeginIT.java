package io.sluice.pg.it;

import static io.sluice.testbed.FrontendBytes.all;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.flush;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FakeConnection;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who has sent statements behind a BEGIN that does not happen believes them in a transaction: they
 * do not run outside of one.
 */
class RefusedBeginIT {
    private static final String INSERT = "INSERT INTO begun VALUES (1)";

    /** How a client may send a transaction before it has any answer. */
    enum Form {
        QUERIES,
        QUERY_THAT_ENDS_IN_BEGIN,
        SERIES,
        SERIES_WITH_MORE,
        SERIES_WITH_MORE_AHEAD,
        PREPARED;

        byte[] begin() {
            return switch (this) {
                case QUERIES -> query("BEGIN");
                case QUERY_THAT_ENDS_IN_BEGIN -> query("SELECT 1; BEGIN");
                case SERIES -> series("BEGIN");
                case SERIES_WITH_MORE -> series("BEGIN", INSERT);
                case SERIES_WITH_MORE_AHEAD -> series("SELECT 1", "BEGIN");
                case PREPARED -> all(bind("", "b"), execute("", 0), sync());
            };
        }

        byte[] transaction() {
            return switch (this) {
                case QUERIES, QUERY_THAT_ENDS_IN_BEGIN ->
                        all(begin(), query(INSERT), query("COMMIT"));
                case SERIES, SERIES_WITH_MORE, SERIES_WITH_MORE_AHEAD, PREPARED ->
                        all(begin(), series(INSERT), series("COMMIT"));
            };
        }

        /** Does what comes before the transaction. */
        RawPgClient prepare(RawPgClient client) throws IOException {
            if (this == PREPARED) {
                assertThat(client.send(parse("b", "BEGIN"), sync()).readUntilReady()).hasSize(2);
            }
            return client;
        }
    }

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
        await().until(() -> {
            // A cancel that came before its query is sent again.
            CLOCK.advance(Duration.ofMillis(500));
            return proxy
                    .onPools(pool -> pool.connections().stream().allMatch(c -> c.isIdle()))
                    .stream()
                    .allMatch(idle -> idle);
        });
        Answers.awaitAllIdle(proxy);
        try (RawPgClient client = proxy.login("acme")) {
            assertThat(client.queryOne("SELECT count(*) FROM begun")).isEqualTo("0");
        }
    }

    private static byte[] series(String... statements) {
        byte[] messages = {};
        for (String statement : statements) {
            messages = all(messages, parse("", statement), bind("", ""), execute("", 0));
        }
        return all(messages, sync());
    }

    private static RawPgClient login(Form form) throws IOException {
        return form.prepare(proxy.login("acme"));
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

    @ParameterizedTest
    @EnumSource
    void itWaitedTooLong(Form form) throws IOException {
        try (RawPgClient client = login(form);
                RawPgClient alone = login(form);
                RawPgClient holder = holder()) {
            client.send(form.transaction());
            awaitWaiting();
            CLOCK.advance(Duration.ofSeconds(3));
            assertEnded(client, "53300");

            alone.send(form.begin());
            awaitWaiting();
            CLOCK.advance(Duration.ofSeconds(3));
            assertServed(alone, holder, "53300");
        }
    }

    static List<byte[]> beginsThatAreSentAhead() {
        return List.of(
                query("BEGIN"), all(parse("", "BEGIN"), bind("", ""), execute("", 0), flush()));
    }

    @ParameterizedTest
    @MethodSource("beginsThatAreSentAhead")
    void itWaitedTooLongAndHalfAMessageIsBehindIt(byte[] begin) throws IOException {
        byte[] insert = parse("", INSERT);
        try (RawPgClient client = proxy.login("acme");
                RawPgClient holder = holder()) {
            client.send(begin, Arrays.copyOf(insert, insert.length / 2));
            awaitWaiting();
            CLOCK.advance(Duration.ofSeconds(3));
            assertEnded(client, "53300");
            assertThat(Answers.errors(holder.query("COMMIT"))).isEmpty();
        }
    }

    @Test
    void itWaitedTooLongAndHalfTheEndOfItsOwnSeriesIsBehindIt() throws IOException {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient holder = holder()) {
            client.send(
                    beginsThatAreSentAhead().getLast(), Arrays.copyOf(sync(), sync().length - 2));
            awaitWaiting();
            CLOCK.advance(Duration.ofSeconds(3));
            List<PgMessage> refused = client.readUntil('E');
            client.send(Arrays.copyOfRange(sync(), sync().length - 2, sync().length));

            assertThat(Answers.error(refused).field('V')).isEqualTo("ERROR");
            assertThat(Answers.types(client.readUntilReady())).isEqualTo("Z");
            holder.query("COMMIT");
            assertThat(client.queryOne("SELECT 'served'")).isEqualTo("served");
        }
    }

    @ParameterizedTest
    @EnumSource
    void tooManyWait(Form form) throws IOException {
        try (RawPgClient client = login(form);
                RawPgClient alone = login(form);
                RawPgClient holder = holder();
                RawPgClient waiter = proxy.login("acme")) {
            waiter.send(query("SELECT 1"));
            awaitWaiting();
            client.send(form.transaction());
            assertEnded(client, "53300");

            alone.send(form.begin());
            assertServed(alone, holder, "53300");
        }
    }

    @ParameterizedTest
    @EnumSource
    void itWasCancelledWhileItWaited(Form form) throws IOException {
        try (RawPgClient client = login(form);
                RawPgClient alone = login(form);
                RawPgClient holder = holder()) {
            client.send(form.transaction());
            awaitWaiting();
            client.cancel();
            assertEnded(client, "57014");

            alone.send(form.begin());
            awaitWaiting();
            alone.cancel();
            assertServed(alone, holder, "57014");
        }
    }

    @ParameterizedTest
    @EnumSource
    void itsTenantDoesTooMuchAtATime(Form form) throws IOException {
        try (RawPgClient busy = proxy.login("narrow");
                RawPgClient client = form.prepare(proxy.login("narrow"))) {
            SharedPostgres.putToSleep(busy);
            client.send(form.transaction());
            assertEnded(client, "53400");
        }
    }

    @ParameterizedTest
    @EnumSource
    void itsOwnClientDoesTooMuchAtATime(Form form) throws IOException {
        try (RawPgClient client = form.prepare(proxy.login("narrow"))) {
            client.send(all(query("SELECT pg_sleep(60)"), form.transaction()));
            assertEnded(client, "53400");
        }
    }

    @ParameterizedTest
    @EnumSource
    void itsServerWasLost(Form form) throws IOException {
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin();
                            if (form == Form.PREPARED) {
                                connection.expectAll("PS");
                                connection.send(
                                        BackendBytes.parseComplete(),
                                        BackendBytes.readyForQuery('I'));
                            }
                            awaitRequest(connection);
                            connection.die();
                        });
                TestProxy own = TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM);
                RawPgClient client = form.prepare(own.login("acme"))) {
            client.send(form.transaction());
            assertEnded(client, "08006");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    private static void awaitRequest(FakeConnection connection) throws IOException {
        char type;
        do {
            type = connection.read().type();
        } while (type != 'Q' && type != 'S');
    }
}
