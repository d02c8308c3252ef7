package io.sluice.testbed;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Says what is going on when it takes longer than a second. One thread at a time. */
final class Progress implements AutoCloseable {
    private final PrintStream to;
    private final Duration every;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("progress").factory());

    /** Tells stderr, every second. */
    Progress() {
        this(System.err, Duration.ofSeconds(1));
    }

    /** Tells {@code to}, each time that {@code every} has passed. */
    Progress(PrintStream to, Duration every) {
        this.to = to;
        this.every = every;
    }

    /** What takes its time. */
    @FunctionalInterface
    interface Step<T> {
        T run() throws IOException;
    }

    /** What takes its time when it is closed. */
    @FunctionalInterface
    interface Ending extends AutoCloseable {
        @Override
        void close();
    }

    /** Runs {@code step}; as long as it takes there are lines of {@code what}. */
    <T> T during(String what, Step<T> step) throws IOException {
        Future<?> lines = tell(what);
        try {
            return step.run();
        } finally {
            lines.cancel(false);
        }
    }

    /** Runs {@code end} when what it returns is closed; as long as it takes there are lines. */
    Ending atEnd(String what, Runnable end) {
        return () -> {
            Future<?> lines = tell(what);
            try {
                end.run();
            } finally {
                lines.cancel(false);
            }
        };
    }

    private Future<?> tell(String what) {
        long began = System.nanoTime();
        return timer.scheduleAtFixedRate(
                () -> to.println("%s (%d s)".formatted(what, secondsSince(began))),
                every.toNanos(),
                every.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    private static long secondsSince(long began) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
