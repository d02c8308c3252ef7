package io.sluice.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PostgresBackendTest {

    private static PostgresBackend backend;

    @BeforeAll
    static void start() {
        backend = PostgresBackend.embedded().maxConnections(30).tls().start();
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    @ParameterizedTest
    @EnumSource
    void letsEachRoleInByItsOwnMethod(Login login) throws SQLException {
        String role = "role_" + login.group();
        backend.createRole(role, "it's secret", login);

        try (var connection = backend.connect(role, "it's secret", "postgres")) {
            assertThat(connection.getMetaData().getUserName()).isEqualTo(role);
        }
        if (login != Login.TRUST) {
            assertThatThrownBy(() -> backend.connect(role, "wrong", "postgres"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
        }
        assertThat(backend.storedSecret(role))
                .startsWith(login == Login.MD5 ? "md5" : "SCRAM-SHA-256$");
    }

    @Test
    void appliesTheSettingsItWasGiven() {
        assertThat(backend.queryOne("show max_connections")).isEqualTo("30");
        assertThat(backend.queryOne("show ssl")).isEqualTo("on");
        assertThat(backend.majorVersion()).isEqualTo(18);
    }

    @Test
    void endsTheConnectionsOfClients() throws SQLException {
        try (var connection = backend.connect();
                var statement = connection.createStatement()) {
            assertThat(backend.terminateBackends()).isPositive();
            assertThatThrownBy(() -> statement.execute("select 1"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getSQLState()).isIn("57P01", "08006"));
        }
    }

    @Test
    void keepsPortAndDataOverACrash() {
        backend.execute("create table kept(x int)");
        int port = backend.port();

        backend.crash();
        assertThatThrownBy(backend::connect).isInstanceOf(SQLException.class);
        backend.startAgain();

        assertThat(backend.port()).isEqualTo(port);
        assertThat(backend.queryOne("select count(*) from pg_class where relname = 'kept'"))
                .isEqualTo("1");
    }

    @Test
    void leavesNeitherFilesNorProcessesBehind() {
        var own = PostgresBackend.start();
        var folder = own.socketFolder();
        long pid = own.pid();
        own.crash();
        own.startAgain();
        own.freeze();

        own.close();

        assertThat(folder).doesNotExist();
        assertThat(ProcessHandle.of(pid)).isEmpty();
        assertThat(Files.exists(folder)).isFalse();
    }

    @Test
    void findsWhatTheMachineHasInstalled() {
        assertThat(PostgresBackend.installed(1)).isEmpty();
        for (int major = 14; major <= 18; major++) {
            int expected = major;
            PostgresBackend.installed(major)
                    .ifPresent(builder -> {
                        try (var installed = builder.start()) {
                            assertThat(installed.majorVersion()).isEqualTo(expected);
                        }
                    });
        }
    }
}
