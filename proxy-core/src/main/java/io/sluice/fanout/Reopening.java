package io.sluice.fanout;

import io.sluice.guard.Refusal;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * When a link may be opened, and why not now. How long to wait after a failure to connect the pool
 * says; here is added what it cannot see: links that open well and are soon lost again.
 *
 * <p><b>Threads:</b> confined to the hub's loop.
 */
final class Reopening {
    /** A link that stood for so long was well. */
    private static final long STEADY_NANOS = 10_000_000_000L;

    /** Links that are lost at once are opened at most this much more rarely. */
    private static final int MAX_BACKOFF = 8;

    private static final Duration SHORTEST = Duration.ofMillis(1);

    private final String name;
    private int lostEarly;
    private long openedAt;
    private long dueAt;
    private boolean holdsBack;
    private @Nullable Refusal refusal;

    Reopening(String name) {
        this.name = name;
    }

    boolean isDue(long now) {
        return !holdsBack || now - dueAt >= 0;
    }

    /** What to tell those who want to subscribe; null if they may wait for the next link. */
    @Nullable Refusal refusal(long now) {
        return isDue(now) ? null : refusal;
    }

    void onOpened(long now) {
        openedAt = now;
        holdsBack = false;
        refusal = null;
    }

    /** It could not be opened. */
    void onUnavailable(Refusal why, Duration pause, long now) {
        Duration asked =
                why instanceof Refusal.BackendUnavailable unavailable
                        ? unavailable.retryAfter()
                        : pause;
        holdBack(why, asked, now);
    }

    /** It was lost. The first time it is opened again at once. */
    void onLost(String reason, Duration pause, long now) {
        if (now - openedAt >= STEADY_NANOS) {
            lostEarly = 0;
        }
        lostEarly++;
        if (lostEarly == 1) {
            holdsBack = false;
            refusal = null;
        } else {
            Duration longer = backoff(pause);
            holdBack(
                    new Refusal.BackendUnavailable(name, "lost again: " + reason, "", longer),
                    longer,
                    now);
        }
    }

    private Duration backoff(Duration base) {
        long nanos = base.toNanos() * Math.min(MAX_BACKOFF, 1L << Math.min(lostEarly - 2, 10));
        // Spread, lest all hubs try together.
        return Duration.ofNanos(nanos + ThreadLocalRandom.current().nextLong(nanos / 4 + 1));
    }

    private void holdBack(Refusal why, Duration pause, long now) {
        holdsBack = true;
        refusal = why;
        dueAt = now + (pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause).toNanos();
    }

    /** The server may be another one now: it is tried at once. */
    void forget() {
        lostEarly = 0;
        holdsBack = false;
        refusal = null;
    }
}
