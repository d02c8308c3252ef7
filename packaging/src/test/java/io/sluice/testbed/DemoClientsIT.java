package io.sluice.testbed;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.testbed.InstalledPrograms.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * psql, pgbench, redis-cli and {@code sluice admin} at the demo as it is, in processes of their
 * own; what is not installed is skipped.
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
    void theCommandForRedisCliWorksAsItIsPrinted() throws Exception {
        assertThat(tried(demo.commands().get(2), "redis-cli")).isEqualTo("OK\nhello\n");
    }

    @Test
    void theCommandForTheConsoleWorksFromAnywhereAsItIsPrinted() throws Exception {
        assertThat(tried(demo.commands().get(3), "sh")).contains("cl_active");
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "prepared"})
    void servesPgbenchWithManyMoreClientsThanConnections(String mode) throws Exception {
        initialize();

        assertThat(pgbench("-S", "-M", mode, "-c", "100", "-j", "2", "-t", "20"))
                .contains("number of transactions actually processed: 2000/2000")
                .contains("number of failed transactions: 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended"})
    void servesTransactionsOfPgbenchWithManyMoreClientsThanConnections(String mode)
            throws Exception {
        initialize();

        assertThat(pgbench("-M", mode, "-c", "100", "-j", "2", "-t", "5"))
                .contains("number of transactions actually processed: 500/500")
                .contains("number of failed transactions: 0");
    }

    /**
     * With a thread for each client: pgbench prepares by blocking calls, each once, so a thread
     * that waits for a connection serves none of its clients that have one.
     */
    @Test
    void servesPreparedTransactionsOfPgbenchWithManyMoreClientsThanConnections() throws Exception {
        initialize();

        assertThat(pgbench("-M", "prepared", "-c", "100", "-j", "100", "-t", "5"))
                .contains("number of transactions actually processed: 500/500")
                .contains("number of failed transactions: 0");
    }

    private static void initialize() throws Exception {
        pgbench("-i", "-q", "-s", "1");
    }

    private static String pgbench(String... options) throws Exception {
        var program = PROGRAMS.find("pgbench");
        assumeTrue(program.isPresent(), "pgbench is not installed");
        var command = new ArrayList<String>();
        command.add(program.orElseThrow().toString());
        command.addAll(List.of(options));
        command.add(demo.acme());
        return well(PROGRAMS.run(command.toArray(String[]::new)));
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
