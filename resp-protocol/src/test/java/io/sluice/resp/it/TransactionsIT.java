package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.FakeRedisServer;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MULTI and WATCH: whole blocks, blocks in pieces, and what is refused within. */
class TransactionsIT {
    private static RedisBackend backend;
    private TestProxy proxy;

    @BeforeAll
    static void startBackend() {
        backend = RedisBackend.start();
    }

    @BeforeEach
    void clear() {
        backend.flush();
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
        proxy.awaitQuiet();
        proxy.close();
    }

    private static byte[] block(String... lines) {
        return RedisBytes.all(
                List.of(lines).stream()
                        .map(line -> RedisBytes.command(line.split(" ")))
                        .toArray(byte[][]::new));
    }

    @Test
    void aWholeBlockTakesNoConnectionOfItsOwn() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.send(block("MULTI", "SET k 1", "INCR k", "EXEC", "GET k"));
            assertThat(client.read(3).getLast().text()).isEqualTo("QUEUED");
            assertThat(client.read().texts()).containsExactly("OK", "2");
            assertThat(client.read().text()).isEqualTo("2");
            assertThat(proxy.serverConnections()).isEqualTo(1);
        }
    }

    @Test
    void aWatchedKeyThatAnotherClientChangesAbortsTheTransaction() throws IOException {
        try (RawRespClient client = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            client.succeed("WATCH", "k");
            assertThat(client.call("GET", "k").isNull()).isTrue();
            other.succeed("SET", "k", "theirs");
            client.send(block("MULTI", "SET k mine", "EXEC"));
            assertThat(client.read(2).getLast().text()).isEqualTo("QUEUED");
            assertThat(client.read().isNull()).isTrue();
            assertThat(client.call("GET", "k").text()).isEqualTo("theirs");

            client.succeed("WATCH", "k");
            client.send(block("MULTI", "SET k mine", "EXEC"));
            assertThat(client.read(3).getLast().texts()).containsExactly("OK");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRefusedCommandWithinAbortsIt(boolean inPieces) throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            byte[] block =
                    block(
                            "MULTI",
                            "SET k 1",
                            "FLUSHALL",
                            "NOSUCH x",
                            "GET",
                            "INCR k",
                            "EXEC",
                            "GET k");
            if (inPieces) {
                client.sendInFragments(7, block);
            } else {
                client.send(block);
            }
            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.read().text()).isEqualTo("QUEUED");
            assertThat(client.read().text()).startsWith("NOPERM sluice: FLUSHALL");
            assertThat(client.read().text()).startsWith("ERR unknown command");
            assertThat(client.read().text()).startsWith("ERR wrong number of arguments");
            assertThat(client.read().text()).isEqualTo("QUEUED");
            assertThat(client.read().text()).startsWith("EXECABORT");
            assertThat(client.read().isNull()).isTrue();
        }
    }

    @Test
    void whatWouldLeaveAStateIsRefusedWithin() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.succeed("MULTI");
            assertThat(client.call("SELECT", "1").isError()).isTrue();
            assertThat(client.call("SET", "k", "1").text()).isEqualTo("QUEUED");
            assertThat(client.call("EXEC").text()).startsWith("EXECABORT");
            assertThat(client.call("GET", "k").isNull()).isTrue();
        }
    }

    @Test
    void withoutAConnectionToBeHadNothingOfItIsDone() throws IOException {
        try (TestProxy small =
                        TestProxy.start(
                                backend, "sluice.redis.pool { max = 1, acquire-timeout = 300ms }");
                RawRespClient holder = small.login("acme");
                RawRespClient client = small.login("acme")) {
            holder.succeed("WATCH", "k");
            assertThat(client.call("MULTI").text()).isEqualTo("OK");
            assertThat(client.call("SET", "k", "1").text()).startsWith("TRYAGAIN");
            assertThat(client.call("EXEC").text()).startsWith("EXECABORT");
            assertThat(client.call("GET", "k").isNull()).isTrue();
            client.send(block("MULTI", "SET k 2", "EXEC"));
            assertThat(client.read(3).getLast().texts()).containsExactly("OK");
        }
    }

    @Test
    void aServerThatRefusesMultiLeavesNoTransactionBehind() throws Exception {
        try (FakeRedisServer server =
                        FakeRedisServer.start(s -> {
                            String command = s.read().getFirst();
                            s.send(
                                    command.equals("MULTI")
                                            ? RedisBytes.error("NOPERM no")
                                            : RedisBytes.bulk("v"));
                            s.awaitClose();
                        });
                TestProxy front =
                        TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM);
                RawRespClient client = front.login("acme")) {
            assertThat(client.call("MULTI").text()).isEqualTo("NOPERM no");
            await().until(() -> front.leases() == 0);
            assertThat(client.call("GET", "k").text()).isEqualTo("v");
        }
    }

    @Test
    void aFullTenantsExecEndsItsTransactionAllTheSame() throws IOException {
        try (TestProxy one =
                        TestProxy.start(
                                backend,
                                "sluice.tiers.one.max-concurrent = 1",
                                "sluice.tenants.acme.tier = one");
                RawRespClient blocked = one.login("acme");
                RawRespClient client = one.login("acme")) {
            client.succeed("MULTI");
            assertThat(client.call("SET", "k", "1").text()).isEqualTo("QUEUED");
            blocked.command("BLPOP", "list", "0");
            await().until(() -> one.leases() == 2);
            await().until(() -> backend.info("blocked_clients").equals("1"));
            assertThat(client.call("GET", "k").text()).startsWith("TRYAGAIN");
            assertThat(client.call("EXEC").text()).startsWith("EXECABORT");
            await().until(() -> one.leases() == 1);
        }
    }
}
