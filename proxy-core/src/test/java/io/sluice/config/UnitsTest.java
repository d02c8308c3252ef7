package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "250ms, PT0.25S, 250ms",
        "30s, PT30S, 30s",
        "30 seconds, PT30S, 30s",
        "1.5s, PT1.5S, 1500ms",
        "90s, PT1M30S, 90s",
        "60m, PT1H, 1h",
        "48h, PT48H, 2d",
        "10us, PT0.00001S, 10000ns",
        "0, PT0S, off",
        "0s, PT0S, off",
        "off, PT0S, off"
    })
    void durations(String text, Duration duration, String shown) throws BadValue {
        assertThat(Units.duration(text)).isEqualTo(duration);
        assertThat(Units.show(duration)).isEqualTo(shown);
        assertThat(Units.duration(shown)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "30", "-1s", "s", "1s1", "1 x", "0.1ns", "99999999999999h"})
    void noDurations(String text) {
        assertThatThrownBy(() -> Units.duration(text)).isInstanceOf(BadValue.class);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1B",
        "64KiB, 65536, 64KiB",
        "64k, 65536, 64KiB",
        "1kB, 1000, 1000B",
        "10 MiB, 10485760, 10MiB",
        "1GiB, 1073741824, 1GiB",
        "0.5KiB, 512, 512B",
        "off, 0, 0B"
    })
    void sizes(String text, long bytes, String shown) throws BadValue {
        assertThat(Units.bytes(text)).isEqualTo(bytes);
        assertThat(Units.show(bytes)).isEqualTo(shown);
        assertThat(Units.bytes(shown)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "KiB", "1 x", "0.3B", "99999999999GiB"})
    void noSizes(String text) {
        assertThatThrownBy(() -> Units.bytes(text)).isInstanceOf(BadValue.class);
    }
}
