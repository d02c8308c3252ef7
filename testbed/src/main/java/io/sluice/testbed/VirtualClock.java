package io.sluice.testbed;

import io.sluice.net.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that a test moves; loops look at their deadlines soon after. Any thread. */
public final class VirtualClock implements Clock {
    private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

    @Override
    public long nanos() {
        return nanos.get();
    }

    /** Goes on by that much. Any thread. */
    public void advance(Duration by) {
        nanos.addAndGet(by.toNanos());
    }
}
