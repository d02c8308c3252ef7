package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.Operator;
import io.sluice.console.Reply;
import io.sluice.console.Table;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators are shown of Redis. */
class ShowsIT {
    private static RedisBackend backend;
    private TestProxy proxy;

    @BeforeAll
    static void startBackend() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stopBackend() {
        backend.close();
    }

    @BeforeEach
    void start() {
        backend.flush();
        proxy = TestProxy.start(backend);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private List<Map<String, @Nullable Object>> rows(String command) {
        Reply reply =
                proxy.sluice()
                        .console()
                        .execute(new Operator("admin", Role.ADMIN, "127.0.0.1:1"), command)
                        .toCompletableFuture()
                        .join();
        Table table = ((Reply.Rows) reply).table();
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (@Nullable Object[] values : table.rows()) {
            Map<String, @Nullable Object> row = new HashMap<>();
            for (int i = 0; i < values.length; i++) {
                row.put(table.columns().get(i).name(), values[i]);
            }
            rows.add(row);
        }
        return rows;
    }

    private Map<String, @Nullable Object> row(String command, String column, Object value) {
        return rows(command).stream()
                .filter(row -> Objects.equals(row.get(column), value))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + value + " in " + rows(command)));
    }

    @Test
    void sumsTheLanesOfADatabaseAndUserForPgBouncersToolsAndTellsThemApartForOthers()
            throws IOException {
        try (RawRespClient sharing = proxy.login("acme");
                RawRespClient blocked = proxy.login("acme");
                RawRespClient watching = proxy.login("acme")) {
            sharing.call("SET", "k", "v");
            watching.call("WATCH", "k");
            blocked.send(RedisBytes.command("BLPOP", "queue", "0"));
            await().until(() ->
                    rows("SHOW LANES").size() == 3
                            && Objects.equals(
                                    row("SHOW LANES", "lane", "blocking").get("active"), 1));

            assertThat(rows("SHOW POOLS"))
                    .filteredOn(pool -> Objects.equals(pool.get("user"), "app"))
                    .singleElement()
                    .satisfies(pool ->
                            assertThat(pool)
                                    .containsEntry("database", "acme/0")
                                    .containsEntry("cl_active", 3)
                                    .containsEntry("cl_waiting", 0)
                                    .containsEntry("sv_active", 2)
                                    .containsEntry("sv_idle", 1)
                                    .containsEntry("pool_mode", "transaction"));
            assertThat(rows("SHOW LANES"))
                    .extracting(
                            lane -> lane.get("lane"),
                            lane -> lane.get("sessions"),
                            lane -> lane.get("active"),
                            lane -> lane.get("idle"),
                            lane -> lane.get("open_slots"))
                    .containsExactlyInAnyOrder(
                            tuple("shared", 3, 0, 1, 0),
                            tuple("lease", 0, 1, 0, 0),
                            tuple("blocking", 0, 1, 0, 1));
            assertThat(row("SHOW CONNECTIONS", "lane", "blocking"))
                    .containsEntry("open_slots", 1)
                    .containsEntry("variant", "resp2")
                    .containsEntry("state", "active");
            assertThat(
                            row(
                                    "SHOW CLIENTS",
                                    "link",
                                    "s" + row("SHOW CONNECTIONS", "lane", "blocking").get("id")))
                    .containsEntry("state", "active");
            assertThat(row("SHOW DATABASES", "name", "acme/0"))
                    .containsEntry("current_connections", 3)
                    .containsEntry("current_client_connections", 3);
            assertThat(row("SHOW USERS", "name", "acme/app"))
                    .containsEntry("current_connections", 3);
        }
    }

    @Test
    void countsCommandsByTenantAndName() throws IOException {
        try (RawRespClient client = proxy.login("acme");
                RawRespClient other = proxy.login("globex")) {
            client.call("SET", "k", "text");
            client.call("SET", "k", "text");
            client.call("INCR", "k");
            client.call("PING");
            other.call("GET", "k");

            assertThat(rows("SHOW COMMANDS"))
                    .extracting(
                            row -> row.get("protocol"),
                            row -> row.get("tenant"),
                            row -> row.get("command"),
                            row -> row.get("calls"),
                            row -> row.get("errors"))
                    .containsExactly(
                            tuple("redis", "acme", "incr", 1L, 1L),
                            tuple("redis", "acme", "set", 2L, 0L),
                            tuple("redis", "globex", "get", 1L, 0L));
            byte[] set = RedisBytes.command("SET", "k", "text");
            assertThat(row("SHOW COMMANDS", "command", "set"))
                    .containsEntry("received", 2L * set.length)
                    .containsEntry("sent", 2L * "+OK\r\n".length());
        }
    }

    @Test
    void countsATransactionOnceHoweverItIsSent() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.call("SET", "k", "1");
            client.send(
                    RedisBytes.command("MULTI"),
                    RedisBytes.command("INCR", "k"),
                    RedisBytes.command("EXEC"));
            client.read();
            client.read();
            client.read();
            client.call("MULTI");
            client.call("INCR", "k");
            client.call("INCR", "k");
            client.call("EXEC");

            assertThat(row("SHOW STATS", "database", "acme/0"))
                    .containsEntry("total_xact_count", 3L)
                    .containsEntry("total_query_count", 6L);
        }
    }

    /** Of a transaction that EXEC did not end, no time is left for the command that comes next. */
    @Test
    void countsATransactionThatIsAborted() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.call("MULTI");
            client.call("SUBSCRIBE", "refused inside");
            client.call("EXEC");
            client.call("MULTI");
            client.call("DISCARD");

            assertThat(row("SHOW STATS", "database", "acme/0"))
                    .containsEntry("total_xact_count", 2L);
        }
    }

    @Test
    void tellsTheSameOverHttp() throws Exception {
        try (RawRespClient client = proxy.login("acme")) {
            client.call("SET", "k", "v");
            for (String topic : List.of("lanes", "commands", "sessions", "connections")) {
                assertThat(page("/show/" + topic))
                        .as(topic)
                        .startsWith("{\"tag\":\"SHOW\",\"columns\":[")
                        .contains("\"protocol\":\"redis\",\"tenant\":\"acme\"");
            }
            assertThat(page("/show/commands")).contains("\"command\":\"set\",\"calls\":1,");
            assertThat(page("/metrics").lines())
                    .contains(
                            "sluice_commands_total{command=\"set\",protocol=\"redis\"} 1.0",
                            "sluice_unread_bytes{protocol=\"redis\"} 0.0")
                    .anyMatch(line ->
                            line.startsWith("sluice_lane_connections{lane=\"shared\"")
                                    && line.contains("protocol=\"redis\",tenant=\"acme\"")
                                    && line.endsWith(" 1.0"));
        }
    }

    private String page(String path) throws IOException, InterruptedException {
        var address = (InetSocketAddress) Objects.requireNonNull(proxy.sluice().httpAddress());
        String login = "admin:" + TestProxy.PASSWORD;
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:%d%s".formatted(address.getPort(), path)))
                        .timeout(Duration.ofSeconds(20))
                        .header(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder().encodeToString(login.getBytes(UTF_8)))
                        .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, BodyHandlers.ofString()).body();
        }
    }

    @Test
    void tellsWhatClientsSayOfThemselves() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.call("HELLO", "3");
            client.call("CLIENT", "SETNAME", "worker-1");

            assertThat(rows("SHOW SESSIONS"))
                    .singleElement()
                    .satisfies(session ->
                            assertThat(session)
                                    .containsEntry("tenant", "acme")
                                    .containsEntry("application_name", "worker-1")
                                    .containsEntry("protocol_version", "RESP3")
                                    .containsEntry("state", "idle"));
        }
    }
}
