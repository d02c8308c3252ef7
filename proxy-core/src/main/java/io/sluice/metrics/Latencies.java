package io.sluice.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Durations counted in the buckets of {@code db_query_duration_seconds}.
 *
 * <p><b>Threads:</b> one loop records; any thread reads.
 */
public final class Latencies {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private static final long[] UPPER_NANOS = {
        1_000_000L,
        2_500_000L,
        5_000_000L,
        10_000_000L,
        25_000_000L,
        50_000_000L,
        100_000_000L,
        250_000_000L,
        500_000_000L,
        1_000_000_000L,
        2_500_000_000L,
        5_000_000_000L,
        10_000_000_000L
    };

    /** One more than bounds: what took longer than the last. Then the sum. */
    private final long[] cells = new long[UPPER_NANOS.length + 2];

    /** Upper bounds of the buckets in seconds, inclusive, without the infinite one. */
    public static double[] boundsSeconds() {
        double[] seconds = new double[UPPER_NANOS.length];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = UPPER_NANOS[i] / 1e9;
        }
        return seconds;
    }

    /** Counts one duration; only on the loop that owns this. */
    public void record(long nanos) {
        int bucket = 0;
        while (bucket < UPPER_NANOS.length && nanos > UPPER_NANOS[bucket]) {
            bucket++;
        }
        CELL.setOpaque(cells, bucket, cells[bucket] + 1);
        int sum = cells.length - 1;
        CELL.setOpaque(cells, sum, cells[sum] + nanos);
    }

    /** How many durations fell into bucket {@code i}; the one after the last bound is the rest. */
    public long inBucket(int i) {
        return (long) CELL.getOpaque(cells, i);
    }

    public int buckets() {
        return UPPER_NANOS.length + 1;
    }

    public long sumNanos() {
        return (long) CELL.getOpaque(cells, cells.length - 1);
    }
}
