package io.sluice.app;

import io.sluice.config.RuntimeConfig;
import io.sluice.net.Loop;
import io.sluice.net.Loops;
import io.sluice.spi.Lifecycle.Shutdown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Takes the process out of service without breaking what clients have under way.
 *
 * <p>First readiness says no, so that a balancer sends nobody any more; after {@code
 * readiness-delay} the TCP listeners close; then sessions end as {@link Departures} finds that they
 * may. Whoever asks again is in a hurry: then all of it is cut short.
 *
 * <p><b>Threads:</b> {@link #hurry} any; {@link #run} blocks.
 */
final class Stopping {
    private static final Logger LOG = LogManager.getLogger(Stopping.class);

    /** What sessions get to send their last words. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final Shutdown mode;
    private final Loops loops;
    private final Listeners listeners;
    private final Function<Loop, Departures> departures;
    private final CompletableFuture<Void> hurry = new CompletableFuture<>();

    Stopping(
            Shutdown mode,
            Loops loops,
            Listeners listeners,
            Function<Loop, Departures> departures) {
        this.mode = mode;
        this.loops = loops;
        this.listeners = listeners;
        this.departures = departures;
        if (mode == Shutdown.NOW) {
            hurry();
        }
    }

    Shutdown mode() {
        return mode;
    }

    /** Cuts short whatever is waited for. */
    void hurry() {
        hurry.complete(null);
    }

    /** Returns when no session is left, or none that goes. */
    void run(RuntimeConfig config) {
        LOG.info("shutdown={} drain-timeout={} begins", mode, config.drainTimeout());
        await(delay(config.readinessDelay()));
        listeners.closeTcp();
        if (!hurry.isDone()) {
            Duration limit =
                    mode == Shutdown.WAIT_FOR_CLIENTS ? Duration.ZERO : config.drainTimeout();
            await(departAll(mode, limit));
        }
        listeners.close();
        // Those who are left hear it now; the others are gone already.
        departAll(Shutdown.NOW, Duration.ZERO)
                .completeOnTimeout(null, LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    private void await(CompletableFuture<?> what) {
        CompletableFuture.anyOf(what, hurry).join();
    }

    /** Complete when the loops' clock has gone on by {@code delay}. */
    private CompletableFuture<Void> delay(Duration delay) {
        var over = new CompletableFuture<Void>();
        if (!delay.isPositive()) {
            over.complete(null);
            return over;
        }
        Loop loop = loops.get(0);
        loop.execute(() -> {
            long end = loop.now() + delay.toNanos();
            loop.addSweep(now -> {
                if (now - end >= 0) {
                    over.complete(null);
                }
            });
        });
        return over;
    }

    private CompletableFuture<Void> departAll(Shutdown how, Duration limit) {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (Loop loop : loops) {
            var gone = new CompletableFuture<Void>();
            all.add(gone);
            loop.execute(() -> {
                try {
                    departures
                            .apply(loop)
                            .begin(how, limit.toNanos())
                            .thenRun(() -> gone.complete(null));
                } catch (RuntimeException e) {
                    gone.completeExceptionally(e);
                }
            });
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }
}
