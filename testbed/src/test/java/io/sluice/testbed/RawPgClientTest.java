package io.sluice.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RawPgClientTest {

    private static PostgresBackend backend;

    @BeforeAll
    static void start() {
        backend = PostgresBackend.embedded().tls().start();
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    @ParameterizedTest
    @EnumSource
    void logsInByWhateverTheServerAsksFor(Login login) throws IOException {
        String role = "raw_" + login.group();
        backend.createRole(role, "secret", login);

        try (var client = login(role, "secret")) {
            assertThat(client.queryOne("select current_user")).isEqualTo(role);
            assertThat(client.parameters()).containsEntry("client_encoding", "UTF8");
        }
    }

    @Test
    void showsTheErrorOfARefusedLogin() {
        assertThatThrownBy(() -> login(PostgresBackend.SUPERUSER, "wrong"))
                .isInstanceOfSatisfying(
                        LoginRefused.class,
                        refused -> assertThat(refused.error().sqlState()).isEqualTo("28P01"));
    }

    @Test
    void bindsTheLoginToTheTlsChannel() throws IOException {
        try (var client = RawPgClient.connect(backend.host(), backend.port()).upgradeToTls()) {
            List<PgMessage> messages =
                    client.login(
                            PostgresBackend.SUPERUSER,
                            PostgresBackend.SUPERUSER_PASSWORD,
                            Map.of());

            assertThat(messages.getFirst().payloadText()).contains("SCRAM-SHA-256-PLUS");
            assertThat(client.queryOne("select ssl from pg_stat_ssl where pid = pg_backend_pid()"))
                    .isEqualTo("t");
        }
    }

    @Test
    void setsTlsUpWithoutAskingWhereTheServerKnowsThat() throws IOException {
        try (var client = RawPgClient.connect(backend.host(), backend.port()).directTls()) {
            client.login(PostgresBackend.SUPERUSER, PostgresBackend.SUPERUSER_PASSWORD, Map.of());

            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void sendsAPipelineByteByByte() throws IOException {
        try (var client = superuser()) {
            client.sendInFragments(
                    1,
                    FrontendBytes.parse("s", "select $1::text"),
                    FrontendBytes.bind("", "s", "é"),
                    FrontendBytes.describePortal(""),
                    FrontendBytes.execute("", 0),
                    FrontendBytes.closeStatement("s"),
                    FrontendBytes.sync());

            List<PgMessage> answer = client.readUntilReady();
            assertThat(answer)
                    .extracting(PgMessage::type)
                    .containsExactly('1', '2', 'T', 'D', 'C', '3', 'Z');
            assertThat(answer.get(3).values()).containsExactly("é");
            assertThat(answer.getLast().transactionStatus()).isEqualTo('I');
        }
    }

    @Test
    void copiesInAndOut() throws IOException {
        try (var client = superuser()) {
            client.query("create temp table copied(x text)");
            client.send(FrontendBytes.query("copy copied from stdin")).readUntil('G');
            client.send(
                    FrontendBytes.copyData("a\nb\n".getBytes(StandardCharsets.UTF_8)),
                    FrontendBytes.copyDone());
            assertThat(client.readUntilReady().getFirst().commandTag()).isEqualTo("COPY 2");

            assertThat(client.query("copy copied to stdout"))
                    .extracting(PgMessage::type)
                    .containsExactly('H', 'd', 'd', 'c', 'C', 'Z');
        }
    }

    @Test
    void cancelsItsQuery() throws IOException {
        try (var client = superuser()) {
            String sleep = "do $$ begin raise notice 'running'; perform pg_sleep(60); end $$";
            client.send(FrontendBytes.query(sleep)).readUntil('N');

            client.cancel();

            assertThat(client.readUntilReady())
                    .filteredOn(message -> message.type() == 'E')
                    .extracting(PgMessage::sqlState)
                    .containsExactly("57014");
        }
    }

    @Test
    void speaksProtocol32WithItsLongCancelKeys() throws IOException {
        try (var client = RawPgClient.connect(backend.host(), backend.port())) {
            client.send(
                    FrontendBytes.startup(
                            FrontendBytes.PROTOCOL_3_2, Map.of("user", PostgresBackend.SUPERUSER)));
            client.authenticate(PostgresBackend.SUPERUSER, PostgresBackend.SUPERUSER_PASSWORD);

            assertThat(client.cancelKey().secret()).hasSize(32);
        }
    }

    @Test
    void seesTheServerCloseAfterTerminate() throws IOException {
        try (var client = superuser()) {
            client.send(FrontendBytes.terminate());

            assertThat(client.readUntilClosed()).isEmpty();
        }
    }

    private static RawPgClient superuser() throws IOException {
        return login(PostgresBackend.SUPERUSER, PostgresBackend.SUPERUSER_PASSWORD);
    }

    private static RawPgClient login(String user, String password) throws IOException {
        return RawPgClient.login(backend.host(), backend.port(), user, password, "postgres");
    }
}
