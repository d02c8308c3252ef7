package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.console.OperatorSessions;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators do to clients and servers by the console. */
class ConsoleIT {
    private final PostgresBackend backend = SharedPostgres.backend();
    private final VirtualClock clock = new VirtualClock();
    private TestProxy proxy;
    private RawPgClient console;

    @BeforeEach
    void start() throws IOException {
        proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        clock,
                        "sluice.pool { acquire-timeout = 5s }",
                        "sluice.timeouts { idle-in-transaction = off, wait-notice = off }");
        console = operator("admin");
    }

    @AfterEach
    void stop() throws IOException {
        console.close();
        proxy.close();
    }

    private RawPgClient operator(String name) throws IOException {
        RawPgClient client = proxy.connect();
        client.login(name, TestProxy.PASSWORD, Map.of("database", "pgbouncer"));
        return client;
    }

    private void orders(String command) throws IOException {
        List<PgMessage> answer = console.query(command);
        assertThat(Answers.types(answer)).as(command + ": " + answer).isEqualTo("CZ");
    }

    private int waiting() {
        return proxy.onPools(pool -> pool.waiting()).stream().mapToInt(Integer::intValue).sum();
    }

    @Test
    void pausesWithoutEndingAnybodyAndResumes() throws IOException {
        try (RawPgClient inside = proxy.login("acme");
                RawPgClient waiter = proxy.login("acme");
                RawPgClient other = proxy.login("globex")) {
            inside.query("begin");
            console.send(FrontendBytes.query("PAUSE \"acme/app\""));
            await().until(() -> isPaused());
            waiter.send(FrontendBytes.query("select 1"));
            await().until(() -> waiting() == 1);
            clock.advance(Duration.ofMinutes(1));
            Sweeps.await(proxy.sluice());
            assertThat(waiting()).as("waits on, however long").isEqualTo(1);
            assertThat(other.queryOne("select 2")).as("another database").isEqualTo("2");

            assertThat(inside.queryOne("select 3")).isEqualTo("3");
            inside.query("commit");
            assertThat(Answers.types(console.readUntilReady())).isEqualTo("CZ");
            assertThat(serversOf("acme")).isZero();
            orders("PAUSE \"acme/app\"");

            orders("RESUME \"acme/app\"");
            assertThat(Answers.column(waiter.readUntilReady())).containsExactly("1");
        }
    }

    private boolean isPaused() {
        return proxy.onPools(pool -> pool.isPaused()).contains(true);
    }

    private int serversOf(String tenant) {
        return proxy
                .onPools(pool -> pool.key().tenant().equals(tenant) ? pool.connections().size() : 0)
                .stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    @Test
    void letsALoginWaitForTheEndOfAPause() throws Exception {
        orders("PAUSE");
        var login =
                java.util.concurrent.CompletableFuture.supplyAsync(() -> {
                    try (RawPgClient client = proxy.login("acme")) {
                        return client.queryOne("select 1");
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
        await().until(() -> waiting() == 1);
        orders("RESUME");
        assertThat(login.get()).isEqualTo("1");
        assertThat(Answers.error(console.query("RESUME")).text()).contains("not paused");
    }

    @Test
    void givesAPauseUpThatIsCancelled() throws IOException {
        try (RawPgClient inside = proxy.login("acme");
                RawPgClient other = proxy.login("acme")) {
            inside.query("begin");
            console.send(FrontendBytes.query("PAUSE"));
            await().until(this::isPaused);
            console.cancel();
            assertThat(Answers.error(console.readUntilReady()).sqlState()).isEqualTo("57014");
            assertThat(other.queryOne("select 1")).isEqualTo("1");
            inside.query("commit");
        }
    }

    @Test
    void killsAllSessionsOfADatabaseAndKeepsItPaused() throws IOException {
        try (RawPgClient inside = proxy.login("acme");
                RawPgClient running = proxy.login("acme");
                RawPgClient idle = proxy.login("acme");
                RawPgClient other = proxy.login("globex")) {
            inside.query("begin");
            running.send(FrontendBytes.query("select pg_sleep(60)"));
            await().until(() -> proxy.leases() == 2);
            orders("KILL \"acme/app\"");
            for (RawPgClient client : List.of(inside, running, idle)) {
                assertThat(Answers.lastError(client).sqlState()).isEqualTo("57P01");
            }
            assertThat(other.queryOne("select 1")).isEqualTo("1");
            assertThat(serversOf("acme")).isZero();
            assertThat(isPaused()).isTrue();
        }
        orders("RESUME \"acme/app\"");
        try (RawPgClient next = proxy.login("acme")) {
            assertThat(next.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void killsOneClientByItsId() throws Exception {
        try (RawPgClient victim = proxy.login("acme", Map.of("application_name", "victim"));
                RawPgClient other = proxy.login("acme", Map.of("application_name", "other"));
                Connection admin = proxy.console();
                Statement statement = admin.createStatement()) {
            victim.query("begin");
            long id = -1;
            try (ResultSet rows = statement.executeQuery("SHOW CLIENTS")) {
                while (rows.next()) {
                    if ("victim".equals(rows.getString("application_name"))) {
                        id = rows.getLong("id");
                    }
                }
            }
            statement.execute("KILL_CLIENT " + id);
            assertThat(Answers.lastError(victim).sqlState()).isEqualTo("57P01");
            assertThat(other.queryOne("select 1")).isEqualTo("1");
            long gone = id;
            assertThatThrownBy(() -> statement.execute("KILL_CLIENT " + gone))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("no client with id");
            assertThatThrownBy(() -> statement.execute("KILL_CLIENT"))
                    .isInstanceOf(SQLException.class);
            await().until(() -> proxy.leases() == 0);
        }
    }

    @Test
    void killsAnOperatorByItsId() throws IOException {
        try (RawPgClient other = operator("stats")) {
            String id =
                    Answers.table(console.query("SHOW CLIENTS")).stream()
                            .filter(row -> "stats".equals(row.get("user")))
                            .map(row -> String.valueOf(row.get("id")))
                            .findFirst()
                            .orElseThrow();
            orders("KILL_CLIENT " + id);
            assertThat(Answers.lastError(other).sqlState()).isEqualTo("57P01");
            await().untilAsserted(() ->
                    assertThat(Answers.table(console.query("SHOW CLIENTS")))
                            .extracting(row -> row.get("user"))
                            .containsExactly("admin"));
            assertThat(Answers.error(console.query("KILL_CLIENT " + id)).text())
                    .contains("no client with id");
        }
    }

    @Test
    void letsNoMoreOperatorsInThanThereIsRoomFor() throws IOException {
        List<RawPgClient> others = new ArrayList<>();
        try {
            while (others.size() < OperatorSessions.LIMIT - 1) {
                others.add(operator("stats"));
            }
            assertThatThrownBy(() -> operator("admin")).hasMessageContaining("53300");
            others.removeLast().close();
            await().ignoreExceptions()
                    .until(() -> {
                        operator("admin").close();
                        return true;
                    });
        } finally {
            for (RawPgClient other : others) {
                other.close();
            }
        }
    }

    @Test
    void reconnectsAfterUseAndWaitsUntilThatIsDone() throws IOException {
        try (RawPgClient inside = proxy.login("acme");
                RawPgClient idle = proxy.login("acme")) {
            String pid = idle.queryOne("select pg_backend_pid()");
            inside.query("begin");
            String held = inside.queryOne("select pg_backend_pid()");
            orders("RECONNECT \"acme/app\"");
            console.send(FrontendBytes.query("WAIT_CLOSE \"acme/app\""));
            assertThat(idle.queryOne("select pg_backend_pid()")).isNotEqualTo(pid);
            assertThat(inside.queryOne("select pg_backend_pid()")).isEqualTo(held);
            inside.query("commit");
            assertThat(Answers.types(console.readUntilReady())).isEqualTo("CZ");
            assertThat(inside.queryOne("select pg_backend_pid()")).isNotEqualTo(held);
        }
    }

    @Test
    void disablesADatabaseForNewClientsOnly() throws IOException {
        try (RawPgClient there = proxy.login("acme")) {
            orders("DISABLE \"acme/app\"");
            assertThatThrownBy(() -> proxy.login("acme"))
                    .hasMessageContaining("57P03")
                    .hasMessageContaining("DISABLE");
            assertThat(there.queryOne("select 1")).isEqualTo("1");
            try (RawPgClient other = proxy.login("globex")) {
                assertThat(other.queryOne("select 1")).isEqualTo("1");
            }
            orders("ENABLE \"acme/app\"");
            try (RawPgClient next = proxy.login("acme")) {
                assertThat(next.queryOne("select 1")).isEqualTo("1");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PAUSE",
                "RESUME",
                "DISABLE \"acme/app\"",
                "ENABLE \"acme/app\"",
                "RECONNECT",
                "KILL",
                "kill_client 1",
                "RELOAD",
                "SHUTDOWN",
                "shutdown wait_for_clients",
                "WAIT_CLOSE",
                "SUSPEND",
                "SET max_client_conn = 1",
                "/* SHOW */ KILL",
                "SHOW POOLS; KILL"
            })
    void deniesEverythingButShowToWhoMayOnlyLook(String command) throws IOException {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient stats = operator("stats")) {
            assertThat(Answers.types(stats.query("SHOW POOLS"))).contains("D");
            List<PgMessage> answer = stats.query(command);
            assertThat(Answers.types(answer)).endsWith("EZ");
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(isPaused()).isFalse();
            stats.send(
                    FrontendBytes.parse("", command),
                    FrontendBytes.bind("", ""),
                    FrontendBytes.execute("", 0),
                    FrontendBytes.sync());
            assertThat(Answers.types(stats.readUntilReady())).endsWith("EZ");
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(isPaused()).isFalse();
        }
    }

    @Test
    void logsWhoGaveACommandThatChangesSomethingAndWhoWasDeniedOne() throws Exception {
        try (RawPgClient stats = operator("stats");
                LogLines log = new LogLines()) {
            orders("RECONNECT \"acme/app\"");
            console.query("SHOW POOLS");
            stats.query("KILL \"acme/app\"");
            stats.query("SET max_client_conn = 1");
            assertThat(HttpPages.command(proxy, "admin", "PAUSE").statusCode()).isEqualTo(200);
            assertThat(HttpPages.command(proxy, "stats", "RESUME").statusCode()).isEqualTo(403);

            assertThat(log.containing("console: "))
                    .extracting(line -> line.replaceAll(":\\d+ ", ":PORT "))
                    .containsExactly(
                            "INFO console: user=admin client=127.0.0.1:PORT RECONNECT acme/app",
                            "WARN console: user=stats client=127.0.0.1:PORT was denied KILL",
                            "WARN console: user=stats client=127.0.0.1:PORT was denied SET max_client_conn",
                            "INFO console: user=admin client=127.0.0.1:PORT PAUSE",
                            "WARN console: user=stats client=127.0.0.1:PORT was denied RESUME");
        }
    }

    @Test
    void showsPoolsClientsAndServersAsTheyAre() throws Exception {
        try (RawPgClient inside = proxy.login("acme");
                RawPgClient idle = proxy.login("acme");
                Connection admin = proxy.console();
                Statement statement = admin.createStatement()) {
            inside.query("begin");
            String pid = inside.queryOne("select pg_backend_pid()");
            Map<String, String> pool = row(statement, "SHOW POOLS", "user", "app");
            assertThat(pool)
                    .containsEntry("cl_active", "2") // idle ones too, as in PgBouncer
                    .containsEntry("sv_active", "1")
                    .containsEntry("sv_idle", "0")
                    .containsEntry("pool_mode", "transaction");
            assertThat(row(statement, "SHOW SERVERS", "remote_pid", String.valueOf(pid)))
                    .containsEntry("state", "active");
            inside.query("commit");
            assertThat(row(statement, "SHOW SERVERS", "remote_pid", String.valueOf(pid)))
                    .containsEntry("state", "idle");
            assertThat(idle.queryOne("select 1")).isEqualTo("1");
        }
    }

    /** Nor any verifier or key: of those the password is the easiest to find. */
    @Test
    void showsNoSecret() throws IOException {
        try (RawPgClient client = proxy.login("acme", Map.of("application_name", "shown"))) {
            client.queryOne("select 1");
            StringBuilder all = new StringBuilder();
            String help = console.query("SHOW HELP").getFirst().field('D');
            List<String> topics =
                    Objects.requireNonNull(help)
                            .lines()
                            .map(String::strip)
                            .filter(line -> line.startsWith("SHOW "))
                            .toList();
            assertThat(topics).contains("SHOW CONFIG", "SHOW CLIENTS", "SHOW USERS");
            for (String topic : topics) {
                for (PgMessage message : console.query(topic)) {
                    if (message.type() == 'D') {
                        all.append(message.values()).append('\n');
                    }
                }
            }
            assertThat(all.toString())
                    .contains("shown", "acme_app")
                    .doesNotContain(TestProxy.PASSWORD, "SCRAM-SHA-256$", "md5");
        }
    }

    private static Map<String, String> row(
            Statement statement, String show, String column, String value) throws SQLException {
        try (ResultSet rows = statement.executeQuery(show)) {
            while (rows.next()) {
                if (value.equals(rows.getString(column))) {
                    Map<String, String> row = new HashMap<>();
                    for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                        row.put(rows.getMetaData().getColumnName(i), rows.getString(i));
                    }
                    return row;
                }
            }
        }
        throw new AssertionError(show + " has no row where " + column + " is " + value);
    }
}
