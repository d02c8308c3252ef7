package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.flush;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nettyplus.leakdetector.junit.NettyLeakDetectorExtension;
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
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client may vanish at any moment: what it held is clean afterwards, or closed. */
@ExtendWith(NettyLeakDetectorExtension.class)
class ClientGoneIT {
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
