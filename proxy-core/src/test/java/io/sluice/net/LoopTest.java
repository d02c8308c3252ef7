package io.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoopTest {

    @Test
    void aSweepThatFailsStopsNeitherTheOthersNorItself() {
        try (Loops loops = new Loops(Transport.NIO, 1, Clock.SYSTEM)) {
            Loop loop = loops.get(0);
            var failedTwice = new CompletableFuture<Boolean>();
            var sweptAfterwards = new CompletableFuture<Boolean>();
            loop.execute(() -> {
                int[] failures = {0};
                loop.addSweep(now -> {
                    if (++failures[0] == 2) {
                        failedTwice.complete(true);
                    }
                    if (failures[0] == 1) {
                        throw new OutOfMemoryError("provoked");
                    }
                    throw new IllegalStateException("provoked");
                });
                loop.addSweep(now -> {
                    if (failures[0] > 2) {
                        sweptAfterwards.complete(true);
                    }
                });
            });

            assertThat(failedTwice.orTimeout(30, TimeUnit.SECONDS).join()).isTrue();
            assertThat(sweptAfterwards.orTimeout(30, TimeUnit.SECONDS).join()).isTrue();
        }
    }

    @Test
    void whatIsForTheEndOfATurnRunsOnceBehindWhatIsAtHand() {
        try (Loops loops = new Loops(Transport.NIO, 1, Clock.SYSTEM)) {
            Loop loop = loops.get(0);
            List<String> ran = new ArrayList<>();
            var ended = new CompletableFuture<Boolean>();
            loop.execute(() -> {
                loop.atTurnEnd(() -> ran.add("end"));
                loop.execute(() -> ran.add("at hand"));
                loop.atTurnEnd(() -> loop.execute(() -> ended.complete(true)));
            });

            assertThat(ended.orTimeout(30, TimeUnit.SECONDS).join()).isTrue();
            assertThat(ran).containsExactly("at hand", "end");
        }
    }
}
