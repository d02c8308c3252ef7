package io.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.channel.epoll.Epoll;
import io.sluice.net.Clock;
import io.sluice.net.Loops;
import io.sluice.net.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What systemd is told, by a socket that plays systemd's part. */
class ServiceManagerTest {
    @TempDir private Path folder;

    @BeforeEach
    void needsEpoll() {
        Assumptions.assumeTrue(Epoll.isAvailable(), "no epoll here");
    }

    private static Loops loops() {
        return new Loops(Transport.NIO, 2, Clock.SYSTEM);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void saysWhenItIsReadyReloadsAndStops(boolean isAbstract) throws Exception {
        String name =
                isAbstract
                        ? "@sluice-test-" + ProcessHandle.current().pid()
                        : folder.resolve("notify").toString();
        try (NotifySocket systemd = NotifySocket.listen(name);
                Loops loops = loops();
                ServiceManager sluice = ServiceManager.in(Map.of("NOTIFY_SOCKET", name))) {
            sluice.ready(loops);
            assertThat(systemd.next()).contains("READY=1").anyMatch(l -> l.startsWith("STATUS="));

            long before = System.nanoTime() / 1000;
            sluice.reloading();
            assertThat(systemd.next())
                    .contains("RELOADING=1")
                    .anySatisfy(line -> {
                        assertThat(line).startsWith("MONOTONIC_USEC=");
                        assertThat(Long.parseLong(line.substring("MONOTONIC_USEC=".length())))
                                .isBetween(before, System.nanoTime() / 1000);
                    });
            sluice.reloaded();
            assertThat(systemd.next()).contains("READY=1");

            sluice.stopping();
            assertThat(systemd.next()).contains("STOPPING=1");
        }
    }

    @Test
    void feedsTheWatchdogOnlyWhileEveryLoopAnswers() throws Exception {
        String name = folder.resolve("notify").toString();
        Map<String, String> env = Map.of("NOTIFY_SOCKET", name, "WATCHDOG_USEC", "30000");
        var hanging = new CountDownLatch(1);
        try (NotifySocket systemd = NotifySocket.listen(name);
                Loops loops = loops();
                ServiceManager sluice = ServiceManager.in(env)) {
            sluice.ready(loops);
            assertThat(systemd.next()).contains("READY=1");
            assertThat(systemd.next()).containsExactly("WATCHDOG=1");
            assertThat(systemd.next()).containsExactly("WATCHDOG=1");

            var hangs = new CountDownLatch(1);
            loops.get(1)
                    .execute(() -> {
                        hangs.countDown();
                        try {
                            hanging.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
            hangs.await();
            systemd.awaitSilence(Duration.ofMillis(300)); // ten times what it is fed at most

            hanging.countDown();
            assertThat(systemd.next()).containsExactly("WATCHDOG=1");
        }
    }

    @Test
    void saysNothingWhereNobodyListens() {
        try (Loops loops = loops();
                ServiceManager alone = ServiceManager.in(Map.of());
                ServiceManager gone =
                        ServiceManager.in(
                                Map.of("NOTIFY_SOCKET", folder.resolve("gone").toString()))) {
            for (ServiceManager sluice : new ServiceManager[] {alone, gone}) {
                assertThatCode(
                                () -> {
                                    sluice.ready(loops);
                                    sluice.stopping();
                                })
                        .doesNotThrowAnyException();
            }
        }
    }
}
