package io.sluice.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.sluice.guard.Outcome;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class KindCountsTest {
    private static final int KINDS = 3;
    private static final int MANY = 100_000;

    private final KindCounts counts = new KindCounts(KINDS);

    private KindCounts.Sums sums(int kind) {
        KindCounts.Sums sums = new KindCounts.Sums();
        counts.addTo(kind, sums);
        return sums;
    }

    @Test
    void countsEachKindByItself() {
        counts.record(0, Outcome.OK, 2_000, 10, 20);
        counts.record(0, Outcome.CLIENT_FAULT, 3_000, 1, 2);
        counts.record(2, Outcome.TIMEOUT, 5_000_000_000L, 7, 0);

        assertThat(sums(0).calls()).isEqualTo(2);
        assertThat(sums(0).errors()).isEqualTo(1);
        assertThat(sums(0).timeouts()).isZero();
        assertThat(sums(0).nanos()).isEqualTo(5_000);
        assertThat(sums(0).mostNanos()).isEqualTo(3_000);
        assertThat(sums(0).bytesIn()).isEqualTo(11);
        assertThat(sums(0).bytesOut()).isEqualTo(22);
        assertThat(counts.isUsed(1)).isFalse();
        assertThat(sums(1).calls()).isZero();
        assertThat(sums(1).quantileMicros(99)).isZero();
        assertThat(sums(2).timeouts()).isEqualTo(1);
    }

    @Test
    void countsNumbersThatItDoesNotHaveAsItsLast() {
        counts.record(KINDS, Outcome.OK, 1, 1, 1);
        counts.record(1_000, Outcome.BACKEND_FAULT, 1, 1, 1);

        assertThat(sums(KINDS - 1).calls()).isEqualTo(2);
        assertThat(sums(KINDS - 1).errors()).isEqualTo(1);
    }

    @Test
    void addsUpLoops() {
        KindCounts other = new KindCounts(KINDS);
        counts.record(0, Outcome.OK, 4_000, 1, 1);
        other.record(0, Outcome.OK, 9_000, 1, 1);
        KindCounts.Sums sums = sums(0);
        other.addTo(0, sums);

        assertThat(sums.calls()).isEqualTo(2);
        assertThat(sums.mostNanos()).isEqualTo(9_000);
        assertThat(sums.quantileMicros(100)).isEqualTo(9);
    }

    @Test
    void tellsQuantilesAtMostHalfTooHighAndNeverTooLow() {
        for (int micros = 1; micros <= 100_000; micros++) {
            counts.record(0, Outcome.OK, micros * 1_000L, 0, 0);
        }
        for (int percent : new int[] {1, 10, 50, 90, 99, 100}) {
            long right = 1_000L * percent;
            assertThat(sums(0).quantileMicros(percent)).isBetween(right, right + right / 2);
        }
        assertThat(sums(0).quantileMicros(100)).isEqualTo(100_000);
    }

    @Test
    void hasPlaceForWhatTookHours() {
        counts.record(0, Outcome.TIMEOUT, 3_600_000_000_000L, 0, 0);
        counts.record(0, Outcome.OK, 0, 0, 0);

        assertThat(sums(0).quantileMicros(99)).isEqualTo(3_600_000_000L);
        assertThat(sums(0).quantileMicros(50)).isEqualTo(1);
    }

    @Test
    void allocatesNothingForAnOperationOfAKindThatIsUsed() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        recordMany();
        long before = threads.getCurrentThreadAllocatedBytes();
        recordMany();
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(MANY);
    }

    private void recordMany() {
        for (int i = 0; i < MANY; i++) {
            counts.record(i % KINDS, Outcome.OK, 1_000L * i, 100, 100_000);
        }
    }
}
