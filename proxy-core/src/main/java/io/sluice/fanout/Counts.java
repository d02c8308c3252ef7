package io.sluice.fanout;

import io.sluice.metrics.Counter;
import io.sluice.metrics.Stats;

/** What one hub counts, which its database counts too. Confined to the hub's loop. */
@SuppressWarnings("EnumOrdinal") // an index into an array of this process, stored nowhere
final class Counts {
    private final long[] values = new long[Counter.values().length];
    private final Stats stats;

    Counts(Stats stats) {
        this.stats = stats;
    }

    void add(Counter counter, long n) {
        values[counter.ordinal()] += n;
        stats.add(counter, n);
    }

    long get(Counter counter) {
        return values[counter.ordinal()];
    }
}
