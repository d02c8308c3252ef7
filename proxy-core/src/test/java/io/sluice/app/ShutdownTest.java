package io.sluice.app;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.spi.Lifecycle.Shutdown;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How the process goes down, and what it waits for. */
@Timeout(value = 60, unit = SECONDS)
class ShutdownTest {
    private static final String GONE = "SHUTDOWN sluice is shutting down";

    @TempDir Path folder;
    private @SuppressWarnings("NullAway.Init") Running running; // every test starts one

    private void start(String more) {
        running = Running.start(folder, Running.config("acme") + more);
    }

    @AfterEach
    void stop() {
        running.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = Shutdown.class,
            names = {"DRAIN", "WAIT_FOR_SERVERS"})
    void endsQuietSessionsAtOnceAndBusyOnesWhenTheyAreDone(Shutdown mode) {
        start("");
        try (LineClient quiet = running.login("acme");
                LineClient busy = running.login("acme")) {
            assertThat(busy.ask("begin")).isEqualTo("begun");

            running.sluice.shutdown(mode);

            assertThat(quiet.read()).isEqualTo(GONE);
            assertThat(busy.ask("still here")).isEqualTo("still here");
            assertThat(busy.ask("end")).isEqualTo("ended");
            assertThat(busy.read()).isEqualTo(GONE);
            running.sluice.awaitStopped();
        }
    }

    @Test
    void cutsOffWhatIsLeftAtTheDrainTimeout() {
        start("\nsluice.shutdown.drain-timeout = 30s");
        try (LineClient quiet = running.login("acme");
                LineClient busy = running.login("acme")) {
            busy.ask("begin");
            running.sluice.shutdown(Shutdown.DRAIN);
            assertThat(quiet.read()).isEqualTo(GONE);
            running.clock.advance(Duration.ofSeconds(29));
            assertThat(busy.ask("still here")).isEqualTo("still here");

            running.clock.advance(Duration.ofSeconds(2));

            assertThat(busy.read()).isEqualTo(GONE);
            running.sluice.awaitStopped();
        }
    }

    @Test
    void endsAtOnceWhenAskedAgain() {
        start("");
        try (LineClient quiet = running.login("acme");
                LineClient busy = running.login("acme")) {
            busy.ask("begin");
            running.sluice.shutdown(Shutdown.DRAIN);
            assertThat(quiet.read()).isEqualTo(GONE);

            running.sluice.shutdown(Shutdown.DRAIN);

            assertThat(busy.read()).isEqualTo(GONE);
            running.sluice.awaitStopped();
        }
    }

    @Test
    void waitsForClientsToLeaveByThemselves() {
        start("\nsluice.shutdown.drain-timeout = 1s");
        try (LineClient client = running.login("acme")) {
            running.sluice.shutdown(Shutdown.WAIT_FOR_CLIENTS);
            awaitListenerClosed();
            running.clock.advance(Duration.ofHours(1));

            assertThat(client.ask("still here")).isEqualTo("still here");
        }
        running.sluice.awaitStopped();
    }

    @Test
    void refusesToReloadAndOpensNoListenerAgain() {
        start("");
        try (LineClient busy = running.login("acme")) {
            busy.ask("begin");
            running.sluice.shutdown(Shutdown.DRAIN);
            awaitListenerClosed();

            var reload = running.reload(Running.config("acme", "globex"));

            assertThat(reload.inForce()).isFalse();
            assertThat(reload.remarks()).singleElement().asString().contains("shutting down");
            assertThat(running.sluice.addresses("line")).isEmpty();
            assertThat(running.sluice.config().tenants()).containsOnlyKeys("acme");
        }
    }

    @Test
    void endsAlthoughALoopHangs() {
        start("");
        var hanging = new CompletableFuture<Void>();
        running.sluice.loops().get(1).execute(hanging::join);
        try {
            running.sluice.shutdown(Shutdown.DRAIN);
            running.sluice.shutdown(Shutdown.DRAIN);

            running.sluice.awaitStopped();
        } finally {
            hanging.complete(null);
        }
    }

    @Test
    void endsTheWaitingAtOnceWhereItWaitsForServers() {
        start("\nsluice.pool { min = 0, max = 1, reserve = 0 }");
        try (LineClient busy = running.login("acme");
                LineClient waiting = running.login("acme")) {
            busy.ask("begin");
            waiting.send("begin");
            await().until(() -> waitingSessions() == 1);

            running.sluice.shutdown(Shutdown.WAIT_FOR_SERVERS);

            assertThat(waiting.read()).isEqualTo(GONE);
            assertThat(busy.ask("still here")).isEqualTo("still here");
        }
        running.sluice.awaitStopped();
    }

    @Test
    void saysThatItIsNotReadyBeforeItStopsListening() {
        start("\nsluice.shutdown.readiness-delay = 5s");
        running.sluice.shutdown(Shutdown.DRAIN);

        assertThat(running.sluice.isReady()).isFalse();
        try (LineClient late = new LineClient(running.sluice.boundAddress("line"))) {
            assertThat(late.ask("login acme shop app"))
                    .isEqualTo("refused: sluice is shutting down");
        }
        // On loop 0 the delay may begin a little later than here: go on until it is over.
        await().until(() -> {
            running.clock.advance(Duration.ofSeconds(6));
            return running.sluice.addresses("line").isEmpty();
        });
    }

    private void awaitListenerClosed() {
        await().until(() -> running.sluice.addresses("line").isEmpty());
    }

    private int waitingSessions() {
        int waiting = 0;
        for (var loop : running.sluice.loops()) {
            waiting +=
                    loop.executor()
                            .submit(() ->
                                    running.sluice.pools(loop).all().stream()
                                            .mapToInt(pool -> pool.waiting())
                                            .sum())
                            .syncUninterruptibly()
                            .getNow();
        }
        return waiting;
    }
}
