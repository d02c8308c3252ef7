package io.sluice.app;

import io.sluice.net.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Time that only goes on when a test says so. */
final class HandClock implements Clock {
    private final AtomicLong now = new AtomicLong(1_000_000_000L);

    @Override
    public long nanos() {
        return now.get();
    }

    void advance(Duration by) {
        now.addAndGet(by.toNanos());
    }
}
