package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.testbed.FrontendBytes.all;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.copyData;
import static io.sluice.testbed.FrontendBytes.copyDone;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.flush;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static io.sluice.testbed.FrontendBytes.terminate;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.RawPgClient;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client may vanish at any moment: what it held is clean afterwards, or closed. */
class ClientGoneIT {
    private static final byte[] TERMINATE_OF_ANY_LENGTH = {'X', 0x23, 0x45, 0x67, 0x76};

    private static TestProxy proxy;

    enum Moment {
        WAITING,
        IDLE_IN_TRANSACTION,
        IN_A_FAILED_TRANSACTION,
        RUNNING_A_QUERY,
        BETWEEN_EXECUTE_AND_SYNC,
        SKIPPING_TO_SYNC,
        INSIDE_A_QUERY,
        INSIDE_A_BIND,
        READING_A_LARGE_RESULT,
        IN_THE_MIDDLE_OF_A_PIPELINE
    }

    @BeforeAll
    static void start() {
        SharedPostgres.backend()
                .executeIn(
                        "acme_app", "CREATE TABLE gone (n int)", "ALTER TABLE gone OWNER TO acme");
        proxy = SharedPostgres.proxyWithOneConnection();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource
    void itsServerIsCleanForTheNext(Moment moment) throws Exception {
        try (RawPgClient next = proxy.login("acme");
                RawPgClient client = proxy.login("acme")) {
            switch (moment) {
                case WAITING -> {
                    next.query("BEGIN");
                    client.send(query("INSERT INTO gone VALUES (1)"));
                    await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
                }
                case IDLE_IN_TRANSACTION ->
                        client.query("BEGIN; SET work_mem = '5MB'; INSERT INTO gone VALUES (1)");
                case IN_A_FAILED_TRANSACTION ->
                        client.query("BEGIN; INSERT INTO gone VALUES (1); SELECT 1/0");
                case RUNNING_A_QUERY ->
                        client.send(query("INSERT INTO gone SELECT 1 FROM pg_sleep(60)"));
                case BETWEEN_EXECUTE_AND_SYNC ->
                        client.send(
                                        parse("", "INSERT INTO gone VALUES (1)"),
                                        bind("", ""),
                                        execute("", 0),
                                        flush())
                                .readUntil('C');
                case SKIPPING_TO_SYNC ->
                        client.send(
                                        parse("s", "INSERT INTO gone VALUES (1)"),
                                        bind("", "s"),
                                        execute("", 0),
                                        parse("", "no sql"),
                                        flush())
                                .readUntil('E');
                case INSIDE_A_QUERY -> {
                    byte[] all =
                            query("INSERT INTO gone VALUES (1)" + " ".repeat(200_000) + "-- end");
                    client.send(Arrays.copyOf(all, 150_000));
                    await().until(() -> proxy.leases() == 1);
                }
                case INSIDE_A_BIND -> {
                    byte[] all = bind("", "s", "x".repeat(200_000));
                    client.send(
                            parse("s", "INSERT INTO gone SELECT length($1::text)"),
                            Arrays.copyOf(all, 150_000));
                    await().until(() -> proxy.leases() == 1);
                }
                case READING_A_LARGE_RESULT ->
                        client.send(
                                        query(
                                                "SELECT repeat('x', 1000) FROM generate_series(1,"
                                                        + " 300000)"))
                                .readUntil('D');
                case IN_THE_MIDDLE_OF_A_PIPELINE ->
                        client.send(
                                query("BEGIN; INSERT INTO gone VALUES (1)"),
                                parse("", "SELECT pg_sleep(60)"),
                                bind("", ""),
                                execute("", 0),
                                sync(),
                                query("COMMIT"));
            }
            client.abort();
            await().until(() -> proxy.onSessions(session -> session).size() == 1);
            if (moment == Moment.WAITING) {
                next.query("COMMIT");
            }
            awaitAllIdle(proxy);

            assertThat(next.queryOne("SELECT count(*) FROM gone")).isEqualTo("0");
            assertThat(next.queryOne("SHOW work_mem")).isEqualTo("4MB");
            assertThat(next.queryOne("SELECT count(*) FROM pg_prepared_statements")).isEqualTo("0");
        }
        awaitAllIdle(proxy);
    }

    enum Goodbye {
        BEHIND_A_QUERY("1"),
        BEHIND_A_SERIES("1"),
        BEHIND_A_PIPELINE("2"),
        BEHIND_A_COPY("2"),
        BEHIND_A_TRANSACTION_LEFT_OPEN("0"),
        BEHIND_A_SERIES_WITHOUT_SYNC("0"),
        BEHIND_A_QUERY_THAT_IS_SKIPPED("0"),
        BEHIND_NO_REQUEST("0"),
        OF_ANY_LENGTH_BEHIND_NO_REQUEST("0"),
        BEHIND_A_COPY_WITHOUT_END("0");

        private final String rows;

        Goodbye(String rows) {
            this.rows = rows;
        }

        byte[] requests() {
            String insert = "INSERT INTO bye VALUES (1)";
            byte[] series = all(parse("", insert), bind("", ""), execute("", 0));
            byte[] copy = all(query("COPY bye FROM STDIN"), copyData("1\n2\n".getBytes(UTF_8)));
            return switch (this) {
                case BEHIND_A_QUERY -> query(insert);
                case BEHIND_A_SERIES -> all(series, sync());
                case BEHIND_A_PIPELINE -> all(query(insert), series, sync(), query("SELECT 1"));
                case BEHIND_A_COPY -> all(copy, copyDone());
                case BEHIND_A_TRANSACTION_LEFT_OPEN -> all(query("BEGIN"), query(insert));
                case BEHIND_A_SERIES_WITHOUT_SYNC -> all(series, flush());
                case BEHIND_A_QUERY_THAT_IS_SKIPPED -> all(parse("", "no sql"), query(insert));
                case BEHIND_NO_REQUEST -> series;
                case OF_ANY_LENGTH_BEHIND_NO_REQUEST -> all(series, TERMINATE_OF_ANY_LENGTH);
                case BEHIND_A_COPY_WITHOUT_END -> copy;
            };
        }
    }

    /** As PostgreSQL does, which reads a Terminate only when it has answered what is before it. */
    @ParameterizedTest
    @EnumSource
    void whatIsWholeAheadOfAGoodbyeIsDone(Goodbye goodbye) throws Exception {
        try (RawPgClient next = proxy.login("acme")) {
            boolean needsServer = !goodbye.name().endsWith("NO_REQUEST");
            for (boolean waits : new boolean[] {false, needsServer}) {
                next.query("DROP TABLE IF EXISTS bye; CREATE TABLE bye (n int)");
                if (waits) {
                    next.query("BEGIN");
                }
                RawPgClient client = proxy.login("acme");
                client.send(all(goodbye.requests(), terminate()));
                if (waits) {
                    await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
                    client.close();
                    next.query("COMMIT");
                } else {
                    client.close();
                }
                await().until(() -> proxy.onSessions(session -> session).size() == 1);
                awaitAllIdle(proxy);
                assertThat(next.queryOne("SELECT count(*) FROM bye"))
                        .as(waits ? "after waiting" : "at once")
                        .isEqualTo(goodbye.rows);
            }
        }
        awaitAllIdle(proxy);
    }

    @Test
    void aClientThatSaysGoodbyeIsAnsweredFirst() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            client.send(all(query("SELECT 1"), query("SELECT 2"), terminate()));
            assertThat(Answers.rows(client.readUntilReady())).isEqualTo("1");
            assertThat(Answers.rows(client.readUntilReady())).isEqualTo("2");
            assertThat(client.atEnd()).isTrue();
        }
        awaitAllIdle(proxy);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatSaidGoodbyeIsOverWhenItsServerIsLost(boolean gone) throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            client.send(all(query("SELECT pg_sleep(600) -- gone"), terminate()));
            await().until(() -> sleeping() == 1);
            if (gone) {
                client.abort();
            }
            SharedPostgres.backend()
                    .queryOne(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                    + " WHERE query = 'SELECT pg_sleep(600) -- gone'");
            await().until(() -> proxy.onSessions(session -> session).isEmpty());
            if (!gone) {
                assertThat(Answers.errors(client.readUntilReady())).isEqualTo("58000");
                assertThat(client.atEnd()).isTrue();
            }
        }
        awaitAllIdle(proxy);
    }

    /** A server does not notice by itself that the connection of what it runs is closed. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatRunsOnAConnectionThatCannotBeUsedAgainIsCancelled(boolean pinned) throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            byte[] sleep = query("SELECT pg_sleep(600) -- gone");
            if (pinned) {
                client.query("SELECT U&\"pg\\005fbackend\\005fpid\"()");
                client.send(sleep);
            } else {
                byte[] half = Arrays.copyOf(query("SELECT " + " ".repeat(200_000)), 150_000);
                client.send(sleep, half);
            }
            await().until(() -> sleeping() == 1);
            client.abort();
            await().until(() -> sleeping() == 0);
            await().until(() -> proxy.serverConnections() == 0);
        }
    }

    private static int sleeping() {
        return SharedPostgres.backend().running("SELECT pg_sleep(600) -- gone");
    }

    /** The cancel came too late: only the proxy's Sync decides what becomes of the insert. */
    @Test
    void whatItSentWithoutASyncIsNotCommitted() throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin();
                            connection.expectAll("PBEH");
                            connection.send(
                                    BackendBytes.parseComplete(), BackendBytes.bindComplete());
                            connection.expectAll("PS");
                            connection.send(
                                    BackendBytes.commandComplete("INSERT 0 1"),
                                    BackendBytes.errorResponse("ERROR", "42601", "no statement"),
                                    BackendBytes.readyForQuery('I'));
                            asked.complete(connection.expect('Q').payloadText());
                            connection.awaitClose();
                        });
                TestProxy own =
                        TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM)) {
            try (RawPgClient client = own.login("acme")) {
                client.send(
                                parse("", "INSERT INTO gone VALUES (1)"),
                                bind("", ""),
                                execute("", 0),
                                flush())
                        .readUntil('2');
            }
            assertThat(asked.get(10, TimeUnit.SECONDS)).contains("DISCARD ALL");
        }
    }
}
