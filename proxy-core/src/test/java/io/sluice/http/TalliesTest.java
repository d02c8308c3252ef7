package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.http.Tallies.Series;
import io.sluice.metrics.Counter;
import io.sluice.metrics.StatsBook;
import org.junit.jupiter.api.Test;

@SuppressWarnings("EnumOrdinal") // the order in which tallies are kept
class TalliesTest {
    private static final Series ACME = new Series("postgres", "pro", "acme");
    private static final Series OTHER = new Series("postgres", "pro", Tallies.OTHER);

    private final StatsBook book = new StatsBook();
    private final Tallies tallies = new Tallies(1);

    private void query(String tenant, int times) {
        book.of("postgres", tenant, "shop", 0).add(Counter.QUERIES, times);
    }

    private void read() {
        tallies.read(book, _ -> "pro");
    }

    private long queries(Series series) {
        long[] sums = tallies.counters().get(series);
        return sums == null ? 0 : sums[Counter.QUERIES.ordinal()];
    }

    @Test
    void namesTheBusiestAndAddsUpTheRest() {
        query("acme", 10);
        query("globex", 3);
        read();
        assertThat(queries(ACME)).isEqualTo(10);
        assertThat(queries(OTHER)).isEqualTo(3);
        query("acme", 5);
        query("globex", 1);
        read();

        assertThat(queries(ACME)).isEqualTo(15);
        assertThat(queries(OTHER)).isEqualTo(4);
    }

    @Test
    void aTenantIsNamedFromItsFirstQueryOnWhileNamesAreLeft() {
        book.of("postgres", "acme", "shop", 0).add(Counter.LOGINS, 1);
        read();
        assertThat(tallies.labelOf("acme")).isEqualTo(Tallies.OTHER);
        query("acme", 1);
        read();

        assertThat(queries(ACME)).isEqualTo(1);
        assertThat(queries(OTHER)).isZero();
    }

    @Test
    void neverCountsBackWhenATenantLosesItsName() {
        query("acme", 10);
        read();
        query("acme", 5);
        query("globex", 1000);
        read();
        long acme = queries(ACME);
        long other = queries(OTHER);

        tallies.choose();
        query("acme", 1);
        query("globex", 1);
        read();

        assertThat(tallies.labelOf("globex")).isEqualTo("globex");
        assertThat(queries(ACME)).isEqualTo(acme);
        assertThat(queries(OTHER)).isEqualTo(other + 1);
    }

    @Test
    void countsNothingTwice() {
        query("acme", 10);
        read();
        read();

        assertThat(queries(ACME)).isEqualTo(10);
    }
}
