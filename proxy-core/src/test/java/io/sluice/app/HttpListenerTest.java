package io.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where HTTP is listened on, and what that asks of its clients. */
class HttpListenerTest {
    private static final String CONSOLE =
            "sluice.console.users.admin { role = admin, verify = xyzzy }\n";
    private static final String TLS =
            """
            sluice.listen.http = "127.0.0.1:0"
            sluice.http.tls { mode = require, certificate = http.crt, key = http.key }
            """;

    @TempDir Path folder;

    private Running start(String listens) {
        return Running.start(folder, Running.config("acme") + CONSOLE + listens);
    }

    private static int port(Running running) {
        return LineClient.portOf(running.sluice.httpAddress());
    }

    private static String login() {
        return "Basic " + Base64.getEncoder().encodeToString("admin:xyzzy".getBytes(UTF_8));
    }

    private static HttpRequest.Builder request(String scheme, int port, String path) {
        return HttpRequest.newBuilder(
                        URI.create("%s://127.0.0.1:%d%s".formatted(scheme, port, path)))
                .timeout(Duration.ofSeconds(20));
    }

    private static HttpResponse<String> plainly(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }

    /** A client of its own for each request, so that each shakes hands anew. */
    private static HttpResponse<String> securely(SSLContext tls, HttpRequest.Builder request)
            throws Exception {
        try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }

    // ---- beyond loopback

    @Test
    void beyondLoopbackMetricsNeedTheLoginAndHealthDoesNot() throws Exception {
        try (Running running = start("sluice.listen.http = \"0.0.0.0:0\"\n")) {
            int port = port(running);
            assertThat(plainly(request("http", port, "/metrics")).statusCode()).isEqualTo(401);
            HttpRequest.Builder wrong =
                    request("http", port, "/metrics").header("Authorization", "Basic bm9ib2R5Og==");
            assertThat(plainly(wrong).statusCode()).isEqualTo(401);

            HttpResponse<String> metrics =
                    plainly(request("http", port, "/metrics").header("Authorization", login()));

            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.body()).contains("sluice_loop_up{");
            for (String health : new String[] {"/livez", "/readyz", "/startupz"}) {
                assertThat(plainly(request("http", port, health)).statusCode())
                        .as(health)
                        .isEqualTo(200);
            }
        }
    }

    /** It has names there that Sluice does not know. */
    @Test
    void beyondLoopbackAnyNameIsAnswered() throws Exception {
        try (Running running = start("sluice.listen.http = \"0.0.0.0:0\"\n");
                Socket client = new Socket("127.0.0.1", port(running))) {
            client.setSoTimeout(20_000);
            client.getOutputStream()
                    .write(
                            "GET /livez HTTP/1.1\r\nHost: sluice.example\r\nConnection: close\r\n\r\n"
                                    .getBytes(UTF_8));
            assertThat(new String(client.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    // ---- a unix socket

    @Test
    void aUnixSocketIsItsOwnersAndNeedsNoLoginForMetrics() throws Exception {
        Path socket = folder.resolve("http.sock");
        try (Running _ = start("sluice.listen.http = \"%s\"\n".formatted(socket))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            assertThat(raw(socket, "/metrics", "")).startsWith("HTTP/1.1 200 ");
            assertThat(raw(socket, "/show/pools", "")).startsWith("HTTP/1.1 401 ");
            assertThat(raw(socket, "/show/pools", "Authorization: " + login() + "\r\n"))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("\"tag\":\"SHOW\"");
        }
        assertThat(socket).doesNotExist();
    }

    private static String raw(Path socket, String path, String header) throws IOException {
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(socket));
            String request =
                    "GET %s HTTP/1.1\r\nHost: whatever\r\n%sConnection: close\r\n\r\n"
                            .formatted(path, header);
            client.write(ByteBuffer.wrap(request.getBytes(UTF_8)));
            return new String(Channels.newInputStream(client).readAllBytes(), UTF_8);
        }
    }

    // ---- TLS

    @Test
    void overTlsItShowsItsCertificateAndAnswersNothingInClear() throws Exception {
        LoopbackCertificate certificate = new LoopbackCertificate();
        certificate.write(folder);
        try (Running running = start(TLS)) {
            int port = port(running);
            assertThat(
                            securely(certificate.trusting(), request("https", port, "/metrics"))
                                    .statusCode())
                    .isEqualTo(200);
            HttpRequest.Builder pools =
                    request("https", port, "/show/pools").header("Authorization", login());
            assertThat(securely(certificate.trusting(), pools).body()).contains("\"tag\":\"SHOW\"");

            assertThatThrownBy(() -> plainly(request("http", port, "/livez")))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aRenewedCertificateIsShownToTheNextClient() throws Exception {
        LoopbackCertificate first = new LoopbackCertificate();
        first.write(folder);
        try (Running running = start(TLS);
                HttpClient there =
                        HttpClient.newBuilder()
                                .version(HttpClient.Version.HTTP_1_1)
                                .sslContext(first.trusting())
                                .build()) {
            int port = port(running);
            HttpRequest live = request("https", port, "/livez").build();
            assertThat(there.send(live, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            LoopbackCertificate second = new LoopbackCertificate();
            second.write(folder);

            assertThat(running.reload(Running.config("acme") + CONSOLE + TLS).inForce()).isTrue();

            assertThat(securely(second.trusting(), request("https", port, "/livez")).statusCode())
                    .isEqualTo(200);
            assertThatThrownBy(() -> securely(first.trusting(), request("https", port, "/livez")))
                    .isInstanceOf(SSLHandshakeException.class);
            assertThat(there.send(live, BodyHandlers.ofString()).statusCode())
                    .as("on a connection that was there before")
                    .isEqualTo(200);
        }
    }
}
