package io.sluice.console;

import io.sluice.metrics.Counter;
import io.sluice.metrics.StatsBook;
import io.sluice.pool.Switches.Database;
import java.util.HashMap;
import java.util.Map;

/**
 * The counters of databases, and their averages as PgBouncer takes them: from the beginning of the
 * period before the present one until now, so over one to two periods; over less only while the
 * process is younger.
 *
 * <p><b>Threads:</b> one calls {@link #endPeriod}; any may read.
 */
final class StatsPeriods {
    private static final int ASSIGNMENT_COUNT = 0;
    private static final int XACT_COUNT = 1;
    private static final int QUERY_COUNT = 2;
    private static final int XACT_TIME = 5;
    private static final int QUERY_TIME = 6;
    private static final int WAIT_TIME = 7;

    /** In the order of PgBouncer's columns. */
    private static final Counter[] FIGURES = {
        Counter.ASSIGNMENTS,
        Counter.TRANSACTIONS,
        Counter.QUERIES,
        Counter.RECEIVED,
        Counter.SENT,
        Counter.TRANSACTION_NANOS,
        Counter.QUERY_NANOS,
        Counter.WAIT_NANOS,
        Counter.CLIENT_PARSES,
        Counter.SERVER_PARSES,
        Counter.BINDS
    };

    private final StatsBook book;
    private volatile Reading older;
    private Reading newer;

    /** The totals of every database that was ever used, at a moment. */
    private record Reading(Map<Database, long[]> totals, long at) {}

    /**
     * PgBouncer's eleven figures, in its order.
     *
     * @param totals counts, bytes and microseconds since the process began
     * @param averages counts and bytes per second; microseconds per transaction, per query, and per
     *     server assignment waited for
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Figures(long[] totals, long[] averages) {
        static Figures none() {
            return new Figures(new long[FIGURES.length], new long[FIGURES.length]);
        }
    }

    /**
     * @param now in nanoseconds, as in all calls
     */
    StatsPeriods(StatsBook book, long now) {
        this.book = book;
        this.newer = read(now);
        this.older = newer;
    }

    /** A period ends, and the next begins. */
    void endPeriod(long now) {
        older = newer;
        newer = read(now);
    }

    /** Of every database that was ever used. */
    Map<Database, Figures> databases(long now) {
        Reading begin = older;
        Reading end = read(now);
        Map<Database, Figures> all = new HashMap<>();
        end.totals()
                .forEach((database, totals) ->
                        all.put(
                                database,
                                figures(
                                        begin.totals().getOrDefault(database, zeros()),
                                        totals,
                                        now - begin.at())));
        return all;
    }

    /** Of all databases together: averages are those of the sums. */
    Figures all(long now) {
        Reading begin = older;
        return figures(sum(begin), sum(read(now)), now - begin.at());
    }

    private Reading read(long now) {
        Map<Database, long[]> totals = new HashMap<>();
        book.forEach((key, stats) -> {
            long[] sum =
                    totals.computeIfAbsent(
                            new Database(key.protocol(), key.tenant(), key.database()),
                            _ -> zeros());
            for (int i = 0; i < FIGURES.length; i++) {
                sum[i] += stats.get(FIGURES[i]);
            }
        });
        for (long[] sum : totals.values()) {
            for (int i = XACT_TIME; i <= WAIT_TIME; i++) {
                sum[i] /= 1000; // told in microseconds
            }
        }
        return new Reading(totals, now);
    }

    private static long[] sum(Reading reading) {
        long[] sum = zeros();
        for (long[] totals : reading.totals().values()) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += totals[i];
            }
        }
        return sum;
    }

    private static Figures figures(long[] begin, long[] end, long nanos) {
        long[] averages = zeros();
        if (nanos > 0) {
            for (int i = 0; i < averages.length; i++) {
                averages[i] = Math.round((end[i] - begin[i]) * 1e9 / nanos);
            }
            averages[XACT_TIME] = perOne(begin, end, XACT_TIME, XACT_COUNT);
            averages[QUERY_TIME] = perOne(begin, end, QUERY_TIME, QUERY_COUNT);
            averages[WAIT_TIME] = perOne(begin, end, WAIT_TIME, ASSIGNMENT_COUNT);
        }
        return new Figures(end, averages);
    }

    private static long perOne(long[] begin, long[] end, int time, int count) {
        long happened = end[count] - begin[count];
        return happened <= 0 ? 0 : (end[time] - begin[time]) / happened;
    }

    private static long[] zeros() {
        return new long[FIGURES.length];
    }
}
