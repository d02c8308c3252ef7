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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a client may keep a connection of its own for a transaction, or for keys watched. */
class TransactionTimeoutsIT {
    private static RedisBackend backend;

    private final VirtualClock clock = new VirtualClock();

    @BeforeAll
    static void start() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    private TestProxy start(String... more) {
        return TestProxy.start(backend.host() + ":" + backend.port(), clock, more);
    }

    private void pass(TestProxy proxy, Duration time) {
        clock.advance(time);
        Sweeps.await(proxy.sluice());
    }

    @ParameterizedTest
    @ValueSource(strings = {"WATCH k", "MULTI"})
    void whoIsSilentInATransactionIsClosed(String line) throws Exception {
        try (TestProxy proxy = start("sluice.timeouts.idle-in-transaction = 7s");
                RawRespClient client = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            client.succeed(line.split(" "));
            other.succeed("SET", "k", "v");
            pass(proxy, Duration.ofMillis(6999));
            assertThat(proxy.leases()).isEqualTo(1);
            client.call("GET", "k"); // and so begins anew
            pass(proxy, Duration.ofMillis(6999));
            assertThat(proxy.leases()).isEqualTo(1);
            pass(proxy, Duration.ofMillis(1));
            assertThat(client.readRest()).isEmpty();
            await().until(() -> proxy.leases() == 0);
            assertThat(other.call("GET", "k").text()).isEqualTo("v");
        }
    }

    @Test
    void whoHasEndedItMayBeSilent() throws Exception {
        try (TestProxy proxy = start("sluice.timeouts.idle-in-transaction = 7s");
                RawRespClient client = proxy.login("acme")) {
            client.succeed("WATCH", "k");
            client.succeed("UNWATCH");
            pass(proxy, Duration.ofSeconds(8));
            client.succeed("MULTI");
            assertThat(client.call("EXEC").elements()).isEmpty();
            pass(proxy, Duration.ofSeconds(8));
            assertThat(client.call("GET", "none").isNull()).isTrue();
        }
    }

    @Test
    void oneTransactionMayTakeNoLongerHoweverBusyItsClientIs() throws Exception {
        try (TestProxy proxy = start("sluice.timeouts.transaction = 20s");
                RawRespClient client = proxy.login("acme")) {
            client.succeed("WATCH", "k");
            pass(proxy, Duration.ofSeconds(8));
            client.succeed("MULTI");
            pass(proxy, Duration.ofSeconds(8));
            assertThat(client.call("SET", "never", "set").text()).isEqualTo("QUEUED");
            pass(proxy, Duration.ofMillis(3999));
            assertThat(proxy.leases()).isEqualTo(1);
            pass(proxy, Duration.ofMillis(1));
            assertThat(client.readRest()).isEmpty();
            await().until(() -> proxy.leases() == 0);
        }
        try (RawRespClient direct = backend.connect()) {
            assertThat(direct.call("GET", "never").isNull()).isTrue();
        }
    }

    @Test
    void whoIsOwedAnAnswerThenHearsThatItsOutcomeIsUnknown() throws Exception {
        try (FakeRedisServer server =
                        FakeRedisServer.start(s -> {
                            s.expect("WATCH", "k");
                            s.send(RedisBytes.simple("OK"));
                            s.expect("GET", "k");
                            s.awaitClose();
                        });
                TestProxy proxy =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                clock,
                                "sluice.timeouts.query = off",
                                "sluice.redis.command-timeouts.simple-read = off",
                                "sluice.timeouts.transaction = 5s");
                RawRespClient client = proxy.login("acme")) {
            client.succeed("WATCH", "k");
            client.command("GET", "k");
            await().until(() -> proxy.openSlots() == 1);
            pass(proxy, Duration.ofSeconds(5));
            assertThat(client.read().text())
                    .isEqualTo("ERR sluice: transaction timeout after 5000 ms, outcome unknown");
            assertThat(client.readRest()).isEmpty();
            await().until(() -> proxy.leases() == 0);
        }
    }
}
