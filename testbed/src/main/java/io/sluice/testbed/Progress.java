package io.sluice.testbed;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Says what is going on when it takes longer than a second. One thread at a time. */
final class Progress implements AutoCloseable {
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("progress").factory());

    /** What takes its time. */
    @FunctionalInterface
    interface Step<T> {
        T run() throws IOException;
    }

    /** Runs {@code step}; every second that it takes a line of {@code what} goes to stderr. */
    <T> T during(String what, Step<T> step) throws IOException {
        long began = System.nanoTime();
        var lines =
                timer.scheduleAtFixedRate(
                        () -> System.err.println("%s (%d s)".formatted(what, secondsSince(began))),
                        1,
                        1,
                        TimeUnit.SECONDS);
        try {
            return step.run();
        } finally {
            lines.cancel(false);
        }
    }

    private static long secondsSince(long began) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
