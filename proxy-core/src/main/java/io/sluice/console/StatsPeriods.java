package io.sluice.console;

import io.sluice.metrics.Counter;
import io.sluice.metrics.StatsBook;
import io.sluice.pool.Switches.Database;
import java.util.HashMap;
import java.util.Map;

/**
 * The counters of every database at the beginning and the end of the last complete period, for
 * averages.
 *
 * <p><b>Threads:</b> one calls {@link #endPeriod}; any may read.
 */
final class StatsPeriods {
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
    private volatile Period last;
    private Map<Database, long[]> current;
    private long currentSince;

    /**
     * One period that is over.
     *
     * @param nanos how long it was; 0: there was none yet
     */
    private record Period(Map<Database, long[]> begin, Map<Database, long[]> end, long nanos) {}

    StatsPeriods(StatsBook book, long now) {
        this.book = book;
        this.current = totals();
        this.currentSince = now;
        this.last = new Period(Map.of(), Map.of(), 0);
    }

    /** The period that ran until {@code now} is the last complete one, and the next begins. */
    void endPeriod(long now) {
        Map<Database, long[]> end = totals();
        last = new Period(current, end, now - currentSince);
        current = end;
        currentSince = now;
    }

    /** The eleven figures of PgBouncer's STATS_TOTALS, of every database that was ever used. */
    Map<Database, long[]> totals() {
        Map<Database, long[]> totals = new HashMap<>();
        book.forEach((key, stats) -> {
            long[] sum =
                    totals.computeIfAbsent(
                            new Database(key.protocol(), key.tenant(), key.database()),
                            _ -> new long[FIGURES.length]);
            for (int i = 0; i < FIGURES.length; i++) {
                sum[i] += stats.get(FIGURES[i]);
            }
        });
        for (long[] sum : totals.values()) {
            for (int i = XACT_TIME; i <= WAIT_TIME; i++) {
                sum[i] /= 1000; // told in microseconds
            }
        }
        return totals;
    }

    /**
     * The averages of a database over the last complete period: counts, bytes and waiting per
     * second, the times of transactions and queries each per one of them. All zero before the first
     * period has ended.
     */
    long[] averages(Database database) {
        Period period = last;
        long[] averages = new long[FIGURES.length];
        long[] end = period.end().get(database);
        if (end == null || period.nanos() <= 0) {
            return averages;
        }
        long[] begin = period.begin().getOrDefault(database, new long[FIGURES.length]);
        for (int i = 0; i < FIGURES.length; i++) {
            averages[i] = perSecond(end[i] - begin[i], period.nanos());
        }
        averages[XACT_TIME] = perOne(begin, end, XACT_TIME, XACT_COUNT);
        averages[QUERY_TIME] = perOne(begin, end, QUERY_TIME, QUERY_COUNT);
        return averages;
    }

    private static long perSecond(long amount, long nanos) {
        return Math.round(amount * 1e9 / nanos);
    }

    private static long perOne(long[] begin, long[] end, int time, int count) {
        long happened = end[count] - begin[count];
        return happened <= 0 ? 0 : (end[time] - begin[time]) / happened;
    }

    static int figures() {
        return FIGURES.length;
    }
}
