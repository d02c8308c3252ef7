package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.epoll.EpollChannelOption;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.DeafPort;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Servers that are gone, hang, or come back. */
class OutageIT {
    private static PostgresBackend backend;
    private final VirtualClock clock = new VirtualClock();
    private TestProxy proxy;

    @BeforeAll
    static void startBackend() {
        backend = PostgresBackend.start();
        TestProxy.prepare(backend);
    }

    @AfterAll
    static void stopBackend() {
        backend.close();
    }

    @BeforeEach
    void start() {
        proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        clock,
                        "sluice.pool { max = 3, check-after = 15s, acquire-timeout = 1h }",
                        "sluice.backend { login-retry = 5s, connect-timeout = 10s }");
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void tellsWaitingClientsTheLastErrorAtOnceAndTriesAgainAfterAPause() throws IOException {
        try (RawPgClient one = proxy.login("acme");
                RawPgClient two = proxy.login("acme")) {
            one.queryOne("select 1");
            backend.crash();
            await().until(() -> proxy.serverConnections() == 0);

            PgMessage first = Answers.error(one.query("select 1"));
            assertThat(first.sqlState()).isEqualTo("53000");
            assertThat(first.field('S')).isEqualTo("ERROR");
            assertThat(first.text()).contains("Connection refused");
            long failures = connectFailures();
            for (int i = 0; i < 10; i++) {
                assertThat(Answers.error(two.query("select 1")).sqlState()).isEqualTo("53000");
            }
            assertThat(connectFailures()).as("nobody tried again").isEqualTo(failures);
            assertThatThrownBy(() -> proxy.login("globex")).hasMessageContaining("08006");

            backend.startAgain();
            assertThat(Answers.error(two.query("select 1")).sqlState())
                    .as("still in the pause")
                    .isEqualTo("53000");
            clock.advance(Duration.ofSeconds(7));
            assertThat(two.queryOne("select 1")).isEqualTo("1");
            assertThat(one.queryOne("select 2")).isEqualTo("2");
        }
    }

    @Test
    void logsWhyServerConnectionsEndAndThatItConnectsAgain() throws IOException {
        try (LogLines log = new LogLines();
                RawPgClient client = proxy.login("acme")) {
            client.queryOne("select 1");
            backend.crash();
            await().until(() -> proxy.serverConnections() == 0);
            // How a crash shows depends on whose packet is first: the last words, an end or a
            // reset.
            await().untilAsserted(() ->
                    assertThat(log.containing("closed: the ", "ended its session: "))
                            .isNotEmpty()
                            .allMatch(line -> line.startsWith("INFO pool=")));
            for (int i = 0; i < 2; i++) {
                assertThat(Answers.error(client.query("select 1")).sqlState()).isEqualTo("53000");
                clock.advance(Duration.ofSeconds(30));
            }
            assertThat(log.containing("next try in")).hasSize(1);

            backend.startAgain();
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(log.containing("connects again")).singleElement().asString().contains("=2");
        }
    }

    private long connectFailures() {
        return proxy
                .onPools(pool -> pool.stats().get(io.sluice.metrics.Counter.CONNECT_FAILURES))
                .stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    @Test
    void staysReadyAndAliveAlthoughTheBackendIsDown() throws Exception {
        backend.crash();
        try {
            await().until(() -> proxy.serverConnections() == 0);
            for (String page : List.of("/readyz", "/livez")) {
                assertThat(statusOf(page)).as(page).isEqualTo(200);
            }
        } finally {
            backend.startAgain();
        }
    }

    private int statusOf(String page) throws Exception {
        int port =
                ((InetSocketAddress) Objects.requireNonNull(proxy.sluice().httpAddress()))
                        .getPort();
        try (HttpClient client = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + page))
                            .timeout(Duration.ofSeconds(20))
                            .build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    @Test
    void endsWhoIsInATransactionAndKeepsTheOthersWhenTheServerRestarts() throws IOException {
        try (RawPgClient inside = proxy.login("acme");
                RawPgClient running = proxy.login("acme");
                RawPgClient idle = proxy.login("acme")) {
            inside.query("begin");
            running.send(FrontendBytes.query("select pg_sleep(60)"));
            await().until(() -> proxy.leases() == 2);
            backend.restart();

            PgMessage end = Answers.lastError(inside);
            assertThat(end.sqlState()).isEqualTo("57P01");
            assertThat(end.field('S')).isEqualTo("FATAL");
            List<PgMessage> lost = running.readUntilReady();
            assertThat(Answers.error(lost).sqlState()).isEqualTo("58000");
            assertThat(Answers.error(lost).field('D')).contains("outcome").contains("unknown");
            clock.advance(Duration.ofSeconds(10));
            assertThat(running.queryOne("select 1")).isEqualTo("1");
            assertThat(idle.queryOne("select 2")).isEqualTo("2");
        }
        await().until(() -> proxy.leases() == 0);
    }

    @Test
    void findsAHalfDeadConnectionBeforeItIsHandedOut() throws IOException {
        try (RawPgClient client = proxy.login("acme")) {
            client.queryOne("select 1");
            backend.freeze();
            try {
                clock.advance(Duration.ofSeconds(15));
                await().until(() -> proxy.onPools(pool -> pool.hasIdle()).equals(List.of(false)));
                clock.advance(Duration.ofSeconds(10));
                await().until(() -> proxy.serverConnections() == 0);
            } finally {
                backend.thaw();
            }
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    /** The kernel's part: packets that are dropped on the way are never acknowledged. */
    @Test
    void givesConnectionsUpWhoseServerAcknowledgesNothing() throws IOException {
        try (TestProxy front =
                        TestProxy.start(
                                backend,
                                "sluice.transport = epoll",
                                "sluice.backends.main.socket.user-timeout = 90s");
                RawPgClient client = front.login("acme")) {
            client.queryOne("select 1");
            assertThat(
                            front.onPools(pool ->
                                    Objects.requireNonNull(
                                                    pool.connections().iterator().next().channel())
                                            .config()
                                            .getOption(EpollChannelOption.TCP_USER_TIMEOUT)))
                    .containsExactly(90_000);
        }
    }

    @Test
    void goesOnUsingAConnectionThatPassedItsCheck() throws IOException {
        try (RawPgClient client = proxy.login("acme")) {
            String pid = client.queryOne("select pg_backend_pid()");
            clock.advance(Duration.ofSeconds(15));
            Sweeps.await(proxy.sluice());
            assertThat(client.queryOne("select pg_backend_pid()")).isEqualTo(pid);
        }
    }

    @Test
    void givesUpALoginThatTheServerDoesNotAnswerInTime() throws IOException {
        try (FakePostgresServer mute =
                        FakePostgresServer.start(connection -> connection.awaitClose());
                TestProxy front =
                        TestProxy.start(
                                mute.host() + ":" + mute.port(),
                                clock,
                                "sluice.backends.main.connect-timeout = 300ms")) {
            assertThatThrownBy(() -> front.login("acme"))
                    .hasMessageContaining("08006")
                    .hasMessageContaining("no answer within 300 ms");
            await().until(() -> front.serverConnections() == 0);
        }
    }

    @Test
    void passesOnWhatAServerSaysThatLetsNobodyIn() throws IOException {
        try (FakePostgresServer full =
                        FakePostgresServer.start(connection -> {
                            connection.readStartup();
                            connection.send(
                                    BackendBytes.errorResponse(
                                            "FATAL", "53300", "sorry, too many clients already"));
                        });
                TestProxy front = TestProxy.start(full.host() + ":" + full.port(), clock)) {
            assertThatThrownBy(() -> front.login("acme"))
                    .hasMessageContaining("53300")
                    .hasMessageContaining("sorry, too many clients already");
        }
    }

    @Test
    void connectsAgainAfterEachConnectionWasTerminatedByTheServer() throws IOException {
        try (RawPgClient client = proxy.login("acme")) {
            for (int i = 0; i < 5; i++) {
                client.queryOne("select 1");
                backend.terminateBackends();
                await().until(() -> proxy.serverConnections() == 0);
            }
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void givesUpAConnectThatNobodyAnswers() throws IOException {
        try (DeafPort deaf = DeafPort.open();
                TestProxy front =
                        TestProxy.start(
                                "127.0.0.1:" + deaf.port(),
                                clock,
                                "sluice.backends.main.connect-timeout = 300ms")) {
            assertThatThrownBy(() -> front.login("acme"))
                    .hasMessageContaining("08006")
                    .hasMessageContaining("300 ms");
            await().until(() -> front.serverConnections() == 0);
        }
    }

    @Test
    void endsAQueryInTimeWhoseServerFallsSilent() throws IOException {
        try (RawPgClient client = proxy.login("globex");
                RawPgClient other = proxy.login("acme")) {
            client.queryOne("select 1");
            other.query("begin");
            backend.freeze();
            try {
                client.send(FrontendBytes.query("select 1"));
                await().until(() -> proxy.leases() == 2);
                clock.advance(Duration.ofSeconds(31));
                Sweeps.await(proxy.sluice());
                clock.advance(Duration.ofSeconds(31));
                PgMessage error = Answers.error(client.readUntilReady());
                assertThat(error.sqlState()).isEqualTo("57014");
                assertThat(error.field('S')).isEqualTo("ERROR");
                assertThat(Answers.lastError(other).field('S')).isEqualTo("FATAL");
                await().until(() -> proxy.leases() == 0);
            } finally {
                backend.thaw();
            }
            assertThat(client.queryOne("select 2")).isEqualTo("2");
        }
    }

    @Test
    void goesOnWithAQueryWhoseCancelRequestIsRefused() throws Exception {
        CountDownLatch refused = new CountDownLatch(1);
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin();
                            connection.expectQuery("select 1");
                            refused.await();
                            connection.send(BackendBytes.oneRow("x", "1"));
                            connection.expectQuery("select 2");
                            connection.send(BackendBytes.oneRow("x", "2"));
                            connection.awaitClose();
                        });
                TestProxy front = TestProxy.start(server.host() + ":" + server.port(), clock);
                RawPgClient client = front.login("acme")) {
            client.send(FrontendBytes.query("select 1"));
            await().until(() -> front.leases() == 1);
            server.refuseConnections();
            client.cancel();
            refused.countDown();
            assertThat(Answers.column(client.readUntilReady())).containsExactly("1");
            assertThat(client.queryOne("select 2")).isEqualTo("2");
        }
    }

    @Test
    void closesAServerThatMayStillBeCancelledWhenItsRequestIsNotTaken() throws IOException {
        try (RawPgClient client = proxy.login("acme")) {
            client.send(FrontendBytes.query("select pg_sleep(60)"));
            await().until(() -> proxy.leases() == 1);
            backend.freeze();
            try {
                client.cancel();
                List<PgMessage> answer = client.readUntilReady();
                assertThat(Answers.error(answer).field('D'))
                        .contains("outcome")
                        .contains("unknown");
            } finally {
                backend.thaw();
            }
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }
}
