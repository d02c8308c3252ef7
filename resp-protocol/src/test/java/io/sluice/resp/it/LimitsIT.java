package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.pool.Lane;
import io.sluice.pool.Pool;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How many server connections a tenant's lanes have, also after a reload. */
class LimitsIT {
    private static RedisBackend backend;

    @BeforeAll
    static void startBackend() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stopBackend() {
        backend.close();
    }

    @Test
    void clientsThatBlockAreNotCountedWithTheOthersOfTheirTenant() throws IOException {
        try (TestProxy proxy =
                        TestProxy.start(
                                backend,
                                "sluice.tenants.acme {",
                                "  max-connections = 1, max-blocking = 2",
                                "  pool { max = 1, acquire-timeout = 100ms }",
                                "}");
                RawRespClient other = proxy.login("acme")) {
            List<RawRespClient> blocked = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                RawRespClient client = proxy.login("acme");
                client.send(RedisBytes.command("BLPOP", "queue", "0"));
                blocked.add(client);
            }
            await().until(() -> connections(proxy, Lane.BLOCKING) == 2);

            assertThat(other.call("SET", "k", "v").text()).isEqualTo("OK");
            try (RawRespClient third = proxy.login("acme")) {
                assertThat(third.call("BLPOP", "queue", "0").text()).startsWith("ERR sluice: ");
            }
            assertThat(connections(proxy, Lane.BLOCKING)).isEqualTo(2);
            assertThat(connections(proxy, Lane.SHARED)).isEqualTo(1);
            for (RawRespClient client : blocked) {
                client.close();
            }
        }
    }

    @Test
    void clientsThatBlockLeaveSomeOfABackendToOthers() throws IOException {
        try (TestProxy proxy =
                TestProxy.start(
                        backend,
                        "sluice.backends.main.max-connections = 20",
                        "sluice.pool { max = 5, acquire-timeout = 100ms }")) {
            List<RawRespClient> blocked = new ArrayList<>();
            for (int i = 0; i < 18; i++) {
                RawRespClient client = proxy.login("acme");
                client.send(RedisBytes.command("BLPOP", "queue", "0"));
                blocked.add(client);
            }
            await().until(() -> connections(proxy, Lane.BLOCKING) == 18);
            try (RawRespClient late = proxy.login("acme");
                    RawRespClient other = proxy.login("globex")) {
                assertThat(late.call("BLPOP", "queue", "0").text()).startsWith("ERR sluice: ");
                assertThat(other.call("SET", "k", "v").text()).isEqualTo("OK");
            }
            for (RawRespClient client : blocked) {
                client.close();
            }
        }
    }

    @Test
    void eachLaneHasItsOwnSizeAlsoAfterAReload() throws IOException {
        try (TestProxy proxy =
                TestProxy.start(
                        backend,
                        "sluice.tenants.acme {",
                        "  max-blocking = 3",
                        "  redis { shared.connections = 4, pool { min = 2, max = 5, reserve = 1 } }",
                        "}")) {
            try (RawRespClient client = proxy.login("acme")) {
                client.call("SET", "k", "v");
                client.call("WATCH", "k");
                client.call("UNWATCH");
                client.call("BLPOP", "nothing", "0.01");

                assertThat(sizes(proxy)).isEqualTo(Map.of("blocking", 3, "lease", 5, "shared", 4));

                Files.writeString(
                        proxy.configFile(),
                        """
                        sluice.tenants.acme {
                          max-blocking = 6
                          redis { shared.connections = 7, pool.max = 8, shared.slots = 9 }
                        }
                        """,
                        StandardOpenOption.APPEND);
                assertThat(proxy.sluice().reload().toCompletableFuture().join().inForce()).isTrue();

                assertThat(sizes(proxy)).isEqualTo(Map.of("blocking", 6, "lease", 8, "shared", 7));
                assertThat(client.call("GET", "k").text()).isEqualTo("v");
            }
        }
    }

    private static Map<String, Integer> sizes(TestProxy proxy) {
        Map<String, Integer> sizes = new TreeMap<>();
        proxy.onPools(pool -> Map.entry(pool.key().lane().word(), pool.config().max()))
                .forEach(size -> sizes.put(size.getKey(), size.getValue()));
        return sizes;
    }

    private static int connections(TestProxy proxy, Lane lane) {
        return proxy.onPools(pool -> of(lane, pool)).stream().mapToInt(Integer::intValue).sum();
    }

    private static int of(Lane lane, Pool pool) {
        return pool.key().lane() == lane ? pool.connections().size() : 0;
    }
}
