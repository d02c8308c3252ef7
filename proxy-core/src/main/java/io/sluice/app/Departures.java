package io.sluice.app;

import io.sluice.net.Loop;
import io.sluice.pool.Pool;
import io.sluice.session.ClientSession;
import io.sluice.session.ClientSession.EndCode;
import io.sluice.session.Sessions;
import io.sluice.spi.Lifecycle.Shutdown;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one loop that have to go, each as soon as nothing of its client's would be lost.
 * Confined to the loop.
 */
final class Departures {
    static final String STOPPING = "sluice is shutting down";

    private final Loop loop;
    private final Sessions sessions;
    private final Map<Pool, String> retired = new HashMap<>();
    private final CompletableFuture<Void> allGone = new CompletableFuture<>();
    private @Nullable Shutdown shutdown;
    private boolean bounded;
    private long deadline;

    Departures(Loop loop, Sessions sessions) {
        this.loop = loop;
        this.sessions = sessions;
    }

    /** Begins to look; on the loop. */
    void start() {
        loop.addSweep(this::sweep);
    }

    /** Has a pool's sessions end as they become quiet; they are told why. */
    void retire(Pool pool, String message) {
        retired.put(pool, message);
    }

    /** The pool is wanted after all. */
    void keep(Pool pool) {
        retired.remove(pool);
    }

    /**
     * Has all sessions end, in the manner of {@code mode}.
     *
     * @param timeoutNanos after which those that are left end, too; 0: never
     * @return complete when none is left; on this loop
     */
    CompletableFuture<Void> begin(Shutdown mode, long timeoutNanos) {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        shutdown = mode;
        bounded = timeoutNanos > 0;
        deadline = loop.now() + timeoutNanos;
        sweep(loop.now());
        return allGone;
    }

    private void sweep(long now) {
        if (!retired.isEmpty()) {
            sessions.forEach(this::endRetired);
            retired.keySet().removeIf(pool -> pool.sessions() == 0);
        }
        Shutdown mode = shutdown;
        if (mode != null) {
            Shutdown inForce = bounded && now - deadline >= 0 ? Shutdown.NOW : mode;
            sessions.forEach(session -> {
                if (mustGo(session, inForce)) {
                    session.end(EndCode.SHUTDOWN, STOPPING);
                }
            });
            if (sessions.size() == 0) {
                allGone.complete(null);
            }
        }
    }

    private void endRetired(ClientSession session) {
        String why = retired.get(session.pool());
        if (why != null && session.isQuiet()) {
            session.end(EndCode.SHUTDOWN, why);
        }
    }

    private static boolean mustGo(ClientSession session, Shutdown mode) {
        return switch (mode) {
            case NOW -> true;
            case DRAIN -> session.isQuiet();
            case WAIT_FOR_SERVERS -> session.isQuiet() || session.isWaiting();
            case WAIT_FOR_CLIENTS -> false;
        };
    }
}
