package io.sluice.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class FakeRedisServerTest {

    @Test
    void answersInFragmentsWhatTheScriptSays() throws IOException {
        try (var server =
                        FakeRedisServer.start(connection -> {
                            connection.expect("GET", "k");
                            connection.sendInFragments(1, RedisBytes.bulk("value"));
                            connection.awaitClose();
                        });
                var client = connect(server)) {
            assertThat(client.call("GET", "k").text()).isEqualTo("value");
        }
    }

    @Test
    void answersTheFirstWordsAsARedisWould() throws IOException {
        try (var server = FakeRedisServer.start(FakeRedisConnection::serveUntilClosed);
                var real = RedisBackend.start();
                var client = connect(server);
                var reference = real.connect()) {
            assertThat(client.call("HELLO")).hasToString(withId(reference.call("HELLO"), 1));
            assertThat(client.call("PING", "a")).isEqualTo(reference.call("PING", "a"));
            assertThat(client.call("COMMAND").elements())
                    .containsExactlyInAnyOrderElementsOf(reference.call("COMMAND").elements());
            assertThat(client.hello3()).hasToString(withId(reference.hello3(), 1));
            assertThat(client.call("COMMAND").elements())
                    .containsExactlyInAnyOrderElementsOf(reference.call("COMMAND").elements());
            assertThat(client.call("AUTH", "app", "secret").text()).isEqualTo("OK");
            assertThat(client.call("SELECT", "3").text()).isEqualTo("OK");
            assertThat(client.call("CLIENT", "SETNAME", "me").text()).isEqualTo("OK");
            assertThat(client.call("client", "id").number()).isEqualTo(1);
            assertThat(client.call("PING").text()).isEqualTo("PONG");
            assertThat(client.call("GET", "k").text()).isEqualTo("ERR not in the script");

            assertThat(server.connections().getFirst().received())
                    .hasSize(11)
                    .contains(List.of("AUTH", "app", "secret"), List.of("GET", "k"));
            assertThat(server.connections().getFirst().isResp3()).isTrue();
        }
    }

    @Test
    void leavesEverythingToTheScriptWithoutManners() throws IOException {
        try (var server =
                        FakeRedisServer.start(
                                FakeRedisServer.Manners.NONE,
                                List.of(connection -> {
                                    connection.expect("HELLO", "3");
                                    connection.send(
                                            RedisBytes.error("ERR unknown command 'HELLO'"));
                                    connection.awaitClose();
                                }));
                var client = connect(server)) {
            assertThat(client.call("HELLO", "3").text()).isEqualTo("ERR unknown command 'HELLO'");
        }
    }

    @Test
    void answersLateHalfOrNever() throws Exception {
        var goOn = new CountDownLatch(1);
        try (var server =
                        FakeRedisServer.start(connection -> {
                            connection.expect("GET", "k");
                            connection.send(RedisBytes.bytes("$5\r\nva"));
                            goOn.await();
                            connection.send(RedisBytes.bytes("lue\r\n"));
                            connection.expect("GET", "l");
                            connection.send(RedisBytes.bytes("$5\r\nva"));
                            connection.die();
                        });
                var client = connect(server)) {
            client.timeout(Duration.ofMillis(50)).command("GET", "k");
            assertThat(client.readBytes(6)).isEqualTo(RedisBytes.bytes("$5\r\nva"));
            assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);

            goOn.countDown();
            client.timeout(Duration.ofSeconds(10));
            assertThat(client.readBytes(5)).isEqualTo(RedisBytes.bytes("lue\r\n"));

            client.command("GET", "l");
            assertThatThrownBy(client::read)
                    .isInstanceOfAny(SocketException.class, EOFException.class);
        }
    }

    @Test
    void pushesWhatNobodyAskedFor() throws IOException {
        byte[] invalidation = RedisBytes.push(RedisBytes.bulk("invalidate"), RedisBytes.array("k"));
        try (var server =
                        FakeRedisServer.start(connection -> {
                            connection.send(invalidation);
                            connection.serveUntilClosed();
                        });
                var client = connect(server)) {
            assertThat(client.read()).isEqualTo(RespValue.of(invalidation));
            assertThat(client.call("PING").text()).isEqualTo("PONG");
        }
    }

    @Test
    void playsTheNextScriptOnTheNextConnection() throws IOException {
        try (var server =
                FakeRedisServer.start(
                        List.of(FakeRedisConnection::die, FakeRedisConnection::serveUntilClosed))) {
            assertThatThrownBy(() -> pingOnce(server)).isInstanceOf(IOException.class);
            try (var second = connect(server);
                    var third = connect(server)) {
                assertThat(second.call("CLIENT", "ID").number()).isEqualTo(2);
                assertThat(third.call("CLIENT", "ID").number()).isEqualTo(3);
            }
            assertThat(server.connections()).hasSize(3);
        }
    }

    @Test
    void breaksAndRefusesConnections() throws Exception {
        try (var server = FakeRedisServer.start(FakeRedisConnection::serveUntilClosed);
                var client = connect(server)) {
            client.call("PING");

            server.breakConnections();
            assertThatThrownBy(client::read).isInstanceOf(SocketException.class);

            server.refuseConnections();
            assertThatThrownBy(() -> connect(server)).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void failsTheTestWhoseScriptWentOtherThanWritten() throws IOException {
        var server = FakeRedisServer.start(connection -> connection.expect("GET", "k"));
        try (var client = connect(server)) {
            client.command("GET", "other");
            assertThat(client.atEnd()).isTrue();
        }

        assertThatThrownBy(server::close)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("expected the command [GET, k], got [GET, other]");
    }

    private static RawRespClient connect(FakeRedisServer server) throws IOException {
        return RawRespClient.connect(server.host(), server.port());
    }

    /** Connecting fails already where the server dies before the client has set its options. */
    private static void pingOnce(FakeRedisServer server) throws IOException {
        try (var client = connect(server)) {
            client.call("PING");
        }
    }

    private static String withId(RespValue hello, int id) {
        return hello.toString().replaceFirst("\\$id, :\\d+", "\\$id, :" + id);
    }
}
