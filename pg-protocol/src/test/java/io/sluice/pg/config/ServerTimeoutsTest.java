package io.sluice.pg.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of the two acts first, and when the other one does. */
class ServerTimeoutsTest {

    @ParameterizedTest(name = "server {0} ms, own {1} ms: the proxy after {2} ms")
    @CsvSource({
        "30000, 30000, 31000",
        "29500, 30000, 30500",
        "5000, 30000, 30000",
        "60000, 30000, 30000",
        "0, 30000, 30000",
        "30000, 0, 0",
        "0, 0, 0"
    })
    void theProxyActsASecondAfterAServerThatShouldHaveActed(int server, int own, int proxy) {
        Duration told = Duration.ofMillis(server);
        var timeouts = new ServerTimeouts(told, Duration.ZERO, told);

        assertThat(timeouts.secondLineForQuery(Duration.ofMillis(own)))
                .isEqualTo(Duration.ofMillis(proxy));
        assertThat(timeouts.secondLineForIdleInTransaction(Duration.ofMillis(own)))
                .isEqualTo(Duration.ofMillis(proxy));
    }
}
