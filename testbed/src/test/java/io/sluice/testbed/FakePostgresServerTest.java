package io.sluice.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FakePostgresServerTest {

    @Test
    void answersInFragmentsWhatTheScriptSays() throws IOException {
        try (var server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin();
                            connection.expectQuery("select 1");
                            connection.sendInFragments(1, BackendBytes.oneRow("x", "1"));
                            connection.awaitClose();
                        });
                var client = login(server)) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(client.parameters()).isEqualTo(FakeConnection.PARAMETERS);
        }
    }

    @Test
    void playsTheNextScriptOnTheNextConnection() throws IOException {
        try (var server =
                FakePostgresServer.start(
                        List.of(
                                connection -> {
                                    connection.acceptLogin();
                                    connection.die();
                                },
                                connection -> {
                                    assertThat(connection.acceptLogin())
                                            .containsEntry("user", "app");
                                    connection.awaitClose();
                                }))) {
            try (var first = login(server)) {
                assertThatThrownBy(first::read).isInstanceOf(SocketException.class);
            }
            try (var second = login(server)) {
                second.timeout(Duration.ofMillis(50));
                assertThatThrownBy(second::read).isInstanceOf(SocketTimeoutException.class);
            }
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void recordsCancelRequests() throws Exception {
        byte[] secret = {1, 2, 3, 4, 5};
        try (var server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin(Map.of(), 42, secret);
                            connection.awaitClose();
                        });
                var client = login(server)) {
            client.cancel();

            var cancel = server.awaitCancel(Duration.ofSeconds(10));
            assertThat(cancel.pid()).isEqualTo(42);
            assertThat(cancel.secret()).isEqualTo(secret);
        }
    }

    @Test
    void reportsWhatWentOtherThanScripted() throws IOException {
        var server =
                FakePostgresServer.start(connection -> {
                    connection.acceptLogin();
                    connection.expectQuery("select 1");
                });
        try (var client = login(server)) {
            client.send(FrontendBytes.query("select 2")).readUntilClosed();
        }

        assertThatThrownBy(server::close)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("<select 2>");
    }

    private static RawPgClient login(FakePostgresServer server) throws IOException {
        return RawPgClient.login(server.host(), server.port(), "app", "", "app");
    }
}
