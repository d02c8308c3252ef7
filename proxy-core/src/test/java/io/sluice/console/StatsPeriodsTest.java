package io.sluice.console;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.console.StatsPeriods.Figures;
import io.sluice.metrics.Counter;
import io.sluice.metrics.Stats;
import io.sluice.metrics.StatsBook;
import io.sluice.pool.Switches.Database;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StatsPeriodsTest {
    private static final Database SHOP = new Database("postgres", "acme", "shop");
    private static final Database REPORTS = new Database("postgres", "acme", "reports");
    private static final long PERIOD = Duration.ofSeconds(60).toNanos();

    private final StatsBook book = new StatsBook();
    private final Stats shop = book.of("postgres", "acme", "shop", 0);
    private final Stats reports = book.of("postgres", "acme", "reports", 1);
    private final StatsPeriods periods = new StatsPeriods(book, 0);

    private long[] averages(Database database, long now) {
        return requireNonNull(periods.databases(now).get(database)).averages();
    }

    private static void queries(Stats stats, long count, long microsEach) {
        stats.add(Counter.QUERIES, count);
        stats.add(Counter.QUERY_NANOS, count * microsEach * 1000);
    }

    @Test
    void countsAndBytesArePerSecondAndTimesPerOneOfWhatTookThem() {
        shop.add(Counter.ASSIGNMENTS, 120);
        shop.add(Counter.TRANSACTIONS, 240);
        shop.add(Counter.QUERIES, 600);
        shop.add(Counter.RECEIVED, 6000);
        shop.add(Counter.SENT, 60_000);
        shop.add(Counter.TRANSACTION_NANOS, 240 * 5_000_000L);
        shop.add(Counter.QUERY_NANOS, 600 * 2_000_000L);
        shop.add(Counter.WAIT_NANOS, 120 * 7_000_000L);
        shop.add(Counter.CLIENT_PARSES, 180);
        shop.add(Counter.SERVER_PARSES, 60);
        shop.add(Counter.BINDS, 360);

        Figures figures = requireNonNull(periods.databases(PERIOD).get(SHOP));

        assertThat(figures.totals())
                .containsExactly(
                        120, 240, 600, 6000, 60_000, 1_200_000, 1_200_000, 840_000, 180, 60, 360);
        assertThat(figures.averages())
                .containsExactly(2, 4, 10, 100, 1000, 5000, 2000, 7000, 3, 1, 6);
    }

    @Test
    void averagesRunFromThePeriodBeforeUntilNow() {
        queries(shop, 600, 2000);
        assertThat(averages(SHOP, PERIOD / 2)[2]).as("half a minute old").isEqualTo(20);
        periods.endPeriod(PERIOD);
        assertThat(averages(SHOP, PERIOD)[2]).as("a minute old").isEqualTo(10);
        assertThat(averages(SHOP, 2 * PERIOD)[2]).as("two minutes old").isEqualTo(5);
        periods.endPeriod(2 * PERIOD);
        assertThat(averages(SHOP, 2 * PERIOD)).as("was longer ago").containsOnly(0);
        queries(shop, 300, 4000);
        assertThat(averages(SHOP, 2 * PERIOD)[2]).isEqualTo(5);
        assertThat(averages(SHOP, 2 * PERIOD)[6]).as("µs of the late ones").isEqualTo(4000);
    }

    @Test
    void averagesOfAllDatabasesAreThoseOfTheirSums() {
        queries(shop, 600, 2000);
        queries(reports, 60, 13_000);
        shop.add(Counter.ASSIGNMENTS, 10);
        reports.add(Counter.ASSIGNMENTS, 30);
        reports.add(Counter.WAIT_NANOS, 80_000_000);

        Figures all = periods.all(PERIOD);

        assertThat(averages(SHOP, PERIOD)[6]).isEqualTo(2000);
        assertThat(averages(REPORTS, PERIOD)[6]).isEqualTo(13_000);
        assertThat(all.totals()[2]).isEqualTo(660);
        assertThat(all.averages()[2]).as("queries per second").isEqualTo(11);
        assertThat(all.averages()[6]).as("µs per query").isEqualTo(3000);
        assertThat(all.averages()[7]).as("µs per assignment").isEqualTo(2000);
    }

    @Test
    void aDatabaseFirstUsedInThisPeriodBeganWithNothing() {
        periods.endPeriod(PERIOD);
        periods.endPeriod(2 * PERIOD);
        queries(book.of("postgres", "globex", "new", 0), 120, 1000);
        assertThat(averages(new Database("postgres", "globex", "new"), 3 * PERIOD)[2]).isEqualTo(1);
    }
}
