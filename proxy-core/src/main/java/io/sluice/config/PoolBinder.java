package io.sluice.config;

import java.time.Duration;

/** Binds {@code pool { }} and {@code timeouts { }}, whatever layers they lie over. */
final class PoolBinder {
    static final int MOST = 100_000;
    static final Duration LONGEST = Duration.ofDays(365);

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration NONE = Duration.ZERO;

    private PoolBinder() {}

    static PoolConfig pool(Section pool) {
        return new PoolConfig(
                pool.integer("min", 0, MOST),
                pool.integer("max", 1, MOST),
                pool.integer("reserve", 0, MOST),
                pool.duration("reserve-after", NONE, LONGEST),
                pool.integer("max-waiters", 0, 1_000_000),
                pool.duration("acquire-timeout", SHORTEST, LONGEST),
                pool.duration("idle-timeout", NONE, LONGEST),
                pool.duration("lifetime", NONE, LONGEST),
                pool.integer("max-uses", 0, Integer.MAX_VALUE),
                pool.duration("check-after", NONE, LONGEST),
                pool.duration("teardown-after", SHORTEST, LONGEST));
    }

    static TimeoutsConfig timeouts(Section timeouts) {
        return new TimeoutsConfig(
                timeouts.duration("query", NONE, LONGEST),
                timeouts.duration("transaction", NONE, LONGEST),
                timeouts.duration("idle-in-transaction", NONE, LONGEST),
                timeouts.duration("client-idle", NONE, LONGEST),
                timeouts.duration("client-stall", NONE, LONGEST),
                timeouts.duration("cancel", SHORTEST, LONGEST),
                timeouts.duration("wait-notice", NONE, LONGEST));
    }
}
