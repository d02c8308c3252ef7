package io.sluice.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.metrics.Counter;
import io.sluice.metrics.StatsBook;
import io.sluice.pool.Switches.Database;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StatsPeriodsTest {
    private static final Database SHOP = new Database("postgres", "acme", "shop");
    private static final long PERIOD = Duration.ofSeconds(60).toNanos();

    private final StatsBook book = new StatsBook();
    private final StatsPeriods periods = new StatsPeriods(book, 0);

    @Test
    void averagesAreThoseOfTheLastCompletePeriod() {
        var stats = book.of("postgres", "acme", "shop", 0);
        stats.add(Counter.QUERIES, 600);
        stats.add(Counter.QUERY_NANOS, 600 * 2_000_000L);
        stats.add(Counter.WAIT_NANOS, 6_000_000_000L);
        assertThat(periods.averages(SHOP)).containsOnly(0);

        periods.endPeriod(PERIOD);

        assertThat(periods.averages(SHOP)[2]).as("queries per second").isEqualTo(10);
        assertThat(periods.averages(SHOP)[6]).as("µs per query").isEqualTo(2000);
        assertThat(periods.averages(SHOP)[7]).as("µs waited per second").isEqualTo(100_000);

        periods.endPeriod(2 * PERIOD);

        assertThat(periods.averages(SHOP)).containsOnly(0);
    }
}
