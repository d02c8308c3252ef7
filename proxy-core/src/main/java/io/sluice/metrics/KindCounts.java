package io.sluice.metrics;

import io.sluice.guard.Outcome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * How the operations of one tenant have gone on one loop, by their kind: a dense number that the
 * protocol gives them. A kind that was never used takes the memory of a reference.
 *
 * <p>Durations are kept in half octaves of microseconds, so that a quantile is told at most half
 * too high.
 *
 * <p><b>Threads:</b> one loop records, with opaque writes and no locked instruction; any thread
 * reads.
 */
public final class KindCounts {
    private static final VarHandle ROW = MethodHandles.arrayElementVarHandle(long[][].class);
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int CALLS = 0;
    private static final int ERRORS = 1;
    private static final int TIMEOUTS = 2;
    private static final int NANOS = 3;
    private static final int MOST_NANOS = 4;
    private static final int BYTES_IN = 5;
    private static final int BYTES_OUT = 6;
    private static final int FIRST_BUCKET = 7;

    /** The last holds everything from 48 s on. */
    private static final int BUCKETS = 52;

    private final long[] @Nullable [] rows;

    /**
     * @param kinds how many there are; numbers beyond them count as the last one
     */
    public KindCounts(int kinds) {
        rows = new long[kinds][];
    }

    /**
     * Counts one operation that a server has answered, or should have; only on the loop that owns
     * this.
     *
     * @param nanos from sent to answered
     */
    public void record(int kind, Outcome outcome, long nanos, long bytesIn, long bytesOut) {
        int i = Math.min(kind, rows.length - 1);
        long @Nullable [] row = rows[i];
        if (row == null) {
            row = new long[FIRST_BUCKET + BUCKETS];
            ROW.setRelease(rows, i, row);
        }
        add(row, CALLS, 1);
        switch (outcome) {
            case OK, ABANDONED, REFUSED -> {}
            case CLIENT_FAULT, BACKEND_FAULT -> add(row, ERRORS, 1);
            case TIMEOUT -> add(row, TIMEOUTS, 1);
        }
        add(row, NANOS, nanos);
        if (nanos > row[MOST_NANOS]) {
            CELL.setOpaque(row, MOST_NANOS, nanos);
        }
        add(row, BYTES_IN, bytesIn);
        add(row, BYTES_OUT, bytesOut);
        add(row, FIRST_BUCKET + bucketOf(nanos / 1000), 1);
    }

    private static void add(long[] row, int cell, long n) {
        CELL.setOpaque(row, cell, row[cell] + n);
    }

    /** Two buckets for each power of two. */
    private static int bucketOf(long micros) {
        if (micros < 2) {
            return (int) Math.max(0, micros);
        }
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(micros);
        return Math.min(BUCKETS - 1, 2 * power + (int) ((micros >>> (power - 1)) & 1));
    }

    /** Microseconds that all in a bucket stay below. */
    private static long endOf(int bucket) {
        return bucket < 2 ? bucket + 1L : (3L + (bucket & 1)) << (bucket / 2 - 1);
    }

    /** How many kinds there are. */
    public int kinds() {
        return rows.length;
    }

    /** Whether something was counted of a kind; any thread. */
    public boolean isUsed(int kind) {
        return ROW.getAcquire(rows, kind) != null;
    }

    /** Adds what was counted of a kind to {@code sums}; any thread. */
    public void addTo(int kind, Sums sums) {
        long @Nullable [] row = (long @Nullable []) ROW.getAcquire(rows, kind);
        if (row != null) {
            sums.calls += get(row, CALLS);
            sums.errors += get(row, ERRORS);
            sums.timeouts += get(row, TIMEOUTS);
            sums.nanos += get(row, NANOS);
            sums.mostNanos = Math.max(sums.mostNanos, get(row, MOST_NANOS));
            sums.bytesIn += get(row, BYTES_IN);
            sums.bytesOut += get(row, BYTES_OUT);
            for (int i = 0; i < BUCKETS; i++) {
                sums.durations[i] += get(row, FIRST_BUCKET + i);
            }
        }
    }

    private static long get(long[] row, int cell) {
        return (long) CELL.getOpaque(row, cell);
    }

    /** What was counted of one kind, over loops. Confined to one thread. */
    public static final class Sums {
        private final long[] durations = new long[BUCKETS];
        private long calls;
        private long errors;
        private long timeouts;
        private long nanos;
        private long mostNanos;
        private long bytesIn;
        private long bytesOut;

        public long calls() {
            return calls;
        }

        /** Those that ended in an error, whoever's fault it was. */
        public long errors() {
            return errors;
        }

        public long timeouts() {
            return timeouts;
        }

        public long nanos() {
            return nanos;
        }

        /** Of the one that took longest. */
        public long mostNanos() {
            return mostNanos;
        }

        public long bytesIn() {
            return bytesIn;
        }

        public long bytesOut() {
            return bytesOut;
        }

        /**
         * Microseconds that so many of the operations took at most; 0 if there were none.
         *
         * @param percent 1 to 100
         */
        public long quantileMicros(int percent) {
            long all = 0;
            for (long inBucket : durations) {
                all += inBucket;
            }
            long wanted = (all * percent + 99) / 100;
            long found = 0;
            for (int i = 0; i < BUCKETS && wanted > 0; i++) {
                found += durations[i];
                if (found >= wanted) {
                    long most = mostNanos / 1000;
                    return i == BUCKETS - 1 ? most : Math.min(endOf(i), most);
                }
            }
            return 0;
        }
    }
}
