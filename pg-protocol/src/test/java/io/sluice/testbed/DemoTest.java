package io.sluice.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.spi.Demonstration.Ports;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo as a new user meets it; it lives here because it needs the protocol. */
@Timeout(value = 120, unit = SECONDS)
class DemoTest {

    @Test
    void printsConnectionStringsThatWorkAndLeavesNothingBehind() throws Exception {
        Set<Path> before = OwnedFolder.open();
        List<Path> folders = new ArrayList<>();
        var text = new ByteArrayOutputStream();
        var interrupted = new CompletableFuture<Void>();
        CompletableFuture<Void> demo =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                new Demo()
                                        .run(
                                                ports(0),
                                                new PrintStream(text, true, UTF_8),
                                                interrupted);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        task -> Thread.ofPlatform().start(task));
        try {
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> demo.isDone() || text.toString(UTF_8).contains("Ctrl-C"));
            if (demo.isDone()) {
                demo.join(); // and tell why
            }
            Set<Path> made = new HashSet<>(OwnedFolder.open());
            made.removeAll(before);
            // Its configuration, and its PostgreSQL.
            assertThat(made).hasSize(2).allSatisfy(folder -> assertThat(folder).isDirectory());
            folders.addAll(made);
            List<String> lines = text.toString(UTF_8).lines().toList();

            assertThat(lines.getFirst()).isEqualTo("ready");
            assertThat(lines.get(1)).startsWith("postgresql://app.acme:");
            assertThat(query(lines.get(1), "select current_database()")).isEqualTo("acme_shop");
            assertThat(lines.get(2)).startsWith("postgresql://app.globex:");
            assertThat(query(lines.get(2), "select current_user")).isEqualTo("globex_app");
            assertThat(query(lines.get(3), "show version")).containsIgnoringCase("bouncer");
            assertThat(query(lines.get(4), "select current_database()")).isEqualTo("acme_shop");
        } finally {
            interrupted.complete(null);
        }
        demo.join();
        assertThat(OwnedFolder.open()).isEqualTo(before);
        assertThat(folders).hasSize(2).allSatisfy(folder -> assertThat(folder).doesNotExist());
    }

    @Test
    void saysInOneLineThatAPortIsTaken() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            assertThatThrownBy(() -> new Demo().run(ports(port), System.out))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("port " + port)
                    .hasMessageNotContaining("\n");
        }
    }

    private static String query(String uri, String sql) throws SQLException {
        URI parts = URI.create(uri);
        List<String> login = List.of(parts.getUserInfo().split(":", 2));
        String url =
                "jdbc:postgresql://%s:%d%s"
                        .formatted(parts.getHost(), parts.getPort(), parts.getPath());
        try (var connection = DriverManager.getConnection(url, login.get(0), login.get(1));
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }

    private static Ports ports(int postgres) {
        return new Ports(Map.of("postgres", postgres), 0);
    }
}
