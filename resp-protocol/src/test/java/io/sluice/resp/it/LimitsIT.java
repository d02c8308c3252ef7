package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.pool.Lane;
import io.sluice.pool.Pool;
import io.sluice.pool.ServerConnection;
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
import java.util.function.Function;
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
                                "  pool.max = 1",
                                "}");
                RawRespClient other = proxy.login("acme")) {
            List<RawRespClient> blocked = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                RawRespClient client = proxy.login("acme");
                client.send(RedisBytes.command("BLPOP", "queue", "0"));
                blocked.add(client);
            }
            await().until(() -> blocked(proxy) == 2);

            assertThat(other.call("SET", "k", "v").text()).isEqualTo("OK");
            try (RawRespClient third = proxy.login("acme")) {
                third.send(RedisBytes.command("BLPOP", "queue", "0"));
                await().until(() -> waiting(proxy) == 1);
                assertThat(other.call("GET", "k").text()).isEqualTo("v");
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
                        "sluice.pool.max = 5")) {
            List<RawRespClient> blocked = new ArrayList<>();
            for (int i = 0; i < 18; i++) {
                RawRespClient client = proxy.login("acme");
                client.send(RedisBytes.command("BLPOP", "queue", "0"));
                blocked.add(client);
            }
            await().until(() -> blocked(proxy) == 18);
            try (RawRespClient late = proxy.login("acme");
                    RawRespClient other = proxy.login("globex")) {
                late.send(RedisBytes.command("BLPOP", "queue", "0"));
                await().until(() -> waiting(proxy) == 1);
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

    /** Commands that a server has been given and that block there. */
    private static int blocked(TestProxy proxy) {
        return sum(
                proxy,
                pool ->
                        pool.key().lane() == Lane.BLOCKING
                                ? pool.connections().stream()
                                        .mapToInt(ServerConnection::openSlots)
                                        .sum()
                                : 0);
    }

    /** Clients that wait for a connection to block on. */
    private static int waiting(TestProxy proxy) {
        return sum(proxy, pool -> pool.key().lane() == Lane.BLOCKING ? pool.waiting() : 0);
    }

    private static int sum(TestProxy proxy, Function<Pool, Integer> figure) {
        return proxy.onPools(figure).stream().mapToInt(Integer::intValue).sum();
    }

    private static int connections(TestProxy proxy, Lane lane) {
        return sum(proxy, pool -> pool.key().lane() == lane ? pool.connections().size() : 0);
    }
}
