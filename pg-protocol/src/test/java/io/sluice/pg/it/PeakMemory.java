package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.PlatformDependent;
import io.sluice.testbed.RawPgClient;
import java.util.zip.Checksum;

/**
 * The most direct memory that all buffers of this JVM took at any sample. As a checksum of what is
 * read it takes one for each piece, so while the rest is on its way: see {@link RawPgClient#skim}.
 */
final class PeakMemory implements Checksum {
    private final long before;
    private long peak;

    PeakMemory() {
        before = PlatformDependent.usedDirectMemory();
        peak = before;
        assertThat(before).as("direct memory, if it is counted").isPositive();
    }

    void sample() {
        peak = Math.max(peak, PlatformDependent.usedDirectMemory());
    }

    long grownBy() {
        return peak - before;
    }

    @Override
    public void update(int b) {
        sample();
    }

    @Override
    public void update(byte[] bytes, int from, int length) {
        sample();
    }

    @Override
    public long getValue() {
        return peak;
    }

    @Override
    public void reset() {
        peak = before;
    }
}
