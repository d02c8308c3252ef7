package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.sluice.testbed.PostgresBackend;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.largeobject.LargeObjectManager;

/** What applications on the JVM do: pgJDBC, alone and under HikariCP, with default settings. */
class JdbcIT {
    private static PostgresBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        backend = PostgresBackend.embedded().setting("max_prepared_transactions", "10").start();
        TestProxy.prepare(backend);
        backend.executeIn(
                "acme_app",
                "CREATE TABLE public.t (a int, b text)",
                "GRANT ALL ON public.t TO acme");
        proxy = TestProxy.start(backend);
    }

    @AfterAll
    static void stop() {
        proxy.close();
        backend.close();
    }

    @AfterEach
    void leavesNothing() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(proxy.leases()).isZero());
    }

    @Test
    void servesHikariWithItsStatePerConnection() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(proxy.jdbcUrl());
        config.setUsername("app.acme");
        config.setPassword(TestProxy.PASSWORD);
        config.setMaximumPoolSize(20);
        try (HikariDataSource source = new HikariDataSource(config);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int number = i;
                all.add(threads.submit((Callable<Integer>) () -> use(source, number)));
            }
            for (int i = 0; i < all.size(); i++) {
                assertThat(all.get(i).get()).isEqualTo(i);
            }
            try (Connection connection = source.getConnection()) {
                assertThat(one(connection, "SHOW transaction_isolation"))
                        .isEqualTo("read committed");
                assertThat(one(connection, "SHOW transaction_read_only")).isEqualTo("off");
            }
        }
    }

    private static int use(HikariDataSource source, int number) throws SQLException {
        try (Connection connection = source.getConnection()) {
            boolean odd = number % 2 == 1;
            connection.setReadOnly(odd);
            connection.setTransactionIsolation(
                    number % 3 == 0
                            ? Connection.TRANSACTION_SERIALIZABLE
                            : Connection.TRANSACTION_READ_COMMITTED);
            connection.setAutoCommit(number % 5 != 0);
            // pgJDBC makes transactions read-only, not what is committed by itself.
            assertThat(one(connection, "SHOW transaction_read_only"))
                    .isEqualTo(odd && number % 5 == 0 ? "on" : "off");
            assertThat(one(connection, "SHOW transaction_isolation"))
                    .isEqualTo(number % 3 == 0 ? "serializable" : "read committed");
            try (var statement = connection.prepareStatement("SELECT ?::int")) {
                statement.setInt(1, number);
                try (var rows = statement.executeQuery()) {
                    rows.next();
                    int answer = rows.getInt(1);
                    if (!connection.getAutoCommit()) {
                        connection.commit();
                    }
                    return answer;
                }
            }
        }
    }

    @Test
    void preparesOnTheServerAndInsertsInBatches() throws Exception {
        try (Connection connection =
                jdbc("prepareThreshold", "1", "reWriteBatchedInserts", "true")) {
            try (var insert = connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
                for (int i = 0; i < 1000; i++) {
                    insert.setInt(1, i);
                    insert.setString(2, "b" + i);
                    insert.addBatch();
                }
                assertThat(insert.executeBatch()).hasSize(1000);
            }
            for (int i = 0; i < 10; i++) {
                try (var select = connection.prepareStatement("SELECT b FROM t WHERE a = ?")) {
                    select.setInt(1, i);
                    try (var rows = select.executeQuery()) {
                        rows.next();
                        assertThat(rows.getString(1)).isEqualTo("b" + i);
                    }
                }
            }
            execute(connection, "TRUNCATE t");
        }
    }

    @Test
    void savesAndRestoresByAutosave() throws Exception {
        try (Connection connection = jdbc("autosave", "always", "prepareThreshold", "1")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> one(connection, "SELECT 1/0"))
                        .hasMessageContaining("zero");
                assertThat(one(connection, "SELECT 'goes on'")).isEqualTo("goes on");
            }
            Savepoint savepoint = connection.setSavepoint();
            execute(connection, "INSERT INTO t VALUES (1, 'x')");
            connection.rollback(savepoint);
            assertThat(one(connection, "SELECT count(*) FROM t WHERE b = 'x'")).isEqualTo("0");
            connection.commit();
        }
    }

    @Test
    void copiesInAndOut() throws Exception {
        try (Connection connection = jdbc()) {
            CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < 5000; i++) {
                lines.append(i).append("\tcopied\n");
            }
            assertThat(copies.copyIn("COPY t FROM STDIN", new StringReader(lines.toString())))
                    .isEqualTo(5000);
            StringWriter out = new StringWriter();
            copies.copyOut("COPY (SELECT * FROM t WHERE b = 'copied' ORDER BY a) TO STDOUT", out);
            assertThat(out.toString()).isEqualTo(lines.toString());
            assertThatThrownBy(() -> copies.copyIn("COPY t FROM STDIN", new StringReader("x\ty\n")))
                    .hasMessageContaining("integer");
            execute(connection, "TRUNCATE t");
        }
    }

    @Test
    void readsAndWritesLargeObjects() throws Exception {
        try (Connection connection = jdbc()) {
            connection.setAutoCommit(false);
            LargeObjectManager objects = connection.unwrap(PGConnection.class).getLargeObjectAPI();
            byte[] text = "large".repeat(50_000).getBytes(StandardCharsets.US_ASCII);
            long id = objects.createLO();
            try (var object = objects.open(id)) {
                object.write(text);
            }
            try (var object = objects.open(id)) {
                assertThat(object.read(text.length)).isEqualTo(text);
            }
            objects.delete(id);
            connection.commit();
        }
    }

    @Test
    void hearsNotificationsWhilePinned() throws Exception {
        try (Connection listener = jdbc();
                Connection sender = jdbc()) {
            execute(listener, "LISTEN news");
            assertThat(proxy.onSessions(s -> String.valueOf(s.pinReason()))).contains("listen");
            execute(sender, "NOTIFY news, 'now'");
            var heard = listener.unwrap(PGConnection.class).getNotifications(10_000);
            assertThat(heard).hasSize(1);
            assertThat(heard[0].getParameter()).isEqualTo("now");
            execute(listener, "UNLISTEN *");
        }
    }

    @Test
    void cancelsAndTimesOut() throws Exception {
        try (Connection connection = jdbc();
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> statement.execute("SELECT pg_sleep(20)"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getSQLState()).isEqualTo("57014"));
            assertThat(one(connection, "SELECT 'goes on'")).isEqualTo("goes on");
        }
    }

    @Test
    void fetchesByCursor() throws Exception {
        try (Connection connection = jdbc()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(10);
                int count = 0;
                try (var rows = statement.executeQuery("SELECT * FROM generate_series(1, 105)")) {
                    while (rows.next()) {
                        assertThat(rows.getInt(1)).isEqualTo(++count);
                    }
                }
                assertThat(count).isEqualTo(105);
            }
            connection.commit();
        }
    }

    @Test
    void preparesATransactionHereAndCommitsItThere() throws Exception {
        try (Connection one = jdbc();
                Connection other = jdbc()) {
            one.setAutoCommit(false);
            execute(one, "INSERT INTO t VALUES (2, 'two-phase')");
            execute(one, "PREPARE TRANSACTION 'phase'");
            one.commit();
            assertThat(one(other, "SELECT count(*) FROM t WHERE b = 'two-phase'")).isEqualTo("0");
            execute(other, "COMMIT PREPARED 'phase'");
            assertThat(one(other, "SELECT count(*) FROM t WHERE b = 'two-phase'")).isEqualTo("1");
            execute(other, "TRUNCATE t");
        }
    }

    private static Connection jdbc(String... properties) throws SQLException {
        Properties all = new Properties();
        all.setProperty("user", "app.acme");
        all.setProperty("password", TestProxy.PASSWORD);
        for (int i = 0; i < properties.length; i += 2) {
            all.setProperty(properties[i], properties[i + 1]);
        }
        return DriverManager.getConnection(proxy.jdbcUrl(), all);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String one(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
