package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.pool.Lane;
import io.sluice.pool.Pool;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sends in part, or wrong, is nobody's business but its own. */
class BrokenCommandsIT {
    private static final byte[] BLOCK =
            RedisBytes.all(
                    RedisBytes.command("MULTI"),
                    RedisBytes.command("SET", "k", "v"),
                    RedisBytes.command("GET", "k"),
                    RedisBytes.command("EXEC"));

    private static RedisBackend backend;

    @BeforeAll
    static void start() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    /** Where a look ahead at a block stops, the next one is not to begin. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "*1\r\n!x\r\n",
                "*3\r\n$3\r\nDEL\r\n$5000\rX",
                "*2\r\n$3\r\nGET\r\n$99999999999999999999\r\n",
                "*3\r\n$3\r\nDEL\r\n$50"
            })
    void aBrokenBlockBreaksNoOtherClientsBlocks(String behind) throws Exception {
        try (TestProxy proxy = TestProxy.start(backend)) {
            List<RawRespClient> others = new ArrayList<>();
            for (int i = 0; i < 8; i++) { // over all loops
                RawRespClient other = proxy.login(i % 2 == 0 ? "acme" : "globex");
                other.succeed("SET", "k", "before");
                others.add(other);
            }
            for (int i = 0; i < 8; i++) {
                try (RawRespClient broken = proxy.login("acme")) {
                    broken.succeed("SET", "k", "before");
                    broken.send(RedisBytes.command("MULTI"), behind.getBytes(UTF_8));
                    assertThat(broken.read().text()).isEqualTo("OK");
                }
                for (RawRespClient other : others) {
                    other.send(BLOCK);
                    assertThat(other.read().text()).isEqualTo("OK");
                    assertThat(other.read().text()).isEqualTo("QUEUED");
                    assertThat(other.read().text()).isEqualTo("QUEUED");
                    assertThat(other.read().elements().get(1).text()).isEqualTo("v");
                }
            }
            assertThat(proxy.onPools(BrokenCommandsIT::leasesOfGlobex)).containsOnly(0);
            for (RawRespClient other : others) {
                other.close();
            }
            proxy.awaitQuiet();
        }
    }

    /** None where its blocks are seen to be whole, since they are shared then. */
    private static int leasesOfGlobex(Pool pool) {
        boolean counts = pool.key().tenant().equals("globex") && pool.key().lane() == Lane.LEASE;
        return counts ? pool.connections().size() : 0;
    }

    /**
     * A client that had a long reply gets a connection of its own; if there is none, what is there
     * of its command is still not for a connection that others share.
     */
    @Test
    void halfACommandIsNotSharedForWantOfAConnection() throws Exception {
        try (TestProxy proxy =
                        TestProxy.start(
                                backend,
                                "sluice.redis.pool { max = 1, acquire-timeout = 300ms }",
                                "sluice.redis.shared.connections = 1");
                RawRespClient client = proxy.login("acme");
                RawRespClient holder = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            other.succeed("SET", "long", "x".repeat(100_000));
            other.succeed("SET", "mine", "v");
            assertThat(client.call("GET", "long").text()).hasSize(100_000);
            await().until(() -> proxy.leases() == 0);
            holder.succeed("WATCH", "k");

            client.send("*3\r\n$5\r\nRPUSH\r\n$4\r\nlist\r\n$200000\r\nxxxxx".getBytes(UTF_8));
            assertThat(client.read().text()).startsWith("TRYAGAIN sluice:");
            assertThat(client.readRest()).isEmpty();
            for (int i = 0; i < 10; i++) {
                assertThat(other.call("GET", "mine").text()).isEqualTo("v");
            }
            assertThat(other.call("EXISTS", "list").number()).isZero();
        }
    }
}
