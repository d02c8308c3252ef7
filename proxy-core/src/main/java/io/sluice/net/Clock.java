package io.sluice.net;

/** Where elapsed time is read: the machine's in production, a hand-moved one in tests. */
@FunctionalInterface
public interface Clock {
    Clock SYSTEM = System::nanoTime;

    /** Nanoseconds since an arbitrary origin; never goes back. Any thread. */
    long nanos();
}
