package io.sluice.testbed;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.spi.Demonstration.Ports;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo as a new user meets it; it lives here because it needs the protocols. */
@Timeout(value = 120, unit = SECONDS)
class DemoTest {

    @Test
    void printsConnectionStringsThatWorkAndLeavesNothingBehind() throws Exception {
        Set<Path> before = OwnedFolder.open();
        List<Path> folders = new ArrayList<>();
        try (ShownDemo demo = new ShownDemo("/opt/sluice")) {
            Set<Path> made = new HashSet<>(OwnedFolder.open());
            made.removeAll(before);
            // Its configuration, its PostgreSQL and its Redis.
            assertThat(made).hasSize(3).allSatisfy(folder -> assertThat(folder).isDirectory());
            folders.addAll(made);
            List<String> lines = demo.lines();

            assertThat(lines.getFirst()).isEqualTo("ready");
            assertThat(lines.get(1)).startsWith("postgresql://app.acme:");
            assertThat(query(lines.get(1), "select current_database()")).isEqualTo("acme_shop");
            assertThat(lines.get(2)).startsWith("postgresql://app.globex:");
            assertThat(query(lines.get(2), "select current_user")).isEqualTo("globex_app");
            assertThat(query(lines.get(3), "show version")).containsIgnoringCase("bouncer");
            assertThat(query(lines.get(4), "select current_database()")).isEqualTo("acme_shop");
            keepsTheTenantsApart(lines.get(5), lines.get(6), lines.get(7));
            printsCommands(demo.commands(), lines);
            assertThat(lines.getLast()).startsWith("Ctrl-C");
        }
        assertThat(OwnedFolder.open()).isEqualTo(before);
        assertThat(folders).hasSize(3).allSatisfy(folder -> assertThat(folder).doesNotExist());
    }

    /** One Redis is behind both: the same key is another one for each. */
    private static void keepsTheTenantsApart(String acme, String globex, String server)
            throws IOException {
        assertThat(acme).startsWith("redis://app.acme:");
        assertThat(globex).startsWith("redis://app.globex:");
        assertThat(server).startsWith("redis://acme_app:");
        try (var ofAcme = redis(acme);
                var ofGlobex = redis(globex);
                var atServer = redis(server)) {
            assertThat(ofAcme.call("SET", "greeting", "hello").text()).isEqualTo("OK");
            assertThat(ofGlobex.call("GET", "greeting").isNull()).isTrue();
            assertThat(ofGlobex.call("SET", "greeting", "bonjour").text()).isEqualTo("OK");
            assertThat(ofAcme.call("GET", "greeting").text()).isEqualTo("hello");
            assertThat(atServer.call("GET", "acme:greeting").text()).isEqualTo("hello");
            assertThat(atServer.call("GET", "globex:greeting").text()).startsWith("NOPERM");
            assertThat(atServer.call("FLUSHALL").text()).startsWith("NOPERM");
        }
    }

    private static void printsCommands(List<String> commands, List<String> lines) {
        String acme = lines.get(1);
        String admin = URI.create(lines.get(3)).getUserInfo().replaceFirst("admin:", "");
        assertThat(commands.get(0))
                .isEqualTo("psql %s -c 'select current_user, current_database()'".formatted(acme));
        assertThat(commands.get(1))
                .isEqualTo("pgbench -i %s && pgbench -S -c 100 -T 5 %<s".formatted(acme));
        assertThat(commands.get(2))
                .isEqualTo(
                        "redis-cli -u %s set greeting hello && redis-cli -u %s get acme:greeting"
                                .formatted(lines.get(5), lines.get(7)));
        assertThat(commands.get(3))
                .matches(
                        "SLUICE_ADMIN_PASSWORD=%s /opt/sluice/bin/sluice admin --url http://127\\.0\\.0\\.1:\\d+ 'SHOW POOLS'"
                                .formatted(admin));
    }

    @Test
    void usuallyListensOnPortsBesideTheServersOwn() {
        assertThat(new Demo().usualPorts()).isEqualTo(Map.of("postgres", 6432, "redis", 6380));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--postgres-port", "--redis-port"})
    void saysInOneLineThatAPortIsTaken(String option) throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            Ports ports =
                    option.equals("--redis-port")
                            ? ShownDemo.ports(0, port)
                            : ShownDemo.ports(port, 0);

            assertThatThrownBy(() -> new Demo().run(ports, System.out))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("port " + port)
                    .hasMessageContaining("in use")
                    .hasMessageContaining(option)
                    .hasMessageNotContaining("\n");
        }
    }

    private static RawRespClient redis(String uri) throws IOException {
        URI parts = URI.create(uri);
        List<String> login = List.of(parts.getUserInfo().split(":", 2));
        RawRespClient client = RawRespClient.connect(parts.getHost(), parts.getPort());
        try {
            return client.auth(login.get(0), login.get(1));
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
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
