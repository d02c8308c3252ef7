package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FakeRedisServer;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that owes answers and says nothing: it is asked whether it lives before it is given up.
 */
class StallIT {
    private static final String UNLIMITED =
            "sluice.timeouts.query = off, sluice.redis.command-timeouts { simple-read = off, write = off, batch = off, other = off }";

    private final VirtualClock clock = new VirtualClock();

    private void pass(TestProxy proxy, Duration time) {
        clock.advance(time);
        Sweeps.await(proxy.sluice());
    }

    private TestProxy start(FakeRedisServer server) {
        return TestProxy.start(server.host() + ":" + server.port(), clock, UNLIMITED);
    }

    private static void awaitOpen(TestProxy proxy, int slots) {
        await().until(() -> proxy.openSlots() == slots);
    }

    @Test
    void givesUpAConnectionThatIsSilentWhileItsServerAnswersOnAnother() throws Exception {
        try (FakeRedisServer server =
                        FakeRedisServer.start(
                                Arrays.asList(
                                        s -> {
                                            s.read();
                                            s.awaitClose();
                                        },
                                        s -> s.serveUntilClosed()));
                TestProxy proxy = start(server);
                RawRespClient one = proxy.login("acme");
                RawRespClient two = proxy.login("acme")) {
            one.command("GET", "a");
            awaitOpen(proxy, 1);
            two.command("SET", "b", "c");
            awaitOpen(proxy, 2);
            pass(proxy, Duration.ofMillis(4999));
            assertThat(server.connections()).hasSize(1);
            pass(proxy, Duration.ofMillis(1));
            await().until(() -> server.connections().size() == 2);
            await().until(() -> {
                pass(proxy, Duration.ofMillis(100));
                return proxy.openSlots() == 0;
            });
            String lost = "outcome unknown: no answer for";
            assertThat(one.read().text()).contains(lost, "although it answers on another");
            assertThat(two.read().text()).contains(lost);
        }
    }

    @Test
    void givesUpAServerThatAnswersNowhere() throws Exception {
        try (FakeRedisServer server =
                        FakeRedisServer.start(
                                FakeRedisServer.Manners.POLITE,
                                Arrays.asList(
                                        s -> {
                                            s.expect("GET", "a");
                                            s.awaitClose();
                                        },
                                        s -> s.awaitClose()));
                TestProxy proxy = start(server);
                RawRespClient client = proxy.login("acme")) {
            client.command("GET", "a");
            await().until(() ->
                    server.connections().size() == 1
                            && server.connections()
                                    .getFirst()
                                    .received()
                                    .toString()
                                    .contains("GET"));
            pass(proxy, Duration.ofSeconds(5));
            await().until(() -> server.connections().size() == 2);
            pass(proxy, Duration.ofMillis(4999));
            assertThat(proxy.openSlots()).isEqualTo(1);
            pass(proxy, Duration.ofMillis(1));
            assertThat(client.read().text()).contains("and none on another connection either");
        }
    }

    @Test
    void doesNotHoldAnOldSilenceAgainstAConnectionThatHasAnsweredSince() throws Exception {
        var first = new Semaphore(0);
        var second = new Semaphore(0);
        try (FakeRedisServer server =
                        FakeRedisServer.start(
                                Arrays.asList(
                                        s -> {
                                            s.expect("GET", "a");
                                            first.acquire();
                                            s.send(RedisBytes.bulk("a"));
                                            s.expect("GET", "b");
                                            second.acquire();
                                            s.send(RedisBytes.bulk("b"));
                                            s.awaitClose();
                                        },
                                        s -> s.serveUntilClosed()));
                TestProxy proxy = start(server);
                RawRespClient client = proxy.login("acme")) {
            client.command("GET", "a");
            awaitOpen(proxy, 1);
            pass(proxy, Duration.ofSeconds(5));
            await().until(() -> pings(server) == 1);
            first.release();
            assertThat(client.read().text()).isEqualTo("a");

            client.command("GET", "b");
            awaitOpen(proxy, 1);
            pass(proxy, Duration.ofSeconds(5));
            await().until(() -> pings(server) == 2);
            second.release();
            assertThat(client.read().text()).isEqualTo("b");
        }
    }

    private static long pings(FakeRedisServer server) {
        return server.connections().stream()
                .flatMap(connection -> connection.received().stream())
                .filter(command -> command.getFirst().equals("PING"))
                .count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "3"}) // which needs no SELECT, and which does
    void waitsForAServerThatSaysItRunsAScript(String database) throws Exception {
        try (RedisBackend backend =
                        RedisBackend.embedded().setting("lua-time-limit", "50").start();
                TestProxy proxy =
                        TestProxy.start(
                                backend.host() + ":" + backend.port(),
                                clock,
                                UNLIMITED,
                                "sluice.backends.other { protocol = redis, hosts = [\"127.0.0.1:1\"] }",
                                "sluice.tenants.globex.redis.backend = other",
                                "sluice.tenants.acme.redis.isolation = backend");
                RawRespClient killer = backend.connect();
                RawRespClient one = proxy.login("acme");
                RawRespClient two = proxy.login("acme")) {
            killer.succeed("PING");
            one.succeed("SELECT", database);
            two.succeed("SELECT", database);
            two.succeed("SET", "k", "v");
            one.command("EVAL", "while true do end", "0");
            awaitOpen(proxy, 1);
            await().until(() -> killer.call("PING").text().startsWith("BUSY"));
            two.command("GET", "k"); // behind it on the same connection, where nothing is said
            awaitOpen(proxy, 2);
            for (int i = 0; i < 10; i++) {
                pass(proxy, Duration.ofSeconds(5));
            }
            assertThat(proxy.openSlots()).isEqualTo(2);
            killer.succeed("SCRIPT", "KILL");
            assertThat(one.read().text()).contains("killed");
            assertThat(two.read().text()).isEqualTo("v");
        }
    }
}
