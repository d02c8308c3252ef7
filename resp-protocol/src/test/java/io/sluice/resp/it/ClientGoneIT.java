package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.metrics.Counter;
import io.sluice.net.Clock;
import io.sluice.testbed.FakeRedisServer;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that goes, whatever it was at: nothing of its own stays, and nothing is done for it. */
class ClientGoneIT {
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
        proxy.awaitQuiet();
        proxy.close();
    }

    private static int blocked() {
        return Integer.parseInt(backend.info("blocked_clients"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingIsPoppedForAClientThatHasGone(boolean reset) throws IOException {
        RawRespClient client = proxy.login("acme");
        client.command("BLPOP", "list", "0");
        await().until(() -> blocked() == 1);
        if (reset) {
            client.abort();
        } else {
            client.close();
        }
        await().until(() -> blocked() == 0);
        try (RawRespClient other = proxy.login("acme")) {
            assertThat(other.call("RPUSH", "list", "x").number()).isEqualTo(1);
            assertThat(other.call("LLEN", "list").number()).isEqualTo(1);
        }
    }

    @Test
    void aConnectionThatAClientWasBlockedOnIsNotUsedAgain() throws IOException {
        RawRespClient client = proxy.login("acme");
        client.command("BLPOP", "list", "0");
        await().until(() -> blocked() == 1);
        client.abort();
        try (RawRespClient other = proxy.login("acme")) {
            other.succeed("RPUSH", "other", "y");
            assertThat(other.call("BLPOP", "other", "1").texts()).containsExactly("other", "y");
            assertThat(other.call("LLEN", "list").number()).isZero();
        }
    }

    @Test
    void countsWhatTheServerHadPoppedByThen() throws Exception {
        var gone = new Semaphore(0);
        try (FakeRedisServer server =
                        FakeRedisServer.start(s -> {
                            s.expect("BLPOP", "list", "0");
                            gone.acquire();
                            s.send(RedisBytes.array("list", "x"));
                            s.awaitClose();
                        });
                TestProxy front =
                        TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM)) {
            RawRespClient client = front.login("acme");
            client.command("BLPOP", "list", "0");
            await().until(() -> front.openSlots() == 1);
            client.abort();
            await().until(() -> front.onSessions(s -> s.id()).isEmpty());
            gone.release();
            await().until(() -> front.onPools(p -> p.stats().get(Counter.LOST_POPS)).contains(1L));
            front.awaitQuiet();
            assertThat(front.serverConnections()).isZero();
        }
    }

    @Test
    void whatWasQueuedInATransactionIsForgotten() throws IOException {
        RawRespClient client = proxy.login("acme");
        client.succeed("MULTI");
        assertThat(client.call("SET", "k", "v").text()).isEqualTo("QUEUED");
        client.abort();
        await().until(() -> proxy.leases() == 0);
        try (RawRespClient other = proxy.login("acme")) {
            other.succeed("MULTI");
            assertThat(other.call("SET", "l", "w").text()).isEqualTo("QUEUED");
            assertThat(other.call("EXEC").texts()).containsExactly("OK");
            assertThat(other.call("GET", "k").isNull()).isTrue();
        }
    }

    @Test
    void whatWasWatchedIsForgotten() throws IOException {
        RawRespClient client = proxy.login("acme");
        client.succeed("WATCH", "k");
        client.abort();
        await().until(() -> proxy.leases() == 0);
        try (RawRespClient other = proxy.login("acme");
                RawRespClient third = proxy.login("acme")) {
            other.succeed("MULTI");
            third.succeed("SET", "k", "changed");
            assertThat(other.call("SET", "k", "v").text()).isEqualTo("QUEUED");
            assertThat(other.call("EXEC").texts()).containsExactly("OK");
        }
    }

    @Test
    void oneThatWaitsForAConnectionLeavesTheQueue() throws IOException {
        try (TestProxy small =
                TestProxy.start(backend, "sluice.redis.pool { max = 1, acquire-timeout = 1h }")) {
            RawRespClient holder = small.login("acme");
            holder.succeed("WATCH", "k");
            RawRespClient waiting = small.login("acme");
            waiting.command("WATCH", "k");
            await().until(() ->
                    small.onPools(p -> p.waiting()).stream().anyMatch(waits -> waits == 1));
            waiting.abort();
            await().until(() ->
                    small.onPools(p -> p.waiting()).stream().noneMatch(waits -> waits == 1));
            holder.succeed("UNWATCH");
            holder.close();
            small.awaitQuiet();
        }
    }

    @Test
    void aLeaseIsUsedAgainAndAgainByTheSameClient() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            for (int i = 1; i <= 20; i++) {
                client.succeed("WATCH", "n");
                client.succeed("MULTI");
                assertThat(client.call("INCR", "n").text()).isEqualTo("QUEUED");
                assertThat(client.call("EXEC").elements().getFirst().number()).isEqualTo(i);
            }
            assertThat(proxy.serverConnections()).isLessThanOrEqualTo(2);
        }
    }
}
