package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.LoginRefused;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A PostgreSQL that is restarted, or killed, while clients are at work. */
@Timeout(120)
class RestartUnderLoadIT {
    private static final int CLIENTS = 16;
    private static final int RESTARTS = 2;

    /** What a client may be told of a server that is gone or not yet there. */
    private static final Set<String> CLEAN =
            Set.of("57P01", "57P02", "57P03", "58000", "53000", "08006");

    private static PostgresBackend backend;

    private final Set<String> states = ConcurrentHashMap.newKeySet();
    private final AtomicInteger rounds = new AtomicInteger();
    private volatile boolean over;

    @BeforeAll
    static void start() {
        backend = PostgresBackend.start();
        TestProxy.prepare(backend);
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void clientsAreToldCleanlyAndGoOnByThemselves(boolean killed) throws Exception {
        try (TestProxy proxy =
                        TestProxy.start(
                                backend.host() + ":" + backend.port(),
                                Clock.SYSTEM,
                                "sluice.backend.login-retry = 50ms");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> clients = new ArrayList<>();
            for (int number = 0; number < CLIENTS; number++) {
                int own = number;
                clients.add(
                        threads.submit(() -> {
                            work(proxy, own);
                            return null;
                        }));
            }
            try {
                for (int i = 0; i < RESTARTS; i++) {
                    awaitRounds(CLIENTS * 5, clients);
                    if (killed) {
                        backend.crash();
                    } else {
                        backend.stop();
                    }
                    await().until(() -> !states.isEmpty());
                    backend.startAgain();
                }
                awaitRounds(CLIENTS * 20, clients);
            } finally {
                over = true;
            }
            for (Future<?> client : clients) {
                client.get();
            }
            assertThat(CLEAN).containsAll(states);
            await().until(() -> proxy.leases() == 0);
            await().until(() -> proxy.onSessions(session -> session).isEmpty());
        }
    }

    private void awaitRounds(int more, List<Future<?>> clients) throws Exception {
        int goal = rounds.get() + more;
        await().atMost(Duration.ofSeconds(40))
                .until(() ->
                        rounds.get() >= goal
                                || clients.stream()
                                        .anyMatch(client -> client.state() == Future.State.FAILED));
        for (Future<?> client : clients) {
            if (client.state() == Future.State.FAILED) {
                client.get();
            }
        }
    }

    /** Works until the end of the test; whenever it is closed it comes again. */
    private void work(TestProxy proxy, int number) throws IOException {
        while (!over) {
            try (RawPgClient client = proxy.login(number % 2 == 0 ? "acme" : "globex")) {
                boolean stays = true;
                while (stays && !over) {
                    stays =
                            number % 3 == 0
                                    ? transaction(client, number)
                                    : isAnswered(client, number, 'I');
                }
            } catch (LoginRefused refused) {
                states.add(refused.error().sqlState());
            }
        }
    }

    private boolean transaction(RawPgClient client, int number) throws IOException {
        List<PgMessage> begun = answer(client, "begin");
        if (begun.getLast().type() != 'Z') {
            return false;
        }
        if (begun.getLast().transactionStatus() == 'I') {
            return true; // it was told that there is no server
        }
        return isAnswered(client, number, 'T') && answer(client, "commit").getLast().type() == 'Z';
    }

    /** Whether the client stays: it was answered with its own number, or told why not. */
    private boolean isAnswered(RawPgClient client, int number, char status) throws IOException {
        List<PgMessage> answer = answer(client, "select " + number);
        PgMessage last = answer.getLast();
        if (last.type() != 'Z') {
            return false;
        }
        assertThat(last.transactionStatus()).isEqualTo(status);
        if (answer.stream().noneMatch(message -> message.type() == 'E')) {
            assertThat(Answers.column(answer)).containsExactly(String.valueOf(number));
            rounds.incrementAndGet();
        }
        return true;
    }

    /** An answer up to ReadyForQuery, or up to the error with which the connection was closed. */
    private List<PgMessage> answer(RawPgClient client, String sql) throws IOException {
        List<PgMessage> answer = new ArrayList<>();
        send(client, sql);
        do {
            PgMessage message = client.read();
            answer.add(message);
            if (message.type() == 'E') {
                states.add(message.sqlState());
                if (Objects.equals(message.field('S'), "FATAL")) {
                    assertThat(isClosed(client)).as("closed after " + message).isTrue();
                    return answer;
                }
            }
        } while (answer.getLast().type() != 'Z');
        return answer;
    }

    /** A connection that is closed already has its reason to be read. */
    private static void send(RawPgClient client, String sql) throws IOException {
        try {
            client.send(FrontendBytes.query(sql));
        } catch (SocketException closedMeanwhile) {
            assertThat(closedMeanwhile).hasMessageMatching("Broken pipe|Connection reset.*");
        }
    }

    private static boolean isClosed(RawPgClient client) throws IOException {
        try {
            return client.atEnd();
        } catch (SocketException reset) {
            return true; // what it sent meanwhile met a closed connection
        }
    }
}
