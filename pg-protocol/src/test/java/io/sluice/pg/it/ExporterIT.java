package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What collectors of PgBouncer's figures ask and expect, word for word: pgbouncer_exporter, which
 * reads columns by name, and CloudNativePG's collector, which reads them by position.
 */
class ExporterIT {
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start(SharedPostgres.backend());
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    /** As lib/pq logs in for pgbouncer_exporter, anew for each scrape. */
    private static RawPgClient exporter() throws IOException {
        RawPgClient client = proxy.connect();
        client.login(
                "stats",
                TestProxy.PASSWORD,
                Map.of(
                        "database",
                        "pgbouncer",
                        "client_encoding",
                        "UTF8",
                        "datestyle",
                        "ISO, MDY",
                        "extra_float_digits",
                        "2"));
        return client;
    }

    private static List<String> columns(List<PgMessage> answer) {
        return answer.stream()
                .filter(message -> message.type() == 'T')
                .findFirst()
                .map(Answers::columns)
                .orElseThrow(() -> new AssertionError("no table: " + answer));
    }

    /** Each is a label: text, or NULL. Each of the others is parsed as a number. */
    private static void assertColumns(
            List<Map<String, @Nullable String>> rows, List<String> labels, List<String> numbers) {
        assertThat(rows)
                .isNotEmpty()
                .allSatisfy(row -> {
                    assertThat(row).containsKeys(labels.toArray(String[]::new));
                    for (String number : numbers) {
                        assertThat(row.get(number)).as(number).matches("-?\\d+(\\.\\d+)?");
                    }
                });
    }

    @Test
    void findsTheColumnsThatPgbouncerExporterReads() throws IOException {
        try (RawPgClient client = proxy.login("acme", Map.of("application_name", "shop"));
                RawPgClient exporter = exporter()) {
            client.queryOne("select 1");

            assertThat(Answers.errors(exporter.query("SHOW STATS"))).isEmpty();
            List<PgMessage> version = exporter.query("SHOW VERSION;");
            assertThat(columns(version)).containsExactly("version");
            assertThat(Answers.rows(version)).startsWith("PgBouncer 1.25.2");
            List<PgMessage> lists = exporter.query("SHOW LISTS;");
            assertThat(columns(lists)).hasSize(2);
            assertColumns(Answers.table(lists), List.of("list"), List.of("items"));
            List<PgMessage> config = exporter.query("SHOW CONFIG;");
            assertThat(columns(config)).containsExactly("key", "value", "default", "changeable");
            assertThat(Answers.table(config))
                    .filteredOn(row ->
                            List.of("max_client_conn", "max_user_connections")
                                    .contains(row.get("key")))
                    .hasSize(2)
                    .allSatisfy(row -> assertThat(row.get("value")).matches("\\d+"));
            assertThat(Answers.table(exporter.query("SHOW CLIENTS;")))
                    .anySatisfy(row ->
                            assertThat(row)
                                    .containsEntry("database", "acme/app")
                                    .containsEntry("user", "app")
                                    .containsEntry("state", "idle")
                                    .containsEntry("application_name", "shop"));
            assertColumns(
                    Answers.table(exporter.query("SHOW databases;")),
                    List.of("name", "host", "port", "database", "force_user", "pool_mode"),
                    List.of(
                            "pool_size",
                            "reserve_pool_size",
                            "max_connections",
                            "current_connections",
                            "paused",
                            "disabled"));
            assertColumns(
                    Answers.table(exporter.query("SHOW stats_totals;")),
                    List.of("database"),
                    List.of(
                            "query_count",
                            "query_time",
                            "bytes_received",
                            "bytes_sent",
                            "wait_time",
                            "xact_count",
                            "xact_time",
                            "client_parse_count",
                            "server_parse_count",
                            "bind_count",
                            "server_assignment_count"));
            assertColumns(
                    Answers.table(exporter.query("SHOW pools;")),
                    List.of("database", "user"),
                    List.of(
                            "cl_active",
                            "cl_waiting",
                            "cl_active_cancel_req",
                            "cl_waiting_cancel_req",
                            "sv_active",
                            "sv_active_cancel",
                            "sv_being_canceled",
                            "sv_idle",
                            "sv_used",
                            "sv_tested",
                            "sv_login",
                            "maxwait"));
        }
    }

    /** A row of a form that it does not know is read as that of an old version. */
    @Test
    void hasTheColumnCountsThatCollectorsByPositionKnow() throws IOException {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient exporter = exporter()) {
            client.queryOne("select 1");
            assertThat(columns(exporter.query("SHOW LISTS;"))).hasSize(2);
            assertThat(columns(exporter.query("SHOW POOLS;"))).hasSize(17);
            assertThat(columns(exporter.query("SHOW STATS;"))).hasSize(23);
            for (Map<String, @Nullable String> row : Answers.table(exporter.query("SHOW POOLS;"))) {
                assertThat(Objects.requireNonNull(row.get("pool_mode")))
                        .isIn("transaction", "statement");
            }
        }
    }
}
