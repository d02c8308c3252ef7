package io.sluice.testbed;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.testbed.InstalledPrograms.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * psql, pgbench and {@code sluice admin} at the demo as it is, in processes of their own; what is
 * not installed is skipped.
 */
@Timeout(value = 300, unit = SECONDS)
class DemoClientsIT {
    private static final InstalledPrograms PROGRAMS = InstalledPrograms.here();

    @TempDir private static Path home;
    private static ShownDemo demo;

    @BeforeAll
    static void start() throws Exception {
        // In place of the launcher, which would build the distribution first.
        Path launcher = Files.createDirectories(home.resolve("a home's/bin")).resolve("sluice");
        Files.writeString(
                launcher,
                """
                #!/bin/sh
                exec '%s' -cp '%s' io.sluice.app.Main "$@"
                """
                        .formatted(
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                System.getProperty("java.class.path")));
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
        demo = new ShownDemo(home.resolve("a home's").toString());
    }

    @AfterAll
    static void stop() {
        demo.close();
    }

    @Test
    void theCommandForPsqlWorksAsItIsPrinted() throws Exception {
        assertThat(tried(demo.commands().get(0), "psql")).contains("acme_app", "acme_shop");
    }

    @Test
    void theCommandForPgbenchWorksAsItIsPrinted() throws Exception {
        assertThat(tried(demo.commands().get(1), "pgbench"))
                .contains("number of clients: 100")
                .contains("number of failed transactions: 0");
    }

    @Test
    void theCommandForTheConsoleWorksFromAnywhereAsItIsPrinted() throws Exception {
        assertThat(tried(demo.commands().get(2), "sh")).contains("cl_active");
    }

    /** What a command prints, given to a shell in another folder than the source's. */
    private static String tried(String command, String program) throws Exception {
        assumeTrue(PROGRAMS.find(program).isPresent(), program + " is not installed");
        return well(PROGRAMS.run("sh", "-c", "cd / && " + command));
    }

    private static String well(Ended ended) {
        assertThat(ended.code()).as(ended.errors()).isZero();
        return ended.output();
    }
}
