package io.sluice.testbed;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo as a new user meets it; it lives here because it needs the protocol. */
@Timeout(value = 120, unit = SECONDS)
class DemoTest {

    @Test
    void printsConnectionStringsThatWorkAndLeavesNothingBehind() throws Exception {
        Set<Path> before = OwnedFolder.open();
        List<Path> folders = new ArrayList<>();
        try (ShownDemo demo = new ShownDemo("/opt/sluice")) {
            Set<Path> made = new HashSet<>(OwnedFolder.open());
            made.removeAll(before);
            // Its configuration, and its PostgreSQL.
            assertThat(made).hasSize(2).allSatisfy(folder -> assertThat(folder).isDirectory());
            folders.addAll(made);
            List<String> lines = demo.lines();

            assertThat(lines.getFirst()).isEqualTo("ready");
            assertThat(lines.get(1)).startsWith("postgresql://app.acme:");
            assertThat(query(lines.get(1), "select current_database()")).isEqualTo("acme_shop");
            assertThat(lines.get(2)).startsWith("postgresql://app.globex:");
            assertThat(query(lines.get(2), "select current_user")).isEqualTo("globex_app");
            assertThat(query(lines.get(3), "show version")).containsIgnoringCase("bouncer");
            assertThat(query(lines.get(4), "select current_database()")).isEqualTo("acme_shop");
            printsThreeCommands(demo.commands(), URI.create(lines.get(1)), lines.get(3));
            assertThat(lines.getLast()).startsWith("Ctrl-C");
        }
        assertThat(OwnedFolder.open()).isEqualTo(before);
        assertThat(folders).hasSize(2).allSatisfy(folder -> assertThat(folder).doesNotExist());
    }

    private static void printsThreeCommands(List<String> commands, URI acme, String console) {
        String admin = URI.create(console).getUserInfo().replaceFirst("admin:", "");
        assertThat(commands.get(0))
                .isEqualTo("psql %s -c 'select current_user, current_database()'".formatted(acme));
        assertThat(commands.get(1))
                .isEqualTo("pgbench -i %s && pgbench -S -c 100 -T 5 %<s".formatted(acme));
        assertThat(commands.get(2))
                .matches(
                        "SLUICE_ADMIN_PASSWORD=%s /opt/sluice/bin/sluice admin --url http://127\\.0\\.0\\.1:\\d+ 'SHOW POOLS'"
                                .formatted(admin));
    }

    @Test
    void usuallyListensOnThePortOfPoolers() {
        assertThat(new Demo().usualPorts()).isEqualTo(Map.of("postgres", 6432));
    }

    @Test
    void saysInOneLineThatAPortIsTaken() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            assertThatThrownBy(() -> new Demo().run(ShownDemo.ports(port), System.out))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("port " + port)
                    .hasMessageContaining("in use")
                    .hasMessageContaining("--postgres-port")
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
}
