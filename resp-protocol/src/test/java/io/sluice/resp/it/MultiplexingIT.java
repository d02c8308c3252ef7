package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many clients on few server connections. */
class MultiplexingIT {
    private static RedisBackend backend;
    private TestProxy proxy;

    @BeforeAll
    static void startBackend() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stopBackend() {
        backend.close();
    }

    @BeforeEach
    void start() {
        backend.flush();
        proxy = TestProxy.start(backend);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void manyClientsShareOneServerConnection() throws IOException {
        List<RawRespClient> clients = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            RawRespClient client = proxy.login("acme");
            clients.add(client);
            assertThat(client.call("SET", "key" + i, "value" + i).text()).isEqualTo("OK");
        }
        for (int i = 0; i < 100; i++) {
            assertThat(clients.get(i).call("GET", "key" + i).text()).isEqualTo("value" + i);
        }
        assertThat(proxy.serverConnections()).isEqualTo(1);
        for (RawRespClient client : clients) {
            client.close();
        }
    }

    @Test
    void answersAPipelineInOrderWhoeverAnswers() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.send(
                    RedisBytes.command("SET", "a", "1"),
                    RedisBytes.command("PING"),
                    RedisBytes.command("GET", "a"),
                    RedisBytes.command("ECHO", "between"),
                    RedisBytes.command("INCR", "a"),
                    RedisBytes.command("NOSUCH", "x"),
                    RedisBytes.command("GET", "a"));
            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.read().text()).isEqualTo("PONG");
            assertThat(client.read().text()).isEqualTo("1");
            assertThat(client.read().text()).isEqualTo("between");
            assertThat(client.read().number()).isEqualTo(2);
            assertThat(client.read().text()).startsWith("ERR unknown command");
            assertThat(client.read().text()).isEqualTo("2");
        }
    }

    @Test
    void keepsTheOrderOfAPipelineThatChangesConnections() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.send(
                    RedisBytes.command("SET", "k", "1"),
                    RedisBytes.command("MULTI"),
                    RedisBytes.command("INCR", "k"),
                    RedisBytes.command("EXEC"),
                    RedisBytes.command("GET", "k"),
                    RedisBytes.command("WATCH", "k"),
                    RedisBytes.command("INCR", "k"),
                    RedisBytes.command("UNWATCH"),
                    RedisBytes.command("GET", "k"),
                    RedisBytes.command("RPUSH", "list", "x"),
                    RedisBytes.command("BLPOP", "list", "1"),
                    RedisBytes.command("GET", "k"));
            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.read().text()).isEqualTo("QUEUED");
            assertThat(client.read().elements().getFirst().number()).isEqualTo(2);
            assertThat(client.read().text()).isEqualTo("2");
            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.read().number()).isEqualTo(3);
            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.read().text()).isEqualTo("3");
            assertThat(client.read().number()).isEqualTo(1);
            assertThat(client.read().texts()).containsExactly("list", "x");
            assertThat(client.read().text()).isEqualTo("3");
        }
    }

    @Test
    void passesLongCommandsAndReplies() throws IOException {
        String big = "x".repeat(3_000_000);
        try (RawRespClient client = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            assertThat(client.call("SET", "big", big).text()).isEqualTo("OK");
            client.command("GET", "big");
            assertThat(other.call("SET", "small", "1").text()).isEqualTo("OK");
            assertThat(client.read().text()).isEqualTo(big);
        }
    }

    @Test
    void aTransactionInPiecesIsOneClientsAlone() throws IOException {
        try (RawRespClient client = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            assertThat(client.call("MULTI").text()).isEqualTo("OK");
            assertThat(client.call("SET", "t", "1").text()).isEqualTo("QUEUED");
            assertThat(other.call("GET", "t").isNull()).isTrue();
            assertThat(client.call("EXEC").texts()).containsExactly("OK");
            assertThat(other.call("GET", "t").text()).isEqualTo("1");
        }
    }

    @Test
    void answersInTheVersionThatEachClientSpeaks() throws IOException {
        try (RawRespClient two = proxy.login("acme");
                RawRespClient three = proxy.login("acme")) {
            assertThat(three.hello3().get("proto").number()).isEqualTo(3);
            assertThat(two.call("HSET", "h", "f", "v").number()).isEqualTo(1);
            assertThat(two.call("HGETALL", "h").type()).isEqualTo('*');
            assertThat(three.call("HGETALL", "h").type()).isEqualTo('%');
        }
    }

    @Test
    void tenantsDoNotSeeEachOthersKeys() throws IOException {
        try (RawRespClient acme = proxy.login("acme");
                RawRespClient globex = proxy.login("globex")) {
            acme.succeed("SET", "k", "acme's");
            assertThat(globex.call("GET", "k").isNull()).isTrue();
            globex.succeed("SELECT", "7");
            assertThat(globex.call("SELECT", "8").text()).isEqualTo("ERR DB index is out of range");
        }
    }

    @Test
    void goesOnWithAPipelineWhoseAnswersHaveFilledTheClientForAMoment() throws Exception {
        String text = "x".repeat(1000);
        try (RawRespClient client = proxy.login("acme")) {
            byte[] echo = RedisBytes.command("ECHO", text);
            Thread sender =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int i = 0; i < 2000; i++) {
                                        client.send(echo);
                                    }
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            });
            for (int i = 0; i < 2000; i++) {
                assertThat(client.read().text()).isEqualTo(text);
            }
            sender.join();
        }
    }

    @Test
    void waitCountsForWhatWasWrittenOnOtherConnections() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.succeed("SET", "k", "1");
            assertThat(client.call("WAIT", "0", "100").number()).isZero();
            assertThat(client.call("GET", "k").text()).isEqualTo("1");
        }
    }

    @Test
    void leasesAgainWhatIsWarm() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            for (int i = 0; i < 5; i++) {
                client.succeed("RPUSH", "list", "x");
                assertThat(client.call("BLPOP", "list", "1").texts()).containsExactly("list", "x");
                client.succeed("WATCH", "k");
                client.succeed("UNWATCH");
            }
        }
    }
}
