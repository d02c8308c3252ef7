package io.sluice.pg.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** What a proxy's HTTP answers. */
final class HttpPages {
    private HttpPages() {}

    /** Every sample of {@code /metrics} by its name and labels. */
    static Map<String, Double> metrics(TestProxy proxy) throws IOException, InterruptedException {
        return send(request(proxy, "/metrics"))
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .collect(Collectors.toMap(HttpPages::name, HttpPages::value));
    }

    private static String name(String sample) {
        return sample.substring(0, sample.lastIndexOf(' '));
    }

    private static double value(String sample) {
        return Double.parseDouble(sample.substring(sample.lastIndexOf(' ') + 1));
    }

    /** Gives a console command as a user with the password of all. */
    static HttpResponse<String> command(TestProxy proxy, String user, String command)
            throws IOException, InterruptedException {
        String login = user + ":" + TestProxy.PASSWORD;
        String token = Base64.getEncoder().encodeToString(login.getBytes(UTF_8));
        return send(
                request(proxy, "/console")
                        .header("Authorization", "Basic " + token)
                        .header("X-Sluice-Console", "1")
                        .POST(HttpRequest.BodyPublishers.ofString(command)));
    }

    private static HttpRequest.Builder request(TestProxy proxy, String path) {
        var address = (InetSocketAddress) Objects.requireNonNull(proxy.sluice().httpAddress());
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d%s".formatted(address.getPort(), path)))
                .timeout(Duration.ofSeconds(20));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }
}
