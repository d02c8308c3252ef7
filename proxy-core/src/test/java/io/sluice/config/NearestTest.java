package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    @ParameterizedTest
    @CsvSource({
        "max, max, 0",
        "mxa, max, 1",
        "maxx, max, 1",
        "ma, max, 1",
        "min, max, 2",
        "'', max, 3"
    })
    void countsTypingErrors(String typed, String meant, int errors) {
        assertThat(Nearest.distance(typed, meant)).isEqualTo(errors);
    }

    @Test
    void proposesOnlyWhatIsNear() {
        var known = List.of("max-clients", "max-waiters", "min");

        assertThat(Nearest.to("max-client", known)).contains("max-clients");
        assertThat(Nearest.to("mni", known)).contains("min");
        assertThat(Nearest.to("tls", known)).isEmpty();
    }
}
