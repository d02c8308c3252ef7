package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.metrics.Counter;
import io.sluice.testbed.FakeRedisServer;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.EOFException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A command that takes too long is answered in its server's place, and nobody else notices. */
class CommandTimeoutsIT {
    /** Takes what comes, and never answers. */
    private static final FakeRedisServer.Script SILENT =
            server -> {
                server.read();
                server.awaitClose();
            };

    private final VirtualClock clock = new VirtualClock();

    private TestProxy start(FakeRedisServer server, String... more) {
        return TestProxy.start(server.host() + ":" + server.port(), clock, more);
    }

    private static void awaitOpen(TestProxy proxy, int slots) {
        await().until(() -> proxy.openSlots() == slots);
    }

    private void pass(TestProxy proxy, long millis) {
        clock.advance(Duration.ofMillis(millis));
        Sweeps.await(proxy.sluice());
    }

    private static String timeout(long millis) {
        return "ERR sluice: timeout after %d ms, outcome unknown".formatted(millis);
    }

    @ParameterizedTest
    @CsvSource({"GET k, 1000", "HGETALL k, 5000", "SET k v, 2000", "SUNIONSTORE d s, 10000"})
    void eachClassHasItsLimit(String line, long millis) throws Exception {
        try (FakeRedisServer server = FakeRedisServer.start(SILENT);
                TestProxy proxy = start(server, "sluice.redis.shared.stall = 1h");
                RawRespClient client = proxy.login("acme")) {
            client.command(line.split(" "));
            awaitOpen(proxy, 1);
            pass(proxy, millis - 1);
            assertThat(proxy.onPools(pool -> pool.stats().get(Counter.TIMEOUTS))).containsOnly(0L);
            assertThat(proxy.openSlots()).isEqualTo(1);
            clock.advance(Duration.ofMillis(1));
            assertThat(client.read().text()).isEqualTo(timeout(millis));
            assertThat(client.call("PING").text()).isEqualTo("PONG");
        }
    }

    @Test
    void theTiersLimitCountsIfItIsSmaller() throws Exception {
        try (FakeRedisServer server = FakeRedisServer.start(SILENT);
                TestProxy proxy =
                        start(
                                server,
                                "sluice.tiers.quick.timeouts.query = 1500ms",
                                "sluice.tenants.acme.tier = quick");
                RawRespClient client = proxy.login("acme")) {
            client.command("SET", "k", "v");
            awaitOpen(proxy, 1);
            clock.advance(Duration.ofMillis(1500));
            assertThat(client.read().text()).isEqualTo(timeout(1500));
        }
    }

    @Test
    void lateRepliesAreSwallowedAndCountAgainstTheTenantUntilThen() throws Exception {
        var late = new Semaphore(0);
        try (FakeRedisServer server =
                        FakeRedisServer.start(s -> {
                            s.expect("GET", "a");
                            s.expect("GET", "b");
                            late.acquire();
                            s.send(RedisBytes.error("ERR late"), RedisBytes.bulk("late b"));
                            s.expect("GET", "c");
                            s.send(RedisBytes.bulk("c"));
                            s.awaitClose();
                        });
                TestProxy proxy =
                        start(
                                server,
                                "sluice.redis.shared.stall = 1h",
                                "sluice.tiers.two.max-concurrent = 2",
                                "sluice.tenants.acme.tier = two");
                RawRespClient one = proxy.login("acme");
                RawRespClient two = proxy.login("acme")) {
            one.command("GET", "a");
            awaitOpen(proxy, 1);
            two.command("GET", "b");
            awaitOpen(proxy, 2);
            clock.advance(Duration.ofSeconds(1));
            assertThat(one.read().text()).isEqualTo(timeout(1000));
            assertThat(two.read().text()).isEqualTo(timeout(1000));
            assertThat(one.call("PING").text()).isEqualTo("PONG");
            assertThat(one.call("GET", "c").text()).startsWith("TRYAGAIN");

            late.release();
            awaitOpen(proxy, 0);
            assertThat(two.call("GET", "c").text()).isEqualTo("c");
            assertThat(proxy.onPools(p -> p.stats().get(Counter.TIMEOUTS))).containsOnly(2L);
            assertThat(proxy.serverConnections()).isEqualTo(1);
        }
    }

    @Test
    void answersInOrderWhatWasAskedBehindATimeout() throws Exception {
        var late = new Semaphore(0);
        try (FakeRedisServer server =
                        FakeRedisServer.start(s -> {
                            s.expect("GET", "a");
                            s.expect("HGETALL", "h");
                            late.acquire();
                            s.send(RedisBytes.bulk("late"), RedisBytes.array("f", "v"));
                            s.expect("GET", "b");
                            s.send(RedisBytes.bulk("b"));
                            s.awaitClose();
                        });
                TestProxy proxy = start(server, "sluice.redis.shared.stall = 1h");
                RawRespClient client = proxy.login("acme")) {
            client.send(
                    RedisBytes.command("GET", "a"),
                    RedisBytes.command("PING"),
                    RedisBytes.command("HGETALL", "h"),
                    RedisBytes.command("ECHO", "x"));
            awaitOpen(proxy, 2);
            clock.advance(Duration.ofSeconds(1));
            assertThat(client.read().text()).isEqualTo(timeout(1000));
            assertThat(client.read().text()).isEqualTo("PONG");
            late.release();
            assertThat(client.read().texts()).containsExactly("f", "v");
            assertThat(client.read().text()).isEqualTo("x");
            assertThat(client.call("GET", "b").text()).isEqualTo("b");
        }
    }

    @Test
    void everyReplyOfABlockIsAnswered() throws Exception {
        var late = new Semaphore(0);
        try (FakeRedisServer server =
                        FakeRedisServer.start(s -> {
                            s.expect("MULTI");
                            s.expect("SET", "k", "v");
                            s.expect("EXEC");
                            s.send(RedisBytes.simple("OK"));
                            late.acquire();
                            s.send(RedisBytes.simple("QUEUED"), RedisBytes.array("OK"));
                            s.expect("GET", "k");
                            s.send(RedisBytes.bulk("v"));
                            s.awaitClose();
                        });
                TestProxy proxy = start(server, "sluice.redis.shared.stall = 1h");
                RawRespClient client = proxy.login("acme")) {
            client.send(
                    RedisBytes.command("MULTI"),
                    RedisBytes.command("SET", "k", "v"),
                    RedisBytes.command("EXEC"));
            assertThat(client.read().text()).isEqualTo("OK");
            clock.advance(Duration.ofSeconds(10));
            assertThat(client.read().text()).isEqualTo(timeout(10_000));
            assertThat(client.read().text()).isEqualTo(timeout(10_000));
            late.release();
            awaitOpen(proxy, 0);
            assertThat(client.call("GET", "k").text()).isEqualTo("v");
        }
    }

    @Test
    void aLeasedConnectionIsClosedAndTheClientStays() throws Exception {
        try (FakeRedisServer server =
                        FakeRedisServer.start(
                                Arrays.asList(
                                        s -> {
                                            s.expect("WATCH", "k");
                                            s.send(RedisBytes.simple("OK"));
                                            s.expect("GET", "k");
                                            s.awaitClose();
                                        },
                                        s -> {
                                            s.expect("GET", "k");
                                            s.send(RedisBytes.bulk("v"));
                                            s.awaitClose();
                                        }));
                TestProxy proxy = start(server);
                RawRespClient client = proxy.login("acme")) {
            client.succeed("WATCH", "k");
            client.command("GET", "k");
            awaitOpen(proxy, 1);
            clock.advance(Duration.ofSeconds(1));
            assertThat(client.read().text()).isEqualTo(timeout(1000));
            await().until(() -> proxy.leases() == 0);
            assertThat(client.call("GET", "k").text()).isEqualTo("v");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BLPOP k 7, 9000",
        "BLPOP k 0.5, 2500",
        "BLPOP k 0, 30000",
        "XREAD BLOCK 250 STREAMS s $, 5250"
    })
    void aBlockingCommandHasWhatItsClassHasOnTopOfWhatItNames(String line, long millis)
            throws Exception {
        try (FakeRedisServer server = FakeRedisServer.start(SILENT);
                TestProxy proxy = start(server, "sluice.redis.command-timeouts.blocking = 30s");
                RawRespClient client = proxy.login("acme")) {
            client.command(line.split(" "));
            awaitOpen(proxy, 1);
            pass(proxy, millis - 1);
            assertThat(proxy.leases()).isEqualTo(1);
            clock.advance(Duration.ofMillis(1));
            assertThat(client.read().text()).isEqualTo(timeout(millis));
            await().until(() -> proxy.leases() == 0);
            assertThat(client.call("PING").text()).isEqualTo("PONG");
        }
    }

    @Test
    void oneThatBlocksForeverMayDoSo() throws Exception {
        var pushed = new Semaphore(0);
        try (FakeRedisServer server =
                        FakeRedisServer.start(s -> {
                            s.expect("BLPOP", "k", "0");
                            pushed.acquire();
                            s.send(RedisBytes.array("k", "v"));
                            s.awaitClose();
                        });
                TestProxy proxy = start(server);
                RawRespClient client = proxy.login("acme")) {
            client.command("BLPOP", "k", "0");
            awaitOpen(proxy, 1);
            pass(proxy, Duration.ofDays(30).toMillis());
            pushed.release();
            assertThat(client.read().texts()).containsExactly("k", "v");
        }
    }

    @Test
    void aReplyThatGoesOnComingTakesAsLongAsItTakes() throws Exception {
        byte[] reply = RedisBytes.bulk("x".repeat(300_000));
        var next = new Semaphore(0);
        try (FakeRedisServer server =
                        FakeRedisServer.start(s -> {
                            s.expect("GET", "big");
                            for (int from = 0; from < reply.length; from += 100_000) {
                                int to = Math.min(reply.length, from + 100_000);
                                s.send(Arrays.copyOfRange(reply, from, to));
                                next.acquire();
                            }
                            s.awaitClose();
                        });
                TestProxy proxy = start(server);
                RawRespClient client = proxy.login("acme")) {
            client.command("GET", "big");
            for (int part = 0; part < 3; part++) {
                client.readBytes(100_000);
                pass(proxy, 900);
                next.release();
            }
            next.release();
            assertThat(client.readBytes(reply.length - 300_000)).endsWith('\r', '\n');
        }
    }

    @Test
    void aReplyThatStopsInTheMiddleEndsItsClientAlone() throws Exception {
        var late = new Semaphore(0);
        byte[] reply = RedisBytes.bulk("x".repeat(300_000));
        try (FakeRedisServer server =
                        FakeRedisServer.start(s -> {
                            s.expect("GET", "big");
                            s.expect("HGETALL", "h");
                            s.send(Arrays.copyOf(reply, 200_000));
                            late.acquire();
                            s.send(
                                    Arrays.copyOfRange(reply, 200_000, reply.length),
                                    RedisBytes.array("f", "v"));
                            s.awaitClose();
                        });
                TestProxy proxy = start(server);
                RawRespClient one = proxy.login("acme");
                RawRespClient two = proxy.login("acme")) {
            one.command("GET", "big");
            awaitOpen(proxy, 1);
            two.command("HGETALL", "h");
            one.readBytes(200_000);
            clock.advance(Duration.ofSeconds(1));
            one.readRest();
            late.release();
            assertThat(two.read().texts()).containsExactly("f", "v");
        }
    }

    @Test
    void aClientThatStopsInTheMiddleOfALongCommandLosesItsLease() throws Exception {
        try (FakeRedisServer server =
                        FakeRedisServer.start(
                                s -> assertThatThrownBy(s::read).isInstanceOf(EOFException.class));
                TestProxy proxy = start(server, "sluice.timeouts.client-stall = 5s");
                RawRespClient client = proxy.login("acme")) {
            client.send(
                    RedisBytes.bytes(
                            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000\r\n" + "x".repeat(100_000)));
            await().until(() -> proxy.leases() == 1);
            pass(proxy, 4000);
            client.send(RedisBytes.bytes("x"));
            Sweeps.await(proxy.sluice());
            pass(proxy, 4999);
            assertThat(proxy.leases()).isEqualTo(1);
            clock.advance(Duration.ofMillis(1));
            assertThat(client.atEnd()).isTrue();
            proxy.awaitQuiet();
        }
    }
}
