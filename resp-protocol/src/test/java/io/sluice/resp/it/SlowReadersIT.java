package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A client that does not read costs itself, and nobody else. */
class SlowReadersIT {
    private static final int MEGABYTE = 1_000_000;

    private static RedisBackend backend;

    private final VirtualClock clock = new VirtualClock();

    @BeforeAll
    static void start() throws IOException {
        backend = RedisBackend.start();
        try (RawRespClient direct = backend.connect()) {
            direct.succeed("SET", "5", "x".repeat(5 * MEGABYTE));
            direct.succeed("SET", "12", "x".repeat(12 * MEGABYTE));
            direct.succeed("SET", "40", "x".repeat(40 * MEGABYTE));
            direct.succeed("SET", "small", "v");
        }
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    private TestProxy start(Clock by, String... more) {
        return TestProxy.start(backend.host() + ":" + backend.port(), by, more);
    }

    private static List<Long> pending(TestProxy proxy) {
        return proxy.onSessions(
                session -> session.channel().unsafe().outboundBuffer().totalPendingWriteBytes());
    }

    private static void awaitPending(TestProxy proxy, long bytes) {
        await().until(() -> pending(proxy).stream().anyMatch(each -> each >= bytes));
    }

    @Test
    void oneThatDoesNotReadDelaysNobodyOnTheSameConnection() throws IOException {
        try (TestProxy proxy = start(Clock.SYSTEM);
                RawRespClient slow = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            slow.command("GET", "40");
            awaitPending(proxy, 20L * MEGABYTE);
            for (int i = 0; i < 100; i++) {
                assertThat(other.call("GET", "small").text()).isEqualTo("v");
            }
            assertThat(proxy.serverConnections()).isEqualTo(1);
            assertThat(slow.read().text()).hasSize(40 * MEGABYTE);
            assertThat(slow.call("GET", "small").text()).isEqualTo("v");
        }
    }

    @Test
    void isClosedAtTheHardLimitAndNobodyElseIs() throws IOException {
        try (TestProxy proxy =
                        start(
                                Clock.SYSTEM,
                                "sluice.redis.unread-replies { soft = 1MiB, hard = 8MiB }");
                RawRespClient slow = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            slow.command("GET", "40");
            await().until(() -> proxy.onSessions(s -> s.id()).size() == 1);
            assertThat(slow.readRest().length).isLessThan(40 * MEGABYTE);
            assertThat(other.call("GET", "small").text()).isEqualTo("v");
            assertThat(proxy.serverConnections()).isEqualTo(1);
        }
    }

    @Test
    void isClosedWhenItLeavesMuchUnreadForLong() throws IOException {
        try (TestProxy proxy =
                        start(
                                clock,
                                "sluice.redis.unread-replies { soft = 4MiB, soft-for = 60s }");
                RawRespClient slow = proxy.login("acme")) {
            slow.command("GET", "40");
            awaitPending(proxy, 20L * MEGABYTE);
            Sweeps.await(proxy.sluice());
            clock.advance(Duration.ofMillis(59_999));
            Sweeps.await(proxy.sluice());
            assertThat(proxy.onSessions(s -> s.id())).hasSize(1);
            clock.advance(Duration.ofMillis(1));
            await().until(() -> proxy.onSessions(s -> s.id()).isEmpty());
            assertThat(slow.readRest().length).isLessThan(40 * MEGABYTE);
        }
    }

    @Test
    void isNotClosedWhenItHasReadInBetween() throws IOException {
        try (TestProxy proxy =
                        start(
                                clock,
                                "sluice.redis.unread-replies { soft = 4MiB, soft-for = 60s }");
                RawRespClient slow = proxy.login("acme")) {
            for (int i = 0; i < 3; i++) {
                slow.command("GET", "40");
                awaitPending(proxy, 20L * MEGABYTE);
                Sweeps.await(proxy.sluice());
                clock.advance(Duration.ofSeconds(40));
                Sweeps.await(proxy.sluice());
                assertThat(slow.read().text()).hasSize(40 * MEGABYTE);
                await().until(() -> pending(proxy).getFirst() == 0);
                Sweeps.await(proxy.sluice());
                for (int j = 0; j < 20; j++) { // until it is shared again
                    assertThat(slow.call("GET", "small").text()).isEqualTo("v");
                }
            }
        }
    }

    @Test
    void theOneThatLeavesMostGoesWhenAllTogetherLeaveTooMuch() throws IOException {
        try (TestProxy proxy = start(Clock.SYSTEM, "sluice.redis.unread-replies.total = 48MiB");
                RawRespClient big = proxy.login("acme")) {
            big.command("GET", "40");
            awaitPending(proxy, 30L * MEGABYTE);
            List<RawRespClient> others = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                RawRespClient other = proxy.login("acme");
                other.command("GET", "12");
                others.add(other);
            }
            await().until(() -> proxy.onSessions(s -> s.id()).size() == 3);
            for (RawRespClient other : others) {
                assertThat(other.read().text()).hasSize(12 * MEGABYTE);
                other.close();
            }
            assertThat(big.readRest().length).isLessThan(40 * MEGABYTE);
            proxy.awaitQuiet();
        }
    }

    @Test
    void aServerOfItsOwnIsReadOnlyAsFastAsItReads() throws IOException {
        try (TestProxy proxy =
                        start(
                                clock,
                                "sluice.redis.unread-replies { soft = 64KiB, hard = 1MiB }",
                                "sluice.timeouts.client-stall = 20s");
                RawRespClient slow = proxy.login("acme")) {
            slow.succeed("WATCH", "k");
            slow.command("GET", "40");
            await().until(() -> proxy.onSessions(s -> !s.channel().isWritable()).contains(true));
            Sweeps.await(proxy.sluice());
            clock.advance(Duration.ofSeconds(10));
            Sweeps.await(proxy.sluice());
            assertThat(slow.read().text()).hasSize(40 * MEGABYTE);
            slow.succeed("UNWATCH");

            slow.succeed("WATCH", "k");
            slow.command("GET", "40");
            await().until(() -> proxy.onSessions(s -> !s.channel().isWritable()).contains(true));
            Sweeps.await(proxy.sluice());
            clock.advance(Duration.ofSeconds(20));
            await().until(() -> proxy.onSessions(s -> s.id()).isEmpty());
            assertThat(slow.readRest().length).isLessThan(40 * MEGABYTE);
            proxy.awaitQuiet();
        }
    }

    @Test
    void manyRepliesThatNobodyReadsStopItsOwnRequests() throws IOException {
        try (TestProxy proxy = start(Clock.SYSTEM);
                RawRespClient slow = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            slow.command("GET", "40");
            awaitPending(proxy, 20L * MEGABYTE);
            for (int i = 0; i < 30; i++) {
                slow.command("GET", "5");
            }
            for (int i = 0; i < 20; i++) {
                assertThat(other.call("GET", "small").text()).isEqualTo("v");
            }
            assertThat(pending(proxy)).allMatch(each -> each <= 41L * MEGABYTE);
            assertThat(slow.read().text()).hasSize(40 * MEGABYTE);
            for (int i = 0; i < 30; i++) {
                assertThat(slow.read().text()).hasSize(5 * MEGABYTE);
            }
        }
    }
}
