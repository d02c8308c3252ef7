package io.sluice.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ConfigView;
import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.CommandConsole;
import io.sluice.console.Operator;
import io.sluice.console.Reply;
import io.sluice.console.TestProxy;
import io.sluice.guard.Outcome;
import io.sluice.metrics.Counter;
import io.sluice.metrics.PinCounts;
import io.sluice.metrics.Stats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpServerTest {
    private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(\\w+)` \\| (\\w+) \\|");

    private final TestProxy proxy = new TestProxy();
    private final CommandConsole console =
            new CommandConsole(proxy, proxy, "0.1.0", () -> new ConfigView(List.of()));
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = Objects.requireNonNull(HttpServer.start(proxy, proxy, console, "0.1.0"));
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        console.close();
        proxy.close();
    }

    private int port() {
        return ((InetSocketAddress) server.address()).getPort();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(20));
    }

    private static HttpRequest.Builder as(HttpRequest.Builder request, String user, String word) {
        String token = Base64.getEncoder().encodeToString((user + ":" + word).getBytes(UTF_8));
        return request.header("Authorization", "Basic " + token);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> command(String user, String text) throws Exception {
        return send(
                as(request("/console"), user, TestProxy.PASSWORD)
                        .header(HttpDesk.CONSOLE_HEADER, "1")
                        .POST(HttpRequest.BodyPublishers.ofString(text)));
    }

    /** Sends bytes as they are and reads what comes until the server closes. */
    private String raw(String bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(bytes.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    // ---- health

    @Test
    void tellsHealthWithoutALogin() throws Exception {
        assertThat(send(request("/livez")).statusCode()).isEqualTo(200);
        assertThat(send(request("/readyz")).body()).isEqualTo("ok\n");
        assertThat(send(request("/startupz")).statusCode()).isEqualTo(200);
    }

    @Test
    void isNotReadyBeforeItsListenersAreUpNorWhileItDrains() throws Exception {
        proxy.ready = false;
        assertThat(send(request("/readyz")).statusCode()).isEqualTo(503);
        assertThat(send(request("/startupz")).statusCode()).isEqualTo(503);
        proxy.ready = true;
        assertThat(send(request("/startupz")).statusCode()).isEqualTo(200);
        proxy.draining = true;
        assertThat(send(request("/readyz")).body()).isEqualTo("draining\n");
        assertThat(send(request("/livez")).statusCode()).isEqualTo(200);
    }

    // ---- metrics

    /** Neither a name that nobody knows of, nor one that is promised only. */
    @Test
    void hasTheMetricsThatTheDocumentNamesAndNoOthers() throws Exception {
        proxy.connect(0, "acme", "shop");
        proxy.pinCounts().know(new PinCounts.Reason("postgres", "listen"));
        proxy.unread().know("redis", () -> 0);
        proxy.kinds().know("redis", List.of("get"));
        proxy.kinds().of("redis", "acme", 0).record(0, Outcome.OK, 1, 1, 1);
        List<String> documented =
                DOCUMENTED
                        .matcher(Files.readString(Path.of("../docs/metrics.md")))
                        .results()
                        .map(row -> row.group(1) + " " + row.group(2))
                        .toList();
        assertThat(documented).hasSizeGreaterThan(30);

        List<String> told =
                send(request("/metrics"))
                        .body()
                        .lines()
                        .filter(line -> line.matches("# TYPE (db|sluice)_.*"))
                        .map(line -> line.substring("# TYPE ".length()))
                        .toList();

        assertThat(told).containsExactlyInAnyOrderElementsOf(documented);
    }

    @Test
    void exposesTheNamesThatDashboardsAskFor() throws Exception {
        proxy.connect(0, "acme", "shop");
        Stats stats = proxy.stats().of("postgres", "acme", "shop", 0);
        stats.add(Counter.QUERIES, 3);
        stats.add(Counter.AGGREGATIONS, 1);
        stats.add(Counter.TIMEOUTS, 2);
        stats.queries().record(2_000_000);
        proxy.pinCounts().count(new PinCounts.Reason("postgres", "listen"));

        HttpResponse<String> response = send(request("/metrics"));

        assertThat(response.headers().firstValue("content-type").orElseThrow())
                .startsWith("text/plain; version=0.0.4");
        assertThat(response.body())
                .contains(
                        "db_active_connections{",
                        "db_pool_size{",
                        "db_queue_depth{",
                        "db_queries_total{protocol=\"postgres\",tenant=\"acme\",tier=\"pro\"} 3.0",
                        "sluice_operations_by_class_total{class=\"aggregation\",protocol=\"postgres\",tenant=\"acme\",tier=\"pro\"}"
                                + " 1.0",
                        "process_resident_memory_bytes ",
                        "db_errors_total{protocol=\"postgres\",reason=\"timeout\",tenant=\"acme\",tier=\"pro\"}"
                                + " 2.0",
                        "db_query_duration_seconds_bucket{protocol=\"postgres\",tier=\"pro\",le=\"0.001\"}"
                                + " 0",
                        "db_query_duration_seconds_bucket{protocol=\"postgres\",tier=\"pro\",le=\"0.0025\"}"
                                + " 1",
                        "db_query_duration_seconds_bucket{protocol=\"postgres\",tier=\"pro\",le=\"10.0\"}",
                        "db_connection_acquire_duration_seconds_bucket{",
                        "sluice_pins_by_reason_total{protocol=\"postgres\",reason=\"listen\"} 1.0",
                        "sluice_loop_up{loop=\"0\"} 1.0",
                        "sluice_build_info{version=\"0.1.0\"} 1",
                        "sluice_sent_bytes_total{",
                        "jvm_memory_used_bytes{",
                        "process_uptime_seconds");
    }

    /** However many tenants there are, a command has one series of each. */
    @Test
    void tellsHowCommandsGoOfAllTenantsTogether() throws Exception {
        proxy.kinds().know("redis", List.of("get", "set"));
        proxy.kinds().of("redis", "acme", 0).record(0, Outcome.OK, 1_500_000_000, 10, 20);
        proxy.kinds().of("redis", "acme", 1).record(0, Outcome.TIMEOUT, 500_000_000, 10, 20);
        proxy.kinds().of("redis", "globex", 1).record(0, Outcome.BACKEND_FAULT, 0, 10, 20);

        assertThat(send(request("/metrics")).body().lines())
                .contains(
                        "sluice_commands_total{command=\"get\",protocol=\"redis\"} 3.0",
                        "sluice_command_errors_total{command=\"get\",protocol=\"redis\"} 1.0",
                        "sluice_command_timeouts_total{command=\"get\",protocol=\"redis\"} 1.0",
                        "sluice_command_seconds_total{command=\"get\",protocol=\"redis\"} 2.0")
                .noneMatch(line -> line.contains("command=\"set\""));
    }

    @Test
    void tellsWhatClientsLeaveUnread() throws Exception {
        proxy.unread().know("redis", () -> 123_456);

        assertThat(send(request("/metrics")).body().lines())
                .contains("sluice_unread_bytes{protocol=\"redis\"} 123456.0");
    }

    @Test
    void speaksOpenMetricsToWhoAsksForIt() throws Exception {
        HttpResponse<String> response =
                send(
                        request("/metrics")
                                .header(
                                        "Accept",
                                        "application/openmetrics-text;version=1.0.0,text/plain"));
        assertThat(response.body()).endsWith("# EOF\n");
    }

    // ---- tables and commands

    @Test
    void showsTablesToWhoLogsIn() throws Exception {
        proxy.connect(0, "acme", "shop");

        HttpResponse<String> response =
                send(as(request("/show/pools"), "watcher", TestProxy.PASSWORD));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .startsWith(
                        "{\"tag\":\"SHOW\",\"columns\":[{\"name\":\"database\",\"type\":\"text\"}")
                .contains("{\"database\":\"acme/shop\",\"user\":\"app\",\"cl_active\":1,")
                .contains("\"load_balance_hosts\":null}")
                .endsWith("],\"notices\":[]}\n");
        assertThat(response.headers().firstValue("cache-control")).hasValue("no-store");
    }

    @Test
    void hasATwinOfEveryShow() throws Exception {
        var help =
                (Reply.Notice)
                        console.execute(new Operator("watcher", Role.STATS, "here"), "SHOW HELP")
                                .toCompletableFuture()
                                .join();
        List<String> topics =
                help.detail()
                        .lines()
                        .map(String::strip)
                        .filter(line -> line.startsWith("SHOW "))
                        .map(line -> line.substring("SHOW ".length()))
                        .filter(topic -> !topic.equals("HELP"))
                        .toList();
        assertThat(topics).contains("POOLS", "STATS_AVERAGES", "TENANTS", "PIN_REASONS", "MEM");
        for (String topic : topics) {
            String path = "/show/" + topic.toLowerCase(Locale.ROOT);
            HttpResponse<String> twin = send(as(request(path), "watcher", TestProxy.PASSWORD));
            assertThat(twin.statusCode()).as(path).isEqualTo(200);
            console.columnsOf("SHOW " + topic)
                    .forEach(column ->
                            assertThat(twin.body())
                                    .as(path)
                                    .contains("{\"name\":\"" + column.name() + "\","));
        }
    }

    @Test
    void showsNothingToAnybodyElse() throws Exception {
        HttpResponse<String> anonymous = send(request("/show/pools"));
        assertThat(anonymous.statusCode()).isEqualTo(401);
        assertThat(anonymous.headers().firstValue("www-authenticate").orElseThrow())
                .startsWith("Basic realm=");
        assertThat(send(as(request("/show/pools"), "watcher", "wrong")).statusCode())
                .isEqualTo(401);
        assertThat(send(as(request("/show/pools"), "nobody", TestProxy.PASSWORD)).statusCode())
                .isEqualTo(401);
        assertThat(send(request("/show/pools").header("Authorization", "Basic ???")).statusCode())
                .isEqualTo(401);
    }

    @Test
    void letsNobodyGuessForLong() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThat(send(as(request("/show/pools"), "watcher", "guess " + i)).statusCode())
                    .isEqualTo(401);
        }
        HttpResponse<String> refused =
                send(as(request("/show/pools"), "watcher", TestProxy.PASSWORD));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("retry-after")).isPresent();
    }

    @Test
    void executesCommandsOfAdmins() throws Exception {
        assertThat(command("admin", "PAUSE reports").body())
                .isEqualTo("{\"tag\":\"PAUSE\",\"notices\":[]}\n");
        assertThat(command("admin", "SHOW STATE").statusCode()).isEqualTo(200);
        HttpResponse<String> denied = command("watcher", "RESUME reports");
        assertThat(denied.statusCode()).isEqualTo(403);
        assertThat(denied.body()).startsWith("{\"failure\":\"denied\"");
        assertThat(command("admin", "NONSENSE").statusCode()).isEqualTo(400);
    }

    @Test
    void takesNoCommandThatAForeignPageCouldSend() throws Exception {
        HttpRequest.Builder withoutHeader =
                as(request("/console"), "admin", TestProxy.PASSWORD)
                        .POST(HttpRequest.BodyPublishers.ofString("PAUSE"));
        assertThat(send(withoutHeader).statusCode()).isEqualTo(403);
        assertThat(send(as(request("/console"), "admin", TestProxy.PASSWORD)).statusCode())
                .isEqualTo(405);
        assertThat(proxy.switches().isAllPaused()).isFalse();
    }

    // ---- what does not belong here

    @Test
    void answersNoForeignNameThatResolvesHere() throws IOException {
        assertThat(raw("GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 421 ");
        assertThat(raw("GET /livez HTTP/1.1\r\nHost: LocalHost:9127\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(raw("GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
    }

    @Test
    void refusesWhatIsTooLong() throws Exception {
        assertThat(command("admin", "x".repeat(9000)).statusCode()).isEqualTo(413);
        assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(9000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void knowsNoOtherPagesAndMethods() throws Exception {
        assertThat(send(request("/")).statusCode()).isEqualTo(404);
        assertThat(send(request("/show/../console")).statusCode()).isEqualTo(404);
        assertThat(send(request("/metrics").DELETE()).statusCode()).isEqualTo(405);
        HttpResponse<String> head =
                send(request("/livez").method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }
}
