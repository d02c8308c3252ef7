package io.sluice.pg.it;

import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.flush;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is counted of a known series of requests, wherever it is told. Time stands still but where
 * the series moves it, so that the times are known, too.
 */
class StatsIT {
    private static final String ACME = "{protocol=\"postgres\",tenant=\"acme\",tier=\"default\"}";

    private final VirtualClock clock = new VirtualClock();
    private TestProxy proxy;

    /** Bytes that clients sent, and that the server answered, behind the logins. */
    private long received;

    private long sent;

    @BeforeEach
    void start() {
        PostgresBackend backend = SharedPostgres.backend();
        proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        clock,
                        "sluice.backends.main.tls.mode = disable",
                        "sluice.pool { max = 1, max-waiters = 1, acquire-timeout = 5s }",
                        "sluice.timeouts { query = 2s, idle-in-transaction = off, wait-notice = off }",
                        "sluice.postgres.server.statement-timeout = off");
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private void send(RawPgClient client, byte[]... messages) throws IOException {
        received += FrontendBytes.all(messages).length;
        client.send(messages);
    }

    /** Counts an answer that came from the server. */
    private List<PgMessage> answered(List<PgMessage> answer) {
        answer.forEach(message -> sent += message.bytes().length);
        return answer;
    }

    private List<PgMessage> ask(RawPgClient client, String sql) throws IOException {
        send(client, query(sql));
        return answered(client.readUntilReady());
    }

    private void awaitWaiting(int count) {
        await().until(() ->
                proxy.onPools(pool -> pool.waiting()).stream().mapToInt(Integer::intValue).sum()
                        == count);
    }

    /** Takes ten seconds of the clock. */
    private void giveRequests(RawPgClient a, RawPgClient b, RawPgClient c) throws IOException {
        ask(a, "select 1");
        ask(a, "begin");
        ask(a, "select 2");
        clock.advance(Duration.ofMillis(40));
        ask(a, "commit");

        // Both prepare the same; the server does so once. The first takes its time to end.
        send(b, parse("mine", "select $1::int"), bind("", "mine", "7"), execute("", 0), flush());
        answered(b.readUntil('C'));
        clock.advance(Duration.ofMillis(30));
        send(b, sync());
        answered(b.readUntilReady());
        send(c, parse("its", "select $1::int"), bind("", "its", "8"), execute("", 0), sync());
        answered(c.readUntilReady());
        assertThat(Answers.errors(ask(c, "select 1/0"))).isEqualTo("22012");

        // One waits and is served, and the next is one too many.
        ask(a, "begin");
        send(b, query("select 3"));
        awaitWaiting(1);
        send(c, query("select 4"));
        assertThat(Answers.errors(c.readUntilReady())).isEqualTo("53300");
        clock.advance(Duration.ofMillis(250));
        ask(a, "commit");
        assertThat(Answers.column(answered(b.readUntilReady()))).containsExactly("3");

        // One waits in vain, and another goes away meanwhile.
        ask(a, "begin");
        send(b, query("select 5"));
        awaitWaiting(1);
        clock.advance(Duration.ofSeconds(5));
        assertThat(Answers.errors(b.readUntilReady())).isEqualTo("53300");
        send(c, query("select 6"));
        awaitWaiting(1);
        c.close();
        await().until(() -> proxy.onSessions(session -> session.id()).size() == 2);
        ask(a, "rollback");

        // Pinned once, for two reasons.
        ask(a, "listen news");
        ask(a, "prepare p as select 1");
        clock.advance(Duration.ofMillis(4680));
        Sweeps.await(proxy.sluice());
    }

    private static List<@Nullable String> row(RawPgClient console, String show, String name)
            throws IOException {
        return console.query(show).stream()
                .filter(message -> message.type() == 'D')
                .map(PgMessage::values)
                .filter(values -> name.equals(values.getFirst()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(show + " has no row " + name));
    }

    @Test
    void tellsWhatHappenedWhereverItIsAskedFor() throws Exception {
        try (RawPgClient a = proxy.login("acme");
                RawPgClient b = proxy.login("acme");
                RawPgClient c = proxy.login("acme");
                RawPgClient console = proxy.connect()) {
            console.login("stats", TestProxy.PASSWORD, Map.of("database", "pgbouncer"));
            giveRequests(a, b, c);

            String bytes = received + " " + sent;
            String totals = "10 10 14 %s 5570000 30000 250000 2 1 2".formatted(bytes);
            String averages =
                    "1 1 1 %d %d 557000 2142 25000 0 0 0"
                            .formatted(Math.round(received / 10.0), Math.round(sent / 10.0));
            String zeros = "0 0 0 0 0 0 0 0 0 0 0";
            assertThat(row(console, "SHOW STATS_TOTALS", "acme/app"))
                    .isEqualTo(words("acme/app " + totals));
            assertThat(row(console, "SHOW STATS_AVERAGES", "acme/app"))
                    .isEqualTo(words("acme/app " + averages));
            assertThat(row(console, "SHOW STATS", "acme/app"))
                    .isEqualTo(words("acme/app " + totals + " " + averages));
            assertThat(row(console, "SHOW STATS", "globex/app"))
                    .isEqualTo(words("globex/app " + zeros + " " + zeros));
            assertThat(console.query("SHOW TOTALS"))
                    .filteredOn(message -> message.type() == 'D')
                    .extracting(message -> message.values().get(1))
                    .isEqualTo(words(totals + " " + averages));
            assertThat(row(console, "SHOW TENANTS", "acme"))
                    .isEqualTo(words("acme default 1 1 2 0 1 0 1 0 14 1 2"));
            assertThat(row(console, "SHOW TENANTS", "globex"))
                    .isEqualTo(words("globex default 1 1 0 0 0 0 0 0 0 0 0"));
            assertMetrics(HttpPages.metrics(proxy));
        }
    }

    @Test
    void tellsByWhoseDoingOperationsEnded() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            assertThat(client.query("select pg_terminate_backend(pg_backend_pid())"))
                    .anyMatch(message -> message.type() == 'E');
            SharedPostgres.putToSleep(client);
            clock.advance(Duration.ofSeconds(2));
            assertThat(Answers.errors(client.readUntilReady())).isEqualTo("57014");
            SharedPostgres.putToSleep(client);
            client.cancel();
            assertThat(Answers.errors(client.readUntilReady())).isEqualTo("57014");
            Sweeps.await(proxy.sluice());

            assertThat(HttpPages.metrics(proxy))
                    .contains(
                            entry("db_queries_total" + ACME, 3.0),
                            entry(error("backend"), 1.0),
                            entry(error("timeout"), 1.0),
                            entry(error("abandoned"), 1.0),
                            entry(error("client"), 0.0),
                            entry(error("refused"), 0.0),
                            entry("sluice_cancels_total" + ACME, 2.0),
                            entry("sluice_server_connects_total" + ACME, 2.0));
        }
    }

    private static List<String> words(String line) {
        return List.of(line.split(" ", -1));
    }

    // ---- metrics

    private void assertMetrics(Map<String, Double> metrics) {
        assertThat(metrics)
                .contains(
                        entry("db_queries_total" + ACME, 14.0),
                        entry("sluice_transactions_total" + ACME, 10.0),
                        entry("sluice_leases_total" + ACME, 10.0),
                        entry("sluice_logins_total" + ACME, 3.0),
                        entry("sluice_pins_total" + ACME, 1.0),
                        entry("sluice_cancels_total" + ACME, 0.0),
                        entry("sluice_server_connects_total" + ACME, 1.0),
                        entry("sluice_server_connect_failures_total" + ACME, 0.0),
                        entry("sluice_client_parses_total" + ACME, 2.0),
                        entry("sluice_server_parses_total" + ACME, 1.0),
                        entry("sluice_binds_total" + ACME, 2.0),
                        entry("sluice_received_bytes_total" + ACME, (double) received),
                        entry("sluice_sent_bytes_total" + ACME, (double) sent),
                        entry("sluice_transaction_seconds_total" + ACME, 5.57),
                        entry("sluice_wait_seconds_total" + ACME, 0.25))
                .contains(
                        entry(error("client"), 1.0),
                        entry(error("refused"), 2.0),
                        entry(error("abandoned"), 1.0),
                        entry(error("backend"), 0.0),
                        entry(error("timeout"), 0.0),
                        entry(ofClass("simple-read"), 11.0),
                        entry(ofClass("write"), 3.0),
                        entry(ofClass("other"), 0.0),
                        entry(pinned("listen"), 1.0),
                        entry(pinned("sql-prepare"), 1.0),
                        entry(pinned("load"), 0.0))
                .contains(
                        entry("db_active_connections" + ACME, 1.0),
                        entry("db_pool_size" + ACME, 1.0),
                        entry("db_queue_depth" + ACME, 0.0),
                        entry("sluice_pool_max_connections" + ACME, 1.0),
                        entry("sluice_pool_idle_connections" + ACME, 0.0),
                        entry("sluice_sessions" + ACME, 2.0),
                        entry("sluice_clients", 2.0))
                .contains(
                        entry(upTo("db_query_duration_seconds", "0.001"), 13.0),
                        entry(upTo("db_query_duration_seconds", "0.025"), 13.0),
                        entry(upTo("db_query_duration_seconds", "0.05"), 14.0),
                        entry(ofTier("db_query_duration_seconds_count"), 14.0),
                        entry(ofTier("db_query_duration_seconds_sum"), 0.03),
                        entry(upTo("db_connection_acquire_duration_seconds", "0.1"), 9.0),
                        entry(upTo("db_connection_acquire_duration_seconds", "0.25"), 10.0),
                        entry(ofTier("db_connection_acquire_duration_seconds_count"), 10.0),
                        entry(ofTier("db_connection_acquire_duration_seconds_sum"), 0.25));
        assertThat(metrics.keySet()).noneMatch(name -> name.contains("tenant=\"other\""));
    }

    private static String error(String reason) {
        return "db_errors_total{protocol=\"postgres\",reason=\"%s\",tenant=\"acme\",tier=\"default\"}"
                .formatted(reason);
    }

    private static String ofClass(String name) {
        return "sluice_operations_by_class_total{class=\"%s\",protocol=\"postgres\",tenant=\"acme\",tier=\"default\"}"
                .formatted(name);
    }

    private static String pinned(String reason) {
        return "sluice_pins_by_reason_total{protocol=\"postgres\",reason=\"%s\"}".formatted(reason);
    }

    private static String ofTier(String name) {
        return name + "{protocol=\"postgres\",tier=\"default\"}";
    }

    private static String upTo(String histogram, String seconds) {
        return "%s_bucket{protocol=\"postgres\",tier=\"default\",le=\"%s\"}"
                .formatted(histogram, seconds);
    }
}
