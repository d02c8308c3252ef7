package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.awaitAllIdle;
import static io.sluice.pg.it.Answers.errors;
import static io.sluice.pg.it.Answers.types;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FakeConnection;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that dies takes with it what was in it, and no more. */
class LostServerIT {
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start(SharedPostgres.backend());
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static void kill(@Nullable String pid) {
        SharedPostgres.backend().queryOne("SELECT pg_terminate_backend(" + pid + ")");
    }

    @Test
    void inATransactionTheClientIsToldAndClosed() throws Exception {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            client.query("BEGIN");
            kill(client.queryOne("SELECT pg_backend_pid()"));
            var last = client.readUntilClosed();
            assertThat(errors(last)).isEqualTo("57P01");
            assertThat(last.getLast().field('V')).isEqualTo("FATAL");
            assertThat(other.queryOne("SELECT 1")).isEqualTo("1");
        }
        awaitAllIdle(proxy);
    }

    @Test
    void outsideATransactionTheClientStays() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            @Nullable String pid = client.queryOne("SELECT pg_backend_pid()");
            client.send(query("SELECT pg_sleep(60)"));
            await().until(() -> proxy.leases() == 1);
            kill(pid);
            assertThat(types(client.readUntilReady())).endsWith("EZ");
            assertThat(client.queryOne("SELECT 1")).isEqualTo("1");
            // Idle when its server dies: nothing is noticed.
            kill(client.queryOne("SELECT pg_backend_pid()"));
            await().until(() -> proxy.serverConnections() == 0);
            assertThat(client.queryOne("SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void clientsAreToldWhatHoldsOnceAServerHasComeBackOtherwise() throws Exception {
        try (FakePostgresServer server =
                        FakePostgresServer.start(
                                List.of(
                                        connection -> serveWithTimeZone(connection, "UTC"),
                                        connection -> serveWithTimeZone(connection, "Asia/Tokyo"),
                                        connection ->
                                                serveWithTimeZone(connection, "Europe/Berlin")));
                TestProxy own =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                "sluice.pool.max = 1")) {
            assertThat(timeZoneToldTo(own)).isEqualTo("UTC");
            try (Connection console = own.console();
                    Statement statement = console.createStatement()) {
                statement.execute("RECONNECT");
            }
            assertThat(timeZoneToldTo(own)).isEqualTo("Asia/Tokyo");
            // Lost without a word: known as soon as the next connection is open.
            server.breakConnections();
            await().until(() -> own.serverConnections() == 0);
            try (RawPgClient client = own.login("acme")) {
                assertThat(types(client.query("SELECT 1"))).endsWith("Z");
            }
            assertThat(timeZoneToldTo(own)).isEqualTo("Europe/Berlin");
        }
    }

    @Test
    void aClientIsToldWhereItsNextServerStartsOtherwise() throws Exception {
        try (FakePostgresServer server =
                        FakePostgresServer.start(
                                List.of(
                                        connection -> serveWithTimeZone(connection, "UTC"),
                                        connection ->
                                                serveWithTimeZone(connection, "Europe/Berlin")));
                TestProxy own =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                "sluice.pool.max = 1");
                RawPgClient client = own.login("acme")) {
            assertThat(client.parameters()).containsEntry("TimeZone", "UTC");
            server.breakConnections();
            await().until(() -> own.serverConnections() == 0);
            assertThat(client.query("SELECT 1"))
                    .filteredOn(message -> message.type() == 'S')
                    .hasSize(1);
            assertThat(client.parameters())
                    .containsEntry("TimeZone", "Europe/Berlin")
                    .containsEntry("DateStyle", "ISO, MDY");
        }
    }

    private static void serveWithTimeZone(FakeConnection connection, String zone)
            throws IOException {
        Map<String, String> parameters = new HashMap<>(FakeConnection.PARAMETERS);
        parameters.put("TimeZone", zone);
        connection.acceptLogin(parameters, 1, new byte[4]);
        if (zone.equals("Europe/Berlin")) {
            connection.expectQuery("SELECT 1");
            connection.send(BackendBytes.oneRow("x", "1"));
        }
        connection.awaitClose();
    }

    private static @Nullable String timeZoneToldTo(TestProxy proxy) throws IOException {
        try (RawPgClient client = proxy.login("acme")) {
            return client.parameters().get("TimeZone");
        }
    }

    @Test
    void everyRequestOfAPipelineIsAnswered() throws Exception {
        try (FakePostgresServer server =
                        FakePostgresServer.start(
                                List.of(
                                        connection -> {
                                            connection.acceptLogin();
                                            connection.expectAll("PPBES");
                                            connection.send(BackendBytes.parseComplete());
                                            connection.expect('Q');
                                            connection.die();
                                        },
                                        connection -> {
                                            connection.acceptLogin();
                                            connection.expectAll("PBES");
                                            connection.send(
                                                    BackendBytes.parseComplete(),
                                                    BackendBytes.bindComplete(),
                                                    BackendBytes.commandComplete("SELECT 0"),
                                                    BackendBytes.readyForQuery('I'));
                                            connection.awaitClose();
                                        }));
                TestProxy own = TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM);
                RawPgClient client = own.login("acme")) {
            client.send(
                            parse("s", "SELECT 1"),
                            parse("t", "SELECT 2"),
                            bind("", "s"),
                            execute("", 0),
                            sync(),
                            query("SELECT 3"))
                    .readUntil('1');
            assertThat(types(client.readUntilReady())).isEqualTo("EZ");
            assertThat(types(client.readUntilReady())).isEqualTo("EZ");
            // What was never answered was never prepared: the names are free.
            client.send(parse("t", "SELECT 2"), bind("", "t"), execute("", 0), sync());
            assertThat(types(client.readUntilReady())).isEqualTo("12CZ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "an answer nobody asked for",
                "an unknown status",
                "an unknown message",
                "a negative length",
                "half a message"
            })
    void aServerThatBreaksTheProtocolIsClosed(String how) throws Exception {
        byte[] broken =
                switch (how) {
                    case "an answer nobody asked for" -> BackendBytes.parseComplete();
                    case "an unknown status" -> BackendBytes.readyForQuery('?');
                    case "an unknown message" -> BackendBytes.copyBothResponse(1);
                    case "a negative length" -> new byte[] {'D', -1, -1, -1, -1};
                    default -> new byte[] {'D', 0, 0, 0, 100, 0, 1};
                };
        try (FakePostgresServer server =
                        FakePostgresServer.start(
                                List.of(
                                        connection -> {
                                            connection.acceptLogin();
                                            connection.expect('Q');
                                            connection.send(broken);
                                            if (how.equals("half a message")) {
                                                connection.die();
                                            } else {
                                                connection.awaitClose();
                                            }
                                        },
                                        connection -> {
                                            connection.acceptLogin();
                                            connection.expect('Q');
                                            connection.send(BackendBytes.oneRow("x", "next"));
                                            connection.awaitClose();
                                        }));
                TestProxy own = TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM);
                RawPgClient client = own.login("acme");
                RawPgClient other = own.login("acme")) {
            client.send(query("SELECT 1"));
            if (how.equals("half a message")) {
                assertThat(client.timeout(java.time.Duration.ofSeconds(5)).readByte())
                        .isEqualTo('D');
            } else {
                assertThat(types(client.readUntilReady())).isEqualTo("EZ");
            }
            assertThat(other.queryOne("SELECT 1")).isEqualTo("next");
        }
    }
}
