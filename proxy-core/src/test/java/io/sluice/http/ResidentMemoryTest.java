package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResidentMemoryTest {
    @Test
    void readsWhatTheKernelTells() {
        assertThat(
                        ResidentMemory.in(
                                "Name:\tjava\nVmHWM:\t  300000 kB\nVmRSS:\t  123456 kB\nThreads:\t9\n"))
                .hasValue(123456L * 1024);
    }

    @Test
    void saysNothingWhereTheKernelDoesNot() {
        assertThat(ResidentMemory.in("Name:\tkthreadd\nThreads:\t1\n")).isEmpty();
    }

    @Test
    void isMoreThanAJvmNeedsAtTheLeast() throws Exception {
        assertThat(ResidentMemory.bytes().orElseThrow()).isGreaterThan(10_000_000L);
    }
}
