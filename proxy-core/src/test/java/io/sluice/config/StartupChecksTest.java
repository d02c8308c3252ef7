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
    private SluiceConfig config;

    @BeforeEach
    void load() {
        config = new ConfigFolder(temp).config(FIGURES);
    }

    @Test
    void fewerDescriptorsThanNeededAreAnErrorWithAllFigures() {
        assertThat(StartupChecks.check(config, 1024))
                .isEqualTo(
                        report(
                                "1510 file descriptors are needed (limits.max-clients 1000,"
                                        + " limits.max-unauthenticated 100, server connections 200,"
                                        + " Sluice's own 210), the process may open 1024: raise"
                                        + " LimitNOFILE (ulimit -n) to 1510 or lower"
                                        + " limits.max-clients to 514"));
    }

    @Test
    void wasteIsNotSuggestedWhereNoClientWouldFit() {
        assertThat(StartupChecks.check(config, 100).errors())
                .singleElement()
                .asString()
                .endsWith("raise LimitNOFILE (ulimit -n) to 1510");
    }

    @Test
    void justEnoughIsAWarning() {
        var report = StartupChecks.check(config, 1510);

        assertThat(report.errors()).isEmpty();
        assertThat(report.warnings()).singleElement().asString().endsWith("that is tight");
    }

    @Test
    void plentyOrUnlimitedIsFine() {
        assertThat(StartupChecks.check(config, 100_000)).isEqualTo(fine());
        assertThat(StartupChecks.check(config, 0)).isEqualTo(fine());
    }

    @Test
    void theProcessesOwnLimitOfServerConnectionsCounts() {
        SluiceConfig capped =
                new ConfigFolder(temp)
                        .config(FIGURES + "sluice.limits.max-server-connections = 50");

        assertThat(StartupChecks.check(capped, 1400).warnings())
                .singleElement()
                .asString()
                .contains("1360 file descriptors are needed");
    }

    private static StartupChecks.Report report(String error) {
        return new StartupChecks.Report(List.of(error), List.of());
    }

    private static StartupChecks.Report fine() {
        return new StartupChecks.Report(List.of(), List.of());
    }
}
