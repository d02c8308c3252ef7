package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FakeConnection;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.FakePostgresServer.Script;
import io.sluice.testbed.LoginRefused;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that logs in while servers die gets in, or is told why not. */
class LoginLossIT {
    private static final Map<String, String> STARTUP = Map.of("application_name", "mine");
    private static final byte[] REPORT = BackendBytes.parameterStatus("application_name", "mine");
    private static final byte[] LAST_WORDS =
            BackendBytes.errorResponse("FATAL", "57P01", "terminating connection");

    /** When a server dies on which the settings of a login are to be applied. */
    enum Death implements Script {
        AS_SOON_AS_IT_IS_READY {
            @Override
            public void play(FakeConnection connection) throws IOException {
                connection.acceptLogin();
                connection.die();
            }
        },
        WHEN_ASKED {
            @Override
            public void play(FakeConnection connection) throws IOException {
                connection.acceptLogin();
                connection.expect('Q');
                connection.die();
            }
        },
        WITH_LAST_WORDS {
            @Override
            public void play(FakeConnection connection) throws IOException {
                connection.acceptLogin();
                connection.expect('Q');
                connection.send(LAST_WORDS);
            }
        },
        WITHIN_A_REPORT {
            @Override
            public void play(FakeConnection connection) throws IOException {
                connection.acceptLogin();
                connection.expect('Q');
                connection.send(Arrays.copyOf(REPORT, REPORT.length - 3));
            }
        },
        BEHIND_A_REPORT {
            @Override
            public void play(FakeConnection connection) throws IOException {
                connection.acceptLogin();
                connection.expect('Q');
                connection.send(BackendBytes.commandComplete("SET"), REPORT, LAST_WORDS);
            }
        },
        BEHIND_READY {
            @Override
            public void play(FakeConnection connection) throws IOException {
                connection.acceptLogin();
                takeSettings(connection);
                connection.send(LAST_WORDS);
            }
        },
        WITHIN_A_NOTICE {
            @Override
            public void play(FakeConnection connection) throws IOException {
                byte[] notice = BackendBytes.noticeResponse("WARNING", "01000", "x".repeat(5000));
                connection.acceptLogin();
                connection.send(Arrays.copyOf(notice, 3000));
                connection.expect('Q');
                connection.die();
            }
        }
    }

    private static void takeSettings(FakeConnection connection) throws IOException {
        connection.expect('Q');
        connection.send(
                BackendBytes.commandComplete("SET"), REPORT, BackendBytes.readyForQuery('I'));
    }

    private static void serve(FakeConnection connection) throws IOException {
        connection.acceptLogin();
        takeSettings(connection);
        connection.awaitClose();
    }

    private static TestProxy towards(FakePostgresServer server, String... more) {
        List<String> lines = new ArrayList<>(List.of(more));
        lines.add("sluice.pool.max = 1");
        lines.add("sluice.backends.main.login-retry = 60s");
        return TestProxy.start(
                server.host() + ":" + server.port(), Clock.SYSTEM, lines.toArray(String[]::new));
    }

    @ParameterizedTest
    @EnumSource
    void asksAnotherServerWhenOneDies(Death death) throws IOException {
        try (FakePostgresServer server =
                        FakePostgresServer.start(List.of(death, LoginLossIT::serve));
                TestProxy proxy = towards(server);
                RawPgClient client = proxy.login("acme", STARTUP)) {
            assertThat(client.parameters()).containsEntry("application_name", "mine");
        }
    }

    @Test
    void tellsTheLastWordsOfTheThirdServerThatDies() throws IOException {
        try (FakePostgresServer server = FakePostgresServer.start(Death.WITH_LAST_WORDS);
                TestProxy proxy = towards(server)) {
            assertThatThrownBy(() -> proxy.login("acme", STARTUP))
                    .isInstanceOf(LoginRefused.class)
                    .hasMessageContaining("57P01");
            assertThat(server.connections()).isEqualTo(3);
            await().until(() -> proxy.onSessions(Object::toString).isEmpty());
        }
    }

    @Test
    void tellsThatAServerWithoutLastWordsWasLost() throws IOException {
        try (FakePostgresServer server = FakePostgresServer.start(Death.WHEN_ASKED);
                TestProxy proxy = towards(server)) {
            assertThatThrownBy(() -> proxy.login("acme", STARTUP))
                    .isInstanceOf(LoginRefused.class)
                    .hasMessageContaining("08006");
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    @Test
    void letsAllInThatWaitForTheServerThatDies() throws IOException {
        try (FakePostgresServer server =
                        FakePostgresServer.start(
                                List.of(
                                        Death.WHEN_ASKED,
                                        Death.BEHIND_A_REPORT,
                                        LoginLossIT::serve));
                TestProxy proxy = towards(server);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<RawPgClient>> logins = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                logins.add(
                        CompletableFuture.supplyAsync(
                                () -> {
                                    try {
                                        return proxy.login("acme", STARTUP);
                                    } catch (IOException e) {
                                        throw new CompletionException(e);
                                    }
                                },
                                threads));
            }
            for (CompletableFuture<RawPgClient> login : logins) {
                try (RawPgClient client = login.join()) {
                    assertThat(client.parameters()).containsEntry("application_name", "mine");
                }
            }
        }
    }

    @Test
    void aKillWhileTheServerIsStillBeingOpenedIsNoFailureOfTheServer() throws Exception {
        try (FakePostgresServer server =
                        FakePostgresServer.start(
                                List.of(
                                        connection -> {
                                            connection.readStartup();
                                            connection.awaitClose();
                                        },
                                        LoginLossIT::serve));
                TestProxy proxy = towards(server);
                RawPgClient killed = proxy.connect();
                var console = proxy.console();
                var statement = console.createStatement()) {
            killed.startup(
                    Map.of("user", "app.acme", "database", "app", "application_name", "mine"));
            var refused =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            killed.authenticate("app.acme", TestProxy.PASSWORD);
                            return "let in";
                        } catch (LoginRefused e) {
                            return e.getMessage();
                        } catch (IOException e) {
                            throw new CompletionException(e);
                        }
                    });
            await().until(() -> server.connections() == 1);
            statement.execute("KILL \"acme/app\"");
            statement.execute("RESUME \"acme/app\"");
            assertThat(refused.join()).contains("57P01");

            // At once, though nobody may try for a minute after a failure.
            proxy.login("acme", STARTUP).close();
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void endsALoginByTheClockOfItsLoop() throws IOException {
        VirtualClock clock = new VirtualClock();
        try (TestProxy proxy = TestProxy.start("127.0.0.1:1", clock, "sluice.timeouts.login = 1h");
                RawPgClient silent = proxy.connect();
                RawPgClient half = proxy.connect()) {
            half.startup(Map.of("user", "app.acme", "database", "app"));
            half.read();
            await().until(() -> proxy.sluice().admission().unauthenticated() == 2);
            clock.advance(Duration.ofMinutes(59));
            Sweeps.await(proxy.sluice());
            assertThat(proxy.sluice().admission().unauthenticated()).isEqualTo(2);
            clock.advance(Duration.ofMinutes(1));
            assertThat(Answers.lastError(silent).sqlState()).isEqualTo("08006");
            assertThat(Answers.lastError(half).sqlState()).isEqualTo("08006");
            await().until(() -> proxy.sluice().admission().unauthenticated() == 0);
        }
    }
}
