package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.fanout.Hub;
import io.sluice.fanout.HubSnapshot;
import io.sluice.net.Clock;
import io.sluice.pool.PoolKey;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.SluiceUnderTest;
import java.io.IOException;
import java.util.List;

/**
 * A Sluice in this JVM, in front of a Redis, configured as an operator would: by a file. Two
 * tenants, acme and globex, each with user {@code app}, password {@code secret}; acme has databases
 * 0 to 7 of the server, globex 8 to 15.
 */
final class TestProxy extends SluiceUnderTest {
    static final String PASSWORD = "secret";

    /**
     * Lines that give acme the server for itself, all databases of it, under the names that they
     * have there: it is answered as if there were no proxy. globex has a server that is not there.
     */
    static final String[] ALONE = {
        "sluice.backends.none { protocol = redis, hosts = [\"127.0.0.1:1\"] }",
        "sluice.tenants.globex.redis.backend = none",
        "sluice.tenants.acme.redis { isolation = backend, database-count = 16 }"
    };

    private TestProxy(String config, Clock clock) {
        super(config, clock);
    }

    static TestProxy start(RedisBackend backend, String... more) {
        return start(backend.host() + ":" + backend.port(), Clock.SYSTEM, more);
    }

    /**
     * Starts one.
     *
     * @param server address of the backend
     * @param more lines of the configuration that come after the rest, and so win
     */
    static TestProxy start(String server, Clock clock, String... more) {
        return new TestProxy(config(server) + String.join("\n", more) + "\n", clock);
    }

    private static String config(String server) {
        return """
        sluice.listen { redis = ["127.0.0.1:0"], http = "127.0.0.1:0" }
        sluice.limits.max-clients = 2000
        sluice.backends.main { protocol = redis, hosts = ["%1$s"], max-connections = 50 }
        sluice.console.users { admin { role = admin, verify = "%2$s" } }
        sluice.tenants.acme.redis {
          backend = main
          isolation = databases
          first-database = 0
          database-count = 8
          users.app { verify = ["%2$s"], server.user = default }
        }
        sluice.tenants.globex.redis {
          backend = main
          isolation = databases
          first-database = 8
          database-count = 8
          users.app { verify = ["%2$s"], server.user = default }
        }
        """
                .formatted(server, PASSWORD);
    }

    int port() {
        return port("redis");
    }

    RawRespClient connect() throws IOException {
        return RawRespClient.connect("127.0.0.1", port());
    }

    /** A raw client of a tenant, logged in, that speaks RESP2. */
    RawRespClient login(String tenant) throws IOException {
        return connect().auth("app." + tenant, PASSWORD);
    }

    /** What is subscribed to, hub by hub. */
    List<HubSnapshot> hubs() {
        return onLoops(loop -> sluice().hubs(loop).all().stream().map(Hub::snapshot).toList());
    }

    /** Replies that servers owe, over all pools. */
    int openSlots() {
        return sumOfPools(pool -> pool.connections().stream().mapToInt(c -> c.openSlots()).sum());
    }

    /** Who is counted in a pool. */
    private record Counted(PoolKey key, int sessions, int waiting) {}

    /** Waits until no client is left, and nobody and nothing is counted any more. */
    void awaitQuiet() {
        await().untilAsserted(() -> {
            assertThat(onSessions(session -> session.id())).as("sessions").isEmpty();
            assertThat(leases()).as("leases").isZero();
            assertThat(openSlots()).as("open slots").isZero();
            assertThat(onPools(pool -> new Counted(pool.key(), pool.sessions(), pool.waiting())))
                    .allMatch(pool -> pool.sessions == 0 && pool.waiting == 0);
        });
    }
}
