package io.sluice.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters of one database on one loop.
 *
 * <p><b>Threads:</b> one loop adds, with opaque writes and no locked instruction; any thread reads.
 */
@SuppressWarnings("EnumOrdinal") // an index into an array of this process, stored nowhere
public final class Stats {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] values = new long[Counter.values().length];
    private final Latencies queries = new Latencies();
    private final Latencies acquires = new Latencies();

    /** Adds {@code n}; only on the loop that owns this. */
    public void add(Counter counter, long n) {
        int i = counter.ordinal();
        CELL.setOpaque(values, i, values[i] + n);
    }

    /** The count so far; any thread. */
    public long get(Counter counter) {
        return (long) CELL.getOpaque(values, counter.ordinal());
    }

    /** How long operations took. */
    public Latencies queries() {
        return queries;
    }

    /** How long sessions waited for a lease; those that did not wait count as zero. */
    public Latencies acquires() {
        return acquires;
    }
}
