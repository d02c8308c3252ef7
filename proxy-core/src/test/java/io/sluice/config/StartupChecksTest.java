package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartupChecksTest {
    /** 1000 clients, 100 logging in, 200 servers, and 210 of Sluice's own: 1510 in all. */
    private static final String FIGURES =
            ONE_TENANT
                    + """
                    sluice.event-loops = 2
                    sluice.limits { max-clients = 1000, max-unauthenticated = 100 }
                    """;

    @TempDir Path temp;
    private Loaded.Ready ready;

    @BeforeEach
    void load() {
        ready = new ConfigFolder(temp).ready(FIGURES);
    }

    @Test
    void fewerDescriptorsThanNeededAreAnErrorAtTheLimitWithAllFigures() {
        assertThat(errors(1024))
                .singleElement()
                .asString()
                .contains(
                        "sluice.conf:",
                        "sluice.limits.max-clients: 1510 file descriptors are needed"
                                + " (limits.max-clients 1000, limits.max-unauthenticated 100, server"
                                + " connections 200, Sluice's own 210), the process may open 1024:"
                                + " raise LimitNOFILE (ulimit -n) to 1510 or lower"
                                + " limits.max-clients to 514");
    }

    @Test
    void wasteIsNotSuggestedWhereNoClientWouldFit() {
        assertThat(errors(100))
                .singleElement()
                .asString()
                .endsWith("raise LimitNOFILE (ulimit -n) to 1510");
    }

    @Test
    void justEnoughIsAWarning() {
        assertThat(warnings(ready, 1510)).singleElement().asString().endsWith("that is tight");
    }

    @Test
    void plentyOrUnlimitedIsFine() {
        assertThat(StartupChecks.check(ready, 100_000)).isSameAs(ready);
        assertThat(StartupChecks.check(ready, 0)).isSameAs(ready);
    }

    @Test
    void theProcessesOwnLimitOfServerConnectionsCounts() {
        Loaded.Ready capped =
                new ConfigFolder(temp).ready(FIGURES + "sluice.limits.max-server-connections = 50");

        assertThat(warnings(capped, 1400))
                .anySatisfy(warning ->
                        assertThat(warning.toString())
                                .contains("1360 file descriptors are needed"));
    }

    private List<ConfigError> errors(long fdLimit) {
        return ((Loaded.Refused) StartupChecks.check(ready, fdLimit)).errors();
    }

    private static List<ConfigError> warnings(Loaded.Ready ready, long fdLimit) {
        return ((Loaded.Ready) StartupChecks.check(ready, fdLimit)).warnings();
    }
}
