package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.pool.Lane;
import io.sluice.pool.Pool;
import io.sluice.spi.Lifecycle.Shutdown;
import io.sluice.testbed.FakeRedisConnection;
import io.sluice.testbed.FakeRedisServer;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How many connections are shared, what they may carry, and when they go. */
class SharedConnectionsIT {
    private static RedisBackend backend;

    @BeforeAll
    static void start() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    /** Answers each GET with its key, as often as the semaphore lets it. */
    private static FakeRedisServer.Script echo(Semaphore answers) {
        return connection -> {
            while (true) {
                List<String> command;
                try {
                    command = connection.read();
                } catch (java.io.EOFException e) {
                    return;
                }
                answers.acquire();
                connection.send(RedisBytes.bulk(command.get(1)));
            }
        };
    }

    private static int received(FakeRedisServer server) {
        int gets = 0;
        for (FakeRedisConnection connection : server.connections()) {
            gets +=
                    (int)
                            connection.received().stream()
                                    .filter(command -> command.getFirst().equals("GET"))
                                    .count();
        }
        return gets;
    }

    @Test
    void atTheCapSessionsWaitAndAreNeverRefused() throws Exception {
        var answers = new Semaphore(0);
        try (FakeRedisServer server = FakeRedisServer.start(echo(answers));
                TestProxy proxy =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                "sluice.redis.shared { connections = 1, slots = 3 }",
                                "sluice.redis.command-timeouts.simple-read = off")) {
            List<RawRespClient> clients = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                RawRespClient client = proxy.login("acme");
                client.send(RedisBytes.command("GET", i + "a"), RedisBytes.command("GET", i + "b"));
                clients.add(client);
            }
            await().until(() -> proxy.openSlots() == 3);
            Sweeps.await(proxy.sluice());
            assertThat(proxy.openSlots()).isEqualTo(3);
            answers.release(1000);
            for (int i = 0; i < 10; i++) {
                assertThat(clients.get(i).read().text()).isEqualTo(i + "a");
                assertThat(clients.get(i).read().text()).isEqualTo(i + "b");
                clients.get(i).close();
            }
            assertThat(server.connections()).hasSize(1);
            proxy.awaitQuiet();
        }
    }

    @Test
    void opensAnotherConnectionWhenOneIsFull() throws Exception {
        var answers = new Semaphore(0);
        try (FakeRedisServer server = FakeRedisServer.start(echo(answers));
                TestProxy proxy =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                "sluice.redis.shared { connections = 2, slots = 1 }");
                RawRespClient one = proxy.login("acme");
                RawRespClient two = proxy.login("acme")) {
            one.command("GET", "1");
            two.command("GET", "2");
            await().until(() -> proxy.openSlots() == 2);
            assertThat(server.connections()).hasSize(2);
            answers.release(100);
            assertThat(one.read().text()).isEqualTo("1");
            assertThat(two.read().text()).isEqualTo("2");
        }
    }

    @Test
    void aSessionAsksForNoMoreThanItsPipelineAtOnce() throws Exception {
        var answers = new Semaphore(0);
        try (FakeRedisServer server = FakeRedisServer.start(echo(answers));
                TestProxy proxy =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                "sluice.limits.max-pipeline = 10",
                                "sluice.redis.command-timeouts.simple-read = off");
                RawRespClient client = proxy.login("acme")) {
            for (int i = 0; i < 50; i++) {
                client.command("GET", "k" + i);
            }
            await().until(() -> proxy.openSlots() == 10);
            Sweeps.await(proxy.sluice());
            assertThat(proxy.openSlots()).isEqualTo(10);
            answers.release(1000);
            for (int i = 0; i < 50; i++) {
                assertThat(client.read().text()).isEqualTo("k" + i);
            }
        }
    }

    @Test
    void isReadNoMoreWhenItHasSentMoreThanIsKept() throws Exception {
        var answers = new Semaphore(0);
        try (FakeRedisServer server = FakeRedisServer.start(echo(answers));
                TestProxy proxy =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                "sluice.limits { max-pipeline = 1, max-queued-input = 16KiB }",
                                "sluice.redis.command-timeouts.simple-read = off");
                RawRespClient client = proxy.login("acme")) {
            for (int i = 0; i < 500; i++) {
                client.command("GET", "k" + i + "x".repeat(100));
            }
            await().until(() ->
                    proxy.onSessions(s -> s.channel().config().isAutoRead()).contains(false));
            answers.release(10_000);
            for (int i = 0; i < 500; i++) {
                assertThat(client.read().text()).startsWith("k" + i + "x");
            }
        }
    }

    @Test
    void whileItIsPausedNobodyIsServedAndAfterwardsEverybodyIs() throws Exception {
        try (TestProxy proxy = TestProxy.start(backend);
                RawRespClient busy = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            other.succeed("SET", "k", "0");
            busy.succeed("SET", "k", "0");
            proxy.sluice().switches().setAllPaused(true);
            other.command("GET", "k");
            for (int i = 0; i < 100; i++) {
                busy.command("INCR", "k");
            }
            Sweeps.await(proxy.sluice());
            assertThat(proxy.openSlots()).isZero();
            proxy.sluice().switches().setAllPaused(false);
            assertThat(other.read().isError()).isFalse();
            for (int i = 0; i < 100; i++) {
                assertThat(busy.read().number()).isEqualTo(i + 1);
            }
        }
    }

    @Test
    void aPauseReachesOneWhoAlwaysHasSomethingOpen() throws Exception {
        var answers = new Semaphore(0);
        try (FakeRedisServer server = FakeRedisServer.start(echo(answers));
                TestProxy proxy =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                "sluice.redis.command-timeouts.simple-read = off");
                RawRespClient client = proxy.login("acme")) {
            client.command("GET", "before");
            await().until(() -> received(server) == 1);
            proxy.sluice().switches().setAllPaused(true);
            client.command("GET", "during");
            Sweeps.await(proxy.sluice());
            assertThat(proxy.openSlots()).isEqualTo(1);
            answers.release(100);
            assertThat(client.read().text()).isEqualTo("before");
            proxy.sluice().switches().setAllPaused(false);
            assertThat(client.read().text()).isEqualTo("during");
        }
    }

    @Test
    void aReconnectUnderLoadLosesNothing() throws Exception {
        try (TestProxy proxy = TestProxy.start(backend);
                RawRespClient client = proxy.login("acme")) {
            client.succeed("SET", "n", "0");
            for (int round = 0; round < 10; round++) {
                for (int i = 0; i < 100; i++) {
                    client.command("INCR", "n");
                }
                proxy.onPools(pool -> {
                    pool.reconnect();
                    return 0;
                });
                for (int i = 1; i <= 100; i++) {
                    assertThat(client.read().number()).isEqualTo(round * 100L + i);
                }
            }
        }
    }

    @Test
    void aReloadKeepsTheSizesOfEachLane() throws Exception {
        try (TestProxy proxy = TestProxy.start(backend, "sluice.redis.shared.connections = 3");
                RawRespClient client = proxy.login("acme")) {
            client.succeed("SET", "k", "v");
            client.succeed("WATCH", "k");
            reload(proxy, "sluice.redis { pool.max = 7, shared { connections = 4, slots = 10 } }");
            assertThat(sizes(proxy, Lane.SHARED)).containsOnly(4);
            assertThat(sizes(proxy, Lane.LEASE)).containsOnly(7);
            assertThat(client.call("GET", "k").text()).isEqualTo("v");
        }
    }

    private static void reload(TestProxy proxy, String more) throws Exception {
        Files.writeString(proxy.configFile(), Files.readString(proxy.configFile()) + more + "\n");
        assertThat(proxy.sluice().reload().toCompletableFuture().get().remarks()).isEmpty();
    }

    private static List<Integer> sizes(TestProxy proxy, Lane lane) {
        List<Integer> sizes = new ArrayList<>();
        for (Pool pool : proxy.onPools(pool -> pool)) {
            if (pool.key().lane() == lane) {
                sizes.add(pool.config().max());
            }
        }
        return sizes;
    }

    @Test
    void aSharedConnectionThatNobodyUsesIsClosed() throws IOException {
        VirtualClock clock = new VirtualClock();
        try (TestProxy proxy =
                        TestProxy.start(
                                backend.host() + ":" + backend.port(),
                                clock,
                                "sluice.redis.pool.idle-timeout = 30s");
                RawRespClient client = proxy.login("acme")) {
            client.succeed("SET", "k", "v");
            assertThat(proxy.serverConnections()).isEqualTo(1);
            Sweeps.await(proxy.sluice());
            Sweeps.await(proxy.sluice());
            clock.advance(Duration.ofSeconds(30));
            await().until(() -> proxy.serverConnections() == 0);
            assertThat(client.call("GET", "k").text()).isEqualTo("v");
        }
    }

    @Test
    void aDrainAnswersWhatIsUnderWayFirst() throws Exception {
        var answers = new Semaphore(0);
        try (FakeRedisServer server = FakeRedisServer.start(echo(answers));
                TestProxy proxy =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                "sluice.redis.command-timeouts.simple-read = off");
                RawRespClient idle = proxy.login("acme");
                RawRespClient busy = proxy.login("acme")) {
            busy.command("GET", "k");
            await().until(() -> received(server) == 1);
            proxy.sluice().shutdown(Shutdown.DRAIN);
            assertThat(idle.atEnd()).isTrue();
            answers.release(10);
            assertThat(busy.read().text()).isEqualTo("k");
            assertThat(busy.atEnd()).isTrue();
        }
    }
}
