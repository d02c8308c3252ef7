package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.FakePostgresServer.Script;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Servers that say what no server says. */
class HostileServerIT {

    private static TestProxy towards(FakePostgresServer server) {
        return TestProxy.start(
                server.host() + ":" + server.port(),
                io.sluice.net.Clock.SYSTEM,
                "sluice.backends.main { login-retry = 0, tls.mode = disable }");
    }

    private static byte[] header(char type, int length) {
        return ByteBuffer.allocate(5).put((byte) type).putInt(length).array();
    }

    static List<Arguments> brokenLogins() {
        byte[] ok = BackendBytes.authenticationOk();
        return List.of(
                Arguments.of("no code", new byte[] {'R', 0, 0, 0, 4}),
                Arguments.of("a length below 4", header('R', 3)),
                Arguments.of("a negative length", header('R', -1)),
                Arguments.of("a huge length", header('S', Integer.MAX_VALUE)),
                Arguments.of("ready before it let us in", BackendBytes.readyForQuery('I')),
                Arguments.of(
                        "a key before it let us in", BackendBytes.backendKeyData(1, new byte[4])),
                Arguments.of("Ok twice", FrontendBytes.all(ok, ok)),
                Arguments.of(
                        "a key that is too short",
                        FrontendBytes.all(ok, BackendBytes.backendKeyData(1, new byte[3]))),
                Arguments.of(
                        "a key that is too long",
                        FrontendBytes.all(ok, BackendBytes.backendKeyData(1, new byte[257]))),
                Arguments.of(
                        "a transaction after login",
                        FrontendBytes.all(ok, BackendBytes.readyForQuery('T'))),
                Arguments.of(
                        "an unknown status",
                        FrontendBytes.all(ok, BackendBytes.readyForQuery('X'))),
                Arguments.of(
                        "a row during login", FrontendBytes.all(ok, BackendBytes.dataRow("x"))),
                Arguments.of(
                        "a setting without its end",
                        FrontendBytes.all(ok, new byte[] {'S', 0, 0, 0, 6, 'a', 'b'})),
                Arguments.of("Kerberos", BackendBytes.authentication(2, new byte[0])),
                Arguments.of(
                        "SASL with nothing that we have",
                        BackendBytes.authenticationSasl(List.of("OAUTHBEARER"))),
                Arguments.of(
                        "SASL's end before its begin",
                        BackendBytes.authenticationSaslFinal("v=AAAA")),
                Arguments.of(
                        "SASL going on before it began",
                        BackendBytes.authenticationSaslContinue("r=a,s=AAAA,i=4096")),
                Arguments.of(
                        "a cleartext request without TLS",
                        BackendBytes.authenticationCleartextPassword()),
                Arguments.of(
                        "an md5 salt too short",
                        BackendBytes.authenticationMd5Password(new byte[3])),
                Arguments.of("an error without anything", new byte[] {'E', 0, 0, 0, 5, 0}),
                Arguments.of("an error without its end", new byte[] {'E', 0, 0, 0, 6, 'M', 'x'}),
                Arguments.of("an empty error", new byte[] {'E', 0, 0, 0, 4}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenLogins")
    void refusesALoginThatIsNotAsTheProtocolSays(String what, byte[] bytes) throws IOException {
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.readStartup();
                            connection.send(bytes);
                            connection.awaitClose();
                        });
                TestProxy proxy = towards(server)) {
            assertThatThrownBy(() -> proxy.login("acme")).hasMessageContaining("08006");
            await().until(() -> proxy.serverConnections() == 0);
        }
    }

    @Test
    void proposesNoSecretToAServerThatAsksForMillionsOfIterations() throws IOException {
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.readStartup();
                            connection.send(
                                    BackendBytes.authenticationSasl(List.of("SCRAM-SHA-256")));
                            String first = connection.expect('p').payloadText();
                            String nonce = first.substring(first.indexOf("r=") + 2);
                            connection.send(
                                    BackendBytes.authenticationSaslContinue(
                                            "r=" + nonce + "x,s=AAAA,i=2000000000"));
                            connection.awaitClose();
                        });
                TestProxy proxy = towards(server)) {
            assertThatThrownBy(() -> proxy.login("acme")).hasMessageContaining("08006");
        }
    }

    static List<Arguments> brokenAnswers() {
        return List.of(
                Arguments.of("an unknown status", BackendBytes.readyForQuery('Q')),
                Arguments.of("an unknown type", header('~', 4)),
                Arguments.of("a length below 4", header('T', 2)),
                Arguments.of("a negative length", header('D', Integer.MIN_VALUE)),
                Arguments.of("authentication again", BackendBytes.authenticationOk()),
                Arguments.of("a parse that nobody asked for", BackendBytes.parseComplete()),
                Arguments.of("replication", BackendBytes.copyBothResponse(0)),
                Arguments.of("a status of two bytes", new byte[] {'Z', 0, 0, 0, 6, 'I', 'I'}),
                Arguments.of("a status of no byte", new byte[] {'Z', 0, 0, 0, 4}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenAnswers")
    void closesAServerConnectionThatAnswersWhatItMayNot(String what, byte[] bytes)
            throws IOException {
        Script broken =
                connection -> {
                    connection.acceptLogin();
                    connection.expectQuery("select 1");
                    connection.send(bytes);
                    connection.awaitClose();
                };
        try (FakePostgresServer server = FakePostgresServer.start(List.of(broken, answering()));
                TestProxy proxy = towards(server);
                RawPgClient client = proxy.login("acme")) {
            List<PgMessage> answer = client.query("select 1");
            assertThat(Answers.error(answer).sqlState()).isEqualTo("58000");
            assertThat(answer.getLast().transactionStatus()).isEqualTo('I');
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    private static Script answering() {
        return connection -> {
            connection.acceptLogin();
            connection.expectQuery("select 1");
            connection.send(BackendBytes.oneRow("x", "1"));
            connection.awaitClose();
        };
    }

    static List<Arguments> unasked() {
        return List.of(
                Arguments.of("a row", BackendBytes.dataRow("secret")),
                Arguments.of("ready", BackendBytes.readyForQuery('I')),
                Arguments.of("an error", BackendBytes.errorResponse("ERROR", "XX000", "boo")),
                Arguments.of(
                        "its last words",
                        BackendBytes.errorResponse("FATAL", "57P01", "terminating")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unasked")
    void closesAnIdleServerConnectionThatSpeaksUnasked(String what, byte[] bytes) throws Exception {
        var idle = new java.util.concurrent.CountDownLatch(1);
        Script speaking =
                connection -> {
                    connection.acceptLogin();
                    connection.expectQuery("select 1");
                    connection.send(BackendBytes.oneRow("x", "1"));
                    idle.await();
                    connection.send(bytes);
                    connection.awaitClose();
                };
        try (FakePostgresServer server = FakePostgresServer.start(List.of(speaking, answering()));
                TestProxy proxy = towards(server);
                RawPgClient client = proxy.login("acme")) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            idle.countDown();
            await().until(() -> proxy.serverConnections() == 0);
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void dropsAsynchronousMessagesThatAreNobodys() throws Exception {
        var idle = new java.util.concurrent.CountDownLatch(1);
        Script chatting =
                connection -> {
                    connection.acceptLogin();
                    connection.expectQuery("select 1");
                    connection.send(BackendBytes.oneRow("x", "1"));
                    idle.await();
                    connection.send(
                            BackendBytes.notificationResponse(1, "channel", "payload"),
                            BackendBytes.noticeResponse("NOTICE", "00000", "hear hear"),
                            BackendBytes.parameterStatus("TimeZone", "Mars"));
                    connection.expectQuery("select 2");
                    connection.send(BackendBytes.oneRow("x", "2"));
                    connection.awaitClose();
                };
        try (FakePostgresServer server = FakePostgresServer.start(chatting);
                TestProxy proxy = towards(server);
                RawPgClient client = proxy.login("acme")) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            idle.countDown();
            await().until(() -> proxy.onPools(pool -> pool.hasIdle()).equals(List.of(true)));
            List<PgMessage> answer = client.query("select 2");
            assertThat(Answers.types(answer)).endsWith("TDCZ");
            assertThat(answer).noneMatch(m -> m.type() == 'A');
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void takesAGreetingAndAnAnswerInSmallPieces() throws IOException {
        List<byte[]> greeting = new ArrayList<>();
        greeting.add(BackendBytes.authenticationOk());
        for (int i = 0; i < 40; i++) {
            greeting.add(BackendBytes.parameterStatus("setting_" + i, "x".repeat(i * 7)));
        }
        greeting.add(BackendBytes.parameterStatus("client_encoding", "UTF8"));
        greeting.add(BackendBytes.noticeResponse("NOTICE", "00000", "n".repeat(500)));
        greeting.add(BackendBytes.backendKeyData(7, new byte[4]));
        greeting.add(BackendBytes.readyForQuery('I'));
        Script pieces =
                connection -> {
                    connection.readStartup();
                    connection.sendInFragments(75, greeting.toArray(byte[][]::new));
                    connection.expectQuery("select 1");
                    connection.sendInFragments(
                            3,
                            BackendBytes.parameterStatus("TimeZone", "UTC"),
                            BackendBytes.noticeResponse("NOTICE", "00000", "hm"),
                            BackendBytes.rowDescription("x"),
                            BackendBytes.noticeResponse("NOTICE", "00000", "in the middle"),
                            BackendBytes.dataRow("1"),
                            BackendBytes.parameterStatus("application_name", "later"),
                            BackendBytes.commandComplete("SELECT 1"),
                            BackendBytes.readyForQuery('I'));
                    connection.awaitClose();
                };
        try (FakePostgresServer server = FakePostgresServer.start(pieces);
                TestProxy proxy = towards(server);
                RawPgClient client = proxy.login("acme")) {
            assertThat(client.parameters()).containsEntry("setting_39", "x".repeat(39 * 7));
            List<PgMessage> answer = client.query("select 1");
            assertThat(Answers.types(answer)).isEqualTo("TDCZ");
            assertThat(answer).filteredOn(message -> message.type() == 'N').hasSize(2);
            assertThat(client.parameters()).containsEntry("application_name", "later");
        }
    }

    @Test
    void passesOnAnErrorWithoutASqlstate() throws IOException {
        Script stateless =
                connection -> {
                    connection.acceptLogin();
                    connection.expectQuery("select 1");
                    connection.send(
                            new byte[] {'E', 0, 0, 0, 8, 'M', 'x', 0, 0},
                            BackendBytes.readyForQuery('I'));
                    connection.expectQuery("select 2");
                    connection.send(
                            new byte[] {'E', 0, 0, 0, 5, 0}, BackendBytes.readyForQuery('I'));
                    connection.awaitClose();
                };
        try (FakePostgresServer server = FakePostgresServer.start(stateless);
                TestProxy proxy = towards(server);
                RawPgClient client = proxy.login("acme")) {
            assertThat(Answers.error(client.query("select 1")).text()).isEqualTo("x");
            assertThat(Answers.types(client.query("select 2"))).isEqualTo("EZ");
        }
    }

    @Test
    void aSessionEndsWithASqlstateAlsoWhereTheServersLastWordsHaveNone() throws IOException {
        Script stateless =
                connection -> {
                    connection.acceptLogin();
                    connection.expectQuery("BEGIN");
                    connection.send(
                            BackendBytes.commandComplete("BEGIN"), BackendBytes.readyForQuery('T'));
                    connection.expectQuery("select 1");
                    connection.send(BackendBytes.errorResponse("FATAL", "", "no more"));
                    connection.awaitClose();
                };
        try (FakePostgresServer server = FakePostgresServer.start(stateless);
                TestProxy proxy = towards(server);
                RawPgClient client = proxy.login("acme")) {
            client.query("BEGIN");
            client.send(FrontendBytes.query("select 1"));
            PgMessage last = Answers.lastError(client);
            assertThat(last.sqlState()).isEqualTo("08006");
            assertThat(last.text()).isEqualTo("no more");
        }
    }

    @Test
    void refusedSettingsEndTheSessionWithASqlstateAlsoWhereTheRefusalHasNone() throws IOException {
        Script stateless =
                connection -> {
                    connection.acceptLogin();
                    connection.expect('Q');
                    connection.send(
                            BackendBytes.errorResponse("ERROR", "", "not that"),
                            BackendBytes.readyForQuery('I'));
                    connection.awaitClose();
                };
        try (FakePostgresServer server = FakePostgresServer.start(stateless);
                TestProxy proxy = towards(server)) {
            assertThatThrownBy(() -> proxy.login("acme", Map.of("work_mem", "5MB")))
                    .hasMessageContaining("08006")
                    .hasMessageContaining("not that");
        }
    }

    static List<Arguments> behindTheLogin() {
        return List.of(
                Arguments.of("a row", BackendBytes.dataRow("secret")),
                Arguments.of("a second ready", BackendBytes.readyForQuery('I')),
                Arguments.of("a length below 4", header('S', 3)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("behindTheLogin")
    void refusesAServerThatSaysWhatItMayNotRightBehindItsLogin(String what, byte[] bytes)
            throws IOException {
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.readStartup();
                            connection.send(
                                    BackendBytes.authenticationOk(),
                                    BackendBytes.readyForQuery('I'),
                                    bytes);
                            connection.awaitClose();
                        });
                TestProxy proxy = towards(server)) {
            assertThatThrownBy(() -> proxy.login("acme")).hasMessageContaining("08006");
        }
    }

    @Test
    void takesSettingsAndHalfAMessageRightBehindALogin() throws Exception {
        byte[] late = BackendBytes.parameterStatus("TimeZone", "Asia/Tokyo");
        var welcomed = new java.util.concurrent.CountDownLatch(1);
        Script talkative =
                connection -> {
                    connection.readStartup();
                    connection.send(
                            BackendBytes.authenticationOk(),
                            BackendBytes.parameterStatus("TimeZone", "UTC"),
                            BackendBytes.readyForQuery('I'),
                            BackendBytes.noticeResponse("NOTICE", "00000", "hear hear"),
                            late,
                            java.util.Arrays.copyOf(late, 7));
                    welcomed.await();
                    connection.send(java.util.Arrays.copyOfRange(late, 7, late.length));
                    connection.expectQuery("select 1");
                    connection.send(BackendBytes.oneRow("x", "1"));
                    connection.awaitClose();
                };
        try (FakePostgresServer server = FakePostgresServer.start(talkative);
                TestProxy proxy = towards(server);
                RawPgClient client = proxy.login("acme")) {
            assertThat(client.parameters()).containsEntry("TimeZone", "Asia/Tokyo");
            welcomed.countDown();
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void takesAServerWithoutACancelKey() throws IOException {
        Script keyless =
                connection -> {
                    connection.readStartup();
                    connection.send(
                            BackendBytes.authenticationOk(), BackendBytes.readyForQuery('I'));
                    connection.expectQuery("select 1");
                    connection.send(BackendBytes.oneRow("x", "1"));
                    connection.awaitClose();
                };
        try (FakePostgresServer server = FakePostgresServer.start(keyless);
                TestProxy proxy = towards(server);
                RawPgClient client = proxy.login("acme", Map.of())) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }
}
