package io.sluice.pool;

import io.sluice.guard.Refusal;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Whether a pool's server can be reached: why opening a connection has failed last, and when it is
 * tried again, ever more rarely.
 *
 * <p><b>Threads:</b> confined to the loop of the pool.
 */
final class Outage {
    private static final Logger LOG = LogManager.getLogger(Pool.class);

    /** A server that fails again and again is tried at most this much more rarely. */
    private static final int MAX_BACKOFF = 4;

    private final PoolKey key;
    private int failures;
    private long retryAt;
    private Refusal.@Nullable BackendUnavailable last;

    Outage(PoolKey key) {
        this.key = key;
    }

    /** Why the last attempt has failed; null if it has not. */
    Refusal.@Nullable BackendUnavailable last() {
        return last;
    }

    /** Whether the last attempt has failed, and the next is not due yet. */
    boolean holdsBack(long now) {
        return last != null && now - retryAt < 0;
    }

    void onOpened() {
        if (failures > 0) {
            LOG.info("pool={} connects again; failed attempts={}", key, failures);
        }
        failures = 0;
        last = null;
    }

    /** An attempt has failed; returns why, with the time to the next. */
    Refusal.BackendUnavailable onFailed(Refusal.BackendUnavailable why, long now) {
        failures++;
        Duration pause = backoff(why.retryAfter());
        retryAt = now + pause.toNanos();
        Refusal.BackendUnavailable known =
                new Refusal.BackendUnavailable(key.toString(), why.cause(), why.code(), pause);
        // Told again when it is something else that fails, not at every attempt.
        if (last == null || !last.cause().equals(why.cause())) {
            LOG.warn(
                    "pool={} cannot connect: {}; next try in {} ms",
                    key,
                    why.cause(),
                    pause.toMillis());
        }
        last = known;
        return known;
    }

    private Duration backoff(Duration base) {
        long factor = Math.min(MAX_BACKOFF, 1L << Math.min(failures - 1, 10));
        long nanos = base.toNanos() * factor;
        // The first failure is exact; further ones spread, lest all pools try together.
        long jitter = factor == 1 ? 0 : ThreadLocalRandom.current().nextLong(nanos / 4 + 1);
        return Duration.ofNanos(nanos + jitter);
    }

    /** The server may be another one now: it is tried at once. */
    void forget() {
        last = null;
    }
}
