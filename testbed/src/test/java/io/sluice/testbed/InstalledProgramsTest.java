package io.sluice.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstalledProgramsTest {
    @TempDir Path folder;
    private Path bin;
    private Path elsewhere;

    @BeforeEach
    void makeFolders() throws IOException {
        bin = Files.createDirectory(folder.resolve("bin"));
        elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    }

    private static Path script(Path in, String name, String text) throws IOException {
        Path file = Files.writeString(in.resolve(name), "#!/bin/sh\n" + text + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A Python that knows the one module. */
    private static Path python(Path in, String module) throws IOException {
        return script(in, "python3", "test \"$1 $2\" = '-c import %s'".formatted(module));
    }

    private InstalledPrograms programs(Map<String, String> more) {
        var env = new HashMap<>(more);
        env.put("PATH", "/nowhere:" + bin);
        return new InstalledPrograms(env);
    }

    private InstalledPrograms programs() {
        return programs(Map.of());
    }

    @Test
    void findsWhatIsOnThePath() throws IOException {
        Path psql = script(bin, "psql", "");
        Files.createDirectory(bin.resolve("pgbench"));
        Files.createFile(bin.resolve("node"));

        assertThat(programs().find("psql")).contains(psql);
        assertThat(programs().find("pgbench")).as("a folder").isEmpty();
        assertThat(programs().find("node")).as("not executable").isEmpty();
        assertThat(programs().find("go")).isEmpty();
    }

    @Test
    void takesThePythonOnThePathWhereNoneIsTold() throws Exception {
        Path python = python(bin, "psycopg");

        assertThat(programs().python("psycopg")).contains(python);
        assertThat(programs().python("asyncpg")).isEmpty();
    }

    @Test
    void takesThePythonThatIsToldBeforeThatOnThePath() throws Exception {
        Path onPath = python(bin, "psycopg");
        Path told = python(elsewhere, "psycopg");
        var programs = programs(Map.of("SLUICE_TEST_PYTHON", told.toString()));

        assertThat(programs.python("psycopg")).contains(told);
        python(elsewhere, "asyncpg");
        assertThat(programs.python("psycopg")).contains(onPath);
    }

    @Test
    void takesTheModulesOfNpmWhereNoneAreTold() throws Exception {
        assertThat(programs().nodeModules("pg")).as("no npm").isEmpty();
        script(bin, "npm", "test \"$*\" = 'root -g' && echo " + elsewhere);
        assertThat(programs().nodeModules("pg")).as("not among npm's").isEmpty();
        Files.createDirectory(elsewhere.resolve("pg"));

        assertThat(programs().nodeModules("pg")).contains(elsewhere);
    }

    @Test
    void takesTheModulesThatAreToldBeforeThoseOfNpm() throws Exception {
        script(bin, "npm", "echo " + elsewhere);
        Path told = Files.createDirectory(folder.resolve("told"));
        Files.createDirectory(told.resolve("pg"));
        Files.createDirectory(elsewhere.resolve("pg"));
        Files.createDirectory(elsewhere.resolve("pg-cursor"));
        var programs = programs(Map.of("SLUICE_TEST_NODE_MODULES", told.toString()));

        assertThat(programs.nodeModules("pg")).contains(told);
        assertThat(programs.nodeModules("pg-cursor")).contains(elsewhere);
    }

    @Test
    void takesTheGoModuleThatIsToldWhereItRequiresTheDriver() throws Exception {
        Files.writeString(
                elsewhere.resolve("go.mod"),
                """
                module sluice.test/client

                require (
                \tgithub.com/jackc/pgx/v5 v5.10.0 // indirect
                )
                """);
        var programs = programs(Map.of("SLUICE_TEST_GO_MODULE", elsewhere.toString()));

        assertThat(programs.goModule("github.com/jackc/pgx/v5")).contains(elsewhere);
        assertThat(programs.goModule("github.com/jackc/pgx")).isEmpty();
        assertThat(programs().goModule("github.com/jackc/pgx/v5")).as("none told").isEmpty();
    }

    @Test
    void tellsHowAProgramHasEnded() throws Exception {
        Path failing = script(bin, "failing", "echo out; echo err >&2; exit 3");

        assertThat(programs().run(failing.toString()))
                .isEqualTo(new InstalledPrograms.Ended(3, "out\n", "err\n"));
    }
}
