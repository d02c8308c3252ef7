package io.sluice.pg.it;

import static io.sluice.pg.it.Answers.errors;
import static io.sluice.testbed.FrontendBytes.cancelRequest;
import static io.sluice.testbed.FrontendBytes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.metrics.Counter;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FakeConnection;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** While the server has a cancel request but has not closed its connection, it may still signal. */
class CancelsUnderWayIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final VirtualClock clock = new VirtualClock();
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch answers = new CountDownLatch(1);
    private final CountDownLatch cancelsEnd = new CountDownLatch(1);

    private TestProxy proxyOf(FakePostgresServer server, String... more) {
        return TestProxy.start(
                server.host() + ":" + server.port(),
                clock,
                """
                sluice.pool.max = 1
                sluice.timeouts { query = 2s, cancel = 60s }
                sluice.postgres.server.statement-timeout = off
                """
                        + String.join("\n", more));
    }

    /** Begins a transaction, lets a statement run until {@link #answers}, and ends it. */
    private void serve(FakeConnection connection) throws IOException, InterruptedException {
        connection.acceptLogin();
        connection.expectQuery("BEGIN");
        connection.send(BackendBytes.commandComplete("BEGIN"), BackendBytes.readyForQuery('T'));
        connection.expectQuery("SELECT 'long'");
        running.countDown();
        answers.await();
        connection.send(
                BackendBytes.errorResponse("ERROR", "57014", "canceling statement"),
                BackendBytes.readyForQuery('E'));
        connection.expectQuery("ROLLBACK");
        connection.send(BackendBytes.commandComplete("ROLLBACK"), BackendBytes.readyForQuery('I'));
        connection.awaitClose();
    }

    private void beginLong(RawPgClient client) throws IOException, InterruptedException {
        client.query("BEGIN");
        client.send(query("SELECT 'long'"));
        running.await();
    }

    private static long sum(TestProxy proxy, Counter counter) {
        return proxy.onPools(pool -> pool.stats().get(counter)).stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    @Test
    void manyRequestsOfOneClientBecomeTwoAndOneOfThemIsKeptWaiting() throws Exception {
        List<RawPgClient> impatient = new ArrayList<>();
        try (FakePostgresServer server = FakePostgresServer.start(this::serve);
                TestProxy proxy = proxyOf(server);
                RawPgClient client = proxy.login("acme")) {
            server.onCancel(connection -> cancelsEnd.await());
            beginLong(client);
            var key = client.cancelKey();
            for (int i = 0; i < 100; i++) {
                RawPgClient another = proxy.connect();
                impatient.add(another);
                another.send(cancelRequest(key.pid(), key.secret()));
                if (i == 0) {
                    server.awaitCancel(PATIENCE);
                } else { // only the first is kept waiting
                    assertThat(another.atEnd()).isTrue();
                }
            }
            await().until(() -> proxy.sluice().admission().unauthenticated() == 1);
            cancelsEnd.countDown();
            assertThat(impatient.getFirst().atEnd()).isTrue();
            await().until(() -> proxy.sluice().admission().unauthenticated() == 0);
            server.awaitCancel(PATIENCE);
            assertThat(sum(proxy, Counter.CANCELS)).isEqualTo(2);
            assertThat(server.pendingCancels()).isZero();
            answers.countDown();
            assertThat(errors(client.readUntilReady())).isEqualTo("57014");
            client.query("ROLLBACK");
        } finally {
            for (RawPgClient another : impatient) {
                another.close();
            }
        }
    }

    @Test
    void whoAsksIsClosedAfterTheTimeOfALoginHoweverLongTheServerTakes() throws Exception {
        try (FakePostgresServer server = FakePostgresServer.start(this::serve);
                TestProxy proxy = proxyOf(server, "sluice.timeouts.login = 1s");
                RawPgClient client = proxy.login("acme");
                RawPgClient impatient = proxy.connect()) {
            server.onCancel(connection -> cancelsEnd.await());
            beginLong(client);
            var key = client.cancelKey();
            impatient.send(cancelRequest(key.pid(), key.secret()));
            server.awaitCancel(PATIENCE);
            Sweeps.await(proxy.sluice());
            assertThat(proxy.sluice().admission().unauthenticated()).isEqualTo(1);

            clock.advance(Duration.ofSeconds(1));
            assertThat(impatient.atEnd()).isTrue();
            await().until(() -> proxy.sluice().admission().unauthenticated() == 0);

            cancelsEnd.countDown();
            answers.countDown();
            assertThat(errors(client.readUntilReady())).isEqualTo("57014");
            client.query("ROLLBACK");
        }
    }

    @Test
    void theStatementBehindOneThatTookTooLongIsNotSentBeforeTheCancelIsOver() throws Exception {
        try (FakePostgresServer server = FakePostgresServer.start(this::serve);
                TestProxy proxy = proxyOf(server);
                RawPgClient client = proxy.login("acme")) {
            server.onCancel(connection -> cancelsEnd.await());
            beginLong(client);
            clock.advance(Duration.ofSeconds(2));
            server.awaitCancel(PATIENCE);
            answers.countDown();
            assertThat(errors(client.readUntilReady())).isEqualTo("57014");

            long before = sum(proxy, Counter.RECEIVED);
            client.send(query("ROLLBACK"));
            await().until(() -> sum(proxy, Counter.RECEIVED) > before);
            assertThat(proxy.onSessions(session -> session.operationsInFlight()))
                    .containsExactly(0);

            cancelsEnd.countDown();
            assertThat(errors(client.readUntilReady())).isEmpty();
        }
    }

    /** The statement was over before its cancel came; what the proxy sends next is its own. */
    @Test
    void aLateRequestDoesNotHitWhatTheProxyAsks() throws Exception {
        Map<String, String> reported = new HashMap<>(FakeConnection.PARAMETERS);
        reported.put("application_name", "sluice");
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin(reported, 1, new byte[4]);
                            connection.expect('Q');
                            connection.send(
                                    BackendBytes.commandComplete("SET"),
                                    BackendBytes.parameterStatus("application_name", "first"),
                                    BackendBytes.readyForQuery('I'));
                            connection.expectQuery("DISCARD ALL");
                            running.countDown();
                            answers.await();
                            connection.send(
                                    BackendBytes.commandComplete("DISCARD ALL"),
                                    BackendBytes.parameterStatus("application_name", "sluice"),
                                    BackendBytes.readyForQuery('I'));
                            connection.expect('Q');
                            if (cancelsEnd.getCount() > 0) {
                                connection.send(
                                        BackendBytes.errorResponse("ERROR", "57014", "canceling"),
                                        BackendBytes.readyForQuery('I'));
                            } else {
                                connection.send(
                                        BackendBytes.commandComplete("SET"),
                                        BackendBytes.parameterStatus("application_name", "first"),
                                        BackendBytes.readyForQuery('I'));
                            }
                            connection.expectQuery("SELECT 'next'");
                            connection.send(BackendBytes.oneRow("next", "next"));
                            connection.awaitClose();
                        });
                TestProxy proxy = proxyOf(server);
                RawPgClient client = proxy.login("acme", Map.of("application_name", "first"));
                RawPgClient impatient = proxy.connect()) {
            server.onCancel(connection -> cancelsEnd.await());
            client.send(query("DISCARD ALL"));
            running.await();
            var key = client.cancelKey();
            impatient.send(cancelRequest(key.pid(), key.secret()));
            server.awaitCancel(PATIENCE);
            answers.countDown();
            assertThat(errors(client.readUntilReady())).isEmpty();
            client.send(query("SELECT 'next'"));
            Sweeps.await(proxy.sluice());
            cancelsEnd.countDown();
            assertThat(Answers.rows(client.readUntilReady())).isEqualTo("next");
            assertThat(client.parameters()).containsEntry("application_name", "first");
        }
    }

    @Test
    void isShownInPoolsWhileItIsUnderWay() throws Exception {
        try (FakePostgresServer server = FakePostgresServer.start(this::serve);
                TestProxy proxy = proxyOf(server);
                RawPgClient client = proxy.login("acme");
                RawPgClient console = proxy.connect()) {
            console.login("stats", TestProxy.PASSWORD, Map.of("database", "pgbouncer"));
            server.onCancel(connection -> cancelsEnd.await());
            beginLong(client);
            clock.advance(Duration.ofSeconds(2));
            server.awaitCancel(PATIENCE);

            assertThat(Answers.table(console.query("SHOW POOLS")).getFirst())
                    .containsEntry("database", "acme/app")
                    .containsEntry("sv_active", "1")
                    .containsEntry("sv_active_cancel", "1")
                    .containsEntry("sv_being_canceled", "0");
            cancelsEnd.countDown();
            await().untilAsserted(() ->
                    assertThat(Answers.table(console.query("SHOW POOLS")).getFirst())
                            .containsEntry("sv_active_cancel", "0"));
            answers.countDown();
            assertThat(errors(client.readUntilReady())).isEqualTo("57014");
            client.query("ROLLBACK");
        }
    }

    @Test
    void aRequestThatWasLostIsRepeatedWhileTheStatementRuns() throws Exception {
        try (FakePostgresServer server = FakePostgresServer.start(this::serve);
                TestProxy proxy = proxyOf(server);
                RawPgClient client = proxy.login("acme")) {
            beginLong(client);
            clock.advance(Duration.ofSeconds(2));
            for (int i = 0; i < 3; i++) {
                server.awaitCancel(PATIENCE);
                Sweeps.await(proxy.sluice());
                assertThat(server.pendingCancels()).as("none before its time").isZero();
                clock.advance(Duration.ofMillis(500));
            }
            server.awaitCancel(PATIENCE);
            answers.countDown();
            assertThat(errors(client.readUntilReady())).isEqualTo("57014");
            client.query("ROLLBACK");
        }
    }

    @Test
    void aRequestForAClientThatIsGoneIsRepeatedWhenItWasLost() throws Exception {
        CountDownLatch discarded = new CountDownLatch(1);
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin();
                            connection.expectQuery("SELECT 'long'");
                            running.countDown();
                            answers.await();
                            connection.send(
                                    BackendBytes.errorResponse("ERROR", "57014", "canceling"),
                                    BackendBytes.readyForQuery('I'));
                            connection.expect('S');
                            connection.send(BackendBytes.readyForQuery('I'));
                            connection.expectQuery("DISCARD ALL");
                            discarded.countDown();
                            connection.awaitClose();
                        });
                TestProxy proxy = proxyOf(server);
                RawPgClient client = proxy.login("acme")) {
            client.send(query("SELECT 'long'"));
            running.await();
            client.abort();
            for (int i = 0; i < 3; i++) {
                server.awaitCancel(PATIENCE);
                Sweeps.await(proxy.sluice());
                clock.advance(Duration.ofMillis(500));
            }
            server.awaitCancel(PATIENCE);
            answers.countDown();
            discarded.await();
        }
    }

    @Test
    void aRequestWhoseConnectionBreaksMayStillArriveSoTheServerConnectionIsClosed()
            throws Exception {
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin();
                            connection.expectQuery("SELECT 'long'");
                            running.countDown();
                            connection.awaitClose();
                        });
                TestProxy proxy = proxyOf(server);
                RawPgClient client = proxy.login("acme")) {
            server.onCancel(FakeConnection::die);
            client.send(query("SELECT 'long'"));
            running.await();
            client.cancel();
            assertThat(errors(client.readUntilReady())).isEqualTo("58000");
        }
    }

    /** The settings of its client are being applied to the server connection that it has. */
    @Test
    void aRequestBeforeTheQueryIsSentKeepsItFromBeingSent() throws Exception {
        try (FakePostgresServer server =
                        FakePostgresServer.start(connection -> {
                            connection.acceptLogin();
                            connection.expect('Q');
                            connection.send(
                                    BackendBytes.commandComplete("SET"),
                                    BackendBytes.parameterStatus("application_name", "other"),
                                    BackendBytes.readyForQuery('I'));
                            connection.expect('Q');
                            running.countDown();
                            answers.await();
                            connection.send(
                                    BackendBytes.commandComplete("RESET"),
                                    BackendBytes.parameterStatus("application_name", "sluice"),
                                    BackendBytes.readyForQuery('I'));
                            connection.expectQuery("SELECT 'next'");
                            connection.send(BackendBytes.oneRow("next", "next"));
                            connection.awaitClose();
                        });
                TestProxy proxy = proxyOf(server);
                RawPgClient client = proxy.login("acme");
                RawPgClient other = proxy.login("acme", Map.of("application_name", "other"))) {
            client.send(query("SELECT 'cancelled'"));
            running.await();
            client.cancel();
            answers.countDown();
            assertThat(errors(client.readUntilReady())).isEqualTo("57014");
            assertThat(client.queryOne("SELECT 'next'")).isEqualTo("next");
            assertThat(server.pendingCancels()).isZero();
            assertThat(other.parameters()).containsEntry("application_name", "other");
        }
    }
}
