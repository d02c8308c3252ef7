package io.sluice.pg.it;

import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.Login;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.TlsInTheMiddle;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.postgresql.PGConnection;

/**
 * What differs between servers, on each major version that is served: how they let in, what they
 * report, and the main ways of asking them. Two clients share one server connection throughout.
 */
@Tag("long")
class ServerVersionsIT {
    private static final List<Server> SERVERS = new ArrayList<>();

    /**
     * One of the versions, and what serves it.
     *
     * @param encrypted a proxy that insists on the server's TLS
     * @param clear a proxy that uses none
     */
    record Server(int major, PostgresBackend backend, TestProxy encrypted, TestProxy clear) {
        static Server start(int major) {
            String packages =
                    requireNonNull(
                            System.getProperty("sluice.test.postgres"),
                            "bin/verify --long fetches the servers of all versions");
            PostgresBackend backend =
                    PostgresBackend.packaged(Path.of(packages, major + ".jar")).tls().start();
            TestProxy.prepare(backend);
            backend.createRole("old", "server-pw", Login.MD5);
            backend.execute("grant connect on database acme_app to old");
            backend.executeIn(
                    "acme_app",
                    "create table copied (a int, b text)",
                    "grant all on copied to acme");
            String ca = "ca = \"%s\"".formatted(backend.rootCertificate());
            return new Server(
                    major,
                    backend,
                    proxy(backend.port(), "mode = verify-full, " + ca),
                    proxy(backend.port(), "mode = disable"));
        }

        void stop() {
            clear.close();
            encrypted.close();
            backend.close();
        }

        @Override
        public String toString() {
            return "PostgreSQL " + major;
        }
    }

    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @FieldSource("SERVERS")
    private @interface OnEachServer {}

    @BeforeAll
    static void start() {
        for (int major : new int[] {14, 15, 16, 17, 18}) {
            SERVERS.add(Server.start(major));
        }
    }

    @AfterAll
    static void stop() {
        SERVERS.forEach(Server::stop);
        SERVERS.clear();
    }

    private static TestProxy proxy(int port, String tls) {
        return TestProxy.start(
                "localhost:" + port,
                Clock.SYSTEM,
                "sluice.pool.max = 1",
                "sluice.backends.main.tls { %s }".formatted(tls),
                "sluice.tenants.acme.postgres.users.old"
                        + " { verify = secret, server { user = old, secret = server-pw } }");
    }

    private static RawPgClient login(TestProxy proxy, String user) throws IOException {
        RawPgClient client = proxy.connect();
        client.login(user + ".acme", TestProxy.PASSWORD, Map.of("database", "app"));
        return client;
    }

    @OnEachServer
    void isTheVersionThatItIsCalled(Server server) {
        assertThat(server.backend().majorVersion()).isEqualTo(server.major());
    }

    @OnEachServer
    void letsInByScram(Server server) throws IOException {
        letsIn(server, "app", "acme", "scram-sha-256");
    }

    @OnEachServer
    void letsInByMd5(Server server) throws IOException {
        letsIn(server, "old", "old", "md5");
    }

    private static void letsIn(Server server, String user, String role, String method)
            throws IOException {
        for (TestProxy proxy : List.of(server.encrypted(), server.clear())) {
            try (RawPgClient client = login(proxy, user)) {
                assertThat(client.queryOne("select current_user")).isEqualTo(role);
                assertThat(
                                client.queryOne(
                                        "select ssl from pg_stat_ssl where pid = pg_backend_pid()"))
                        .isEqualTo(proxy == server.encrypted() ? "t" : "f");
                if (server.major() >= 16) {
                    assertThat(client.queryOne("select system_user"))
                            .isEqualTo(method + ":" + role);
                }
            }
        }
    }

    /** The only thing that is wrong there is the certificate that the client's end was shown. */
    @OnEachServer
    void refusesALoginThatIsBoundToSomebodyElsesTls(Server server) throws IOException {
        try (TlsInTheMiddle middle = TlsInTheMiddle.start(server.backend());
                TestProxy trusting = proxy(middle.port(), "mode = require")) {
            assertThatThrownBy(() -> login(trusting, "app"))
                    .hasMessageContaining("channel binding");
            try (RawPgClient unbound = login(trusting, "old")) {
                assertThat(unbound.queryOne("select 'md5 binds nothing'")).isNotEmpty();
            }
        }
    }

    @OnEachServer
    void reportsAtLoginWhatTheServerReports(Server server) throws IOException {
        try (RawPgClient direct =
                        RawPgClient.connect(server.backend().host(), server.backend().port());
                RawPgClient client = login(server.clear(), "app")) {
            direct.login(
                    "acme",
                    TestProxy.PASSWORD,
                    Map.of("database", "acme_app", "application_name", "sluice"));
            assertThat(client.parameters()).isEqualTo(direct.parameters());
            assertThat(client.parameters().get("server_version")).startsWith(server.major() + ".");
            for (String name : direct.parameters().keySet()) {
                assertThat(client.queryOne("show " + name))
                        .isEqualTo(client.parameters().get(name));
            }
        }
    }

    @OnEachServer
    void keepsATransactionTogether(Server server) throws Exception {
        try (Connection one = server.encrypted().jdbc("acme");
                Connection other = server.encrypted().jdbc("acme")) {
            one.setAutoCommit(false);
            run(one, "insert into copied values (1, 'rolled back')");
            assertThat(one(one, "select count(*) from copied")).isEqualTo("1");
            one.rollback();
            run(one, "insert into copied values (2, 'kept')");
            one.commit();
            assertThat(one(other, "select b from copied")).isEqualTo("kept");
            run(other, "truncate copied");
        }
    }

    @OnEachServer
    void preparesForPgJdbcWhateverConnectionItGets(Server server) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", "app.acme");
        properties.setProperty("password", TestProxy.PASSWORD);
        properties.setProperty("prepareThreshold", "1");
        try (Connection one = DriverManager.getConnection(server.clear().jdbcUrl(), properties);
                Connection other =
                        DriverManager.getConnection(server.clear().jdbcUrl(), properties);
                var sum = one.prepareStatement("select ?::text::int + 1");
                var same = other.prepareStatement("select ?::text::int + 1");
                var text = other.prepareStatement("select ?::text || '!'")) {
            for (int i = 0; i < 20; i++) {
                assertThat(ask(sum, "" + i)).isEqualTo("" + (i + 1));
                assertThat(ask(same, "" + -i)).isEqualTo("" + (1 - i));
                assertThat(ask(text, "t" + i)).isEqualTo("t" + i + "!");
            }
            assertThat(
                            one(
                                    one,
                                    "select count(*) from pg_prepared_statements"
                                            + " where statement like 'select $1::text%'"))
                    .as("two texts on the one server connection")
                    .isEqualTo("2");
        }
    }

    @OnEachServer
    void copiesInAndOut(Server server) throws Exception {
        try (Connection connection = server.encrypted().jdbc("acme")) {
            var copy = connection.unwrap(PGConnection.class).getCopyAPI();
            StringBuilder rows = new StringBuilder();
            for (int i = 0; i < 10_000; i++) {
                rows.append(i).append('\t').append("row ").append(i).append('\n');
            }
            assertThat(copy.copyIn("copy copied from stdin", new StringReader(rows.toString())))
                    .isEqualTo(10_000);
            StringWriter out = new StringWriter();
            copy.copyOut("copy (select * from copied order by a) to stdout", out);
            assertThat(out).hasToString(rows.toString());
            assertThatThrownBy(
                            () -> copy.copyIn("copy copied from stdin", new StringReader("bad\n")))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refused -> assertThat(refused.getSQLState()).isEqualTo("22P02"));
            run(connection, "truncate copied");
        }
    }

    @OnEachServer
    void cancelsAQueryWhoseClientStays(Server server) throws IOException {
        try (RawPgClient client = login(server.encrypted(), "app")) {
            client.send(query("select pg_sleep(60), 'stop_me'"));
            await().until(() -> server.backend().running("stop_me") == 1);
            client.cancel();
            assertThat(Answers.errors(client.readUntilReady())).isEqualTo("57014");
            assertThat(client.queryOne("select 'here'")).isEqualTo("here");
        }
    }

    @OnEachServer
    void settingsFollowTheirClient(Server server) throws IOException {
        try (RawPgClient one = login(server.clear(), "app");
                RawPgClient other = login(server.clear(), "app")) {
            Map<String, String> mine =
                    Map.of(
                            "work_mem", "5MB",
                            "TimeZone", "Asia/Tokyo",
                            "search_path", "pg_catalog, public",
                            "DateStyle", "German, DMY",
                            "app.tag", "mine");
            var before = new LinkedHashMap<String, String>();
            for (var setting : mine.entrySet()) {
                before.put(setting.getKey(), show(other, setting.getKey()));
                one.query("set %s = %s".formatted(setting.getKey(), quoted(setting.getValue())));
            }
            for (String name : mine.keySet()) {
                assertThat(show(other, name)).isEqualTo(before.get(name));
                assertThat(show(one, name)).isEqualTo(mine.get(name));
            }
            one.query("reset all");
            for (String name : mine.keySet()) {
                assertThat(show(one, name)).isEqualTo(before.get(name));
            }
        }
    }

    private static String quoted(String list) {
        return "'" + list.replace(", ", "', '") + "'";
    }

    private static String show(RawPgClient client, String name) throws IOException {
        return requireNonNull(
                client.queryOne(
                        "select coalesce(current_setting('%s', true), '')".formatted(name)));
    }

    @OnEachServer
    void anErrorInAPipelineSkipsToItsSync(Server server) throws IOException {
        try (RawPgClient client = login(server.encrypted(), "app")) {
            client.send(
                    parse("", "select 1/$1::int"),
                    bind("", "", "0"),
                    execute("", 0),
                    parse("skipped", "select 1"),
                    sync(),
                    parse("", "select 5"),
                    bind("", ""),
                    execute("", 0),
                    sync());
            assertThat(Answers.types(client.readUntilReady())).isEqualTo("1EZ");
            assertThat(Answers.rows(client.readUntilReady())).isEqualTo("5");
            client.send(bind("", "skipped"), execute("", 0), sync());
            assertThat(Answers.errors(client.readUntilReady())).isEqualTo("26000");
        }
    }

    private static String ask(PreparedStatement statement, String parameter) throws SQLException {
        statement.setString(1, parameter);
        try (var rows = statement.executeQuery()) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
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
