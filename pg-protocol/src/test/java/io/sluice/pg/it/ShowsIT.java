package io.sluice.pg.it;

import static io.sluice.testbed.FrontendBytes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Transport;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rows that the console shows of one situation of which all is known. */
class ShowsIT {
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d \\S+";

    @TempDir private Path folder;
    private final PostgresBackend backend = SharedPostgres.backend();
    private final VirtualClock clock = new VirtualClock();
    private final List<RawPgClient> clients = new ArrayList<>();
    private TestProxy proxy;
    private RawPgClient console;
    private String insidePid;

    /** One in a transaction, one pinned, one that waits since 1.5 s, one idle; and an operator. */
    @BeforeEach
    void start() throws IOException {
        proxy =
                TestProxy.start(
                        backend.host() + ":" + backend.port(),
                        clock,
                        "sluice.listen.postgres = [\"127.0.0.1:0\", \"%s\"]".formatted(socket()),
                        "sluice.pool.max = 2",
                        "sluice.timeouts.idle-in-transaction = off");
        console = enter(proxy.connect(), "stats", "pgbouncer", "watching");
        RawPgClient inside = enter(proxy.connect(), "app.acme", "app", "inside");
        RawPgClient pinned = enter(proxy.connect(), "app.acme", "app", "pinned");
        RawPgClient waiting = enter(proxy.connect(), "app.acme", "app", "waiting");
        enter(RawPgClient.connect(socket()), "app.acme", "app", "idle");
        inside.query("begin");
        insidePid = String.valueOf(inside.queryOne("select pg_backend_pid()"));
        pinned.query("listen news");
        waiting.send(query("select 1"));
        await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
        clock.advance(Duration.ofMillis(1500));
        Sweeps.await(proxy.sluice());
    }

    @AfterEach
    void stop() throws IOException {
        for (RawPgClient client : clients) {
            client.close();
        }
        proxy.close();
    }

    private Path socket() {
        return folder.resolve(".s.PGSQL.6432");
    }

    private RawPgClient enter(RawPgClient client, String user, String database, String name)
            throws IOException {
        clients.add(client);
        client.login(
                user, TestProxy.PASSWORD, Map.of("database", database, "application_name", name));
        return client;
    }

    /** The rows of a table by what they have in one of their columns. */
    private Map<String, @Nullable String> row(String topic, String column, String value)
            throws IOException {
        return Answers.table(console.query("SHOW " + topic)).stream()
                .filter(row -> value.equals(row.get(column)))
                .findFirst()
                .orElseThrow(() ->
                        new AssertionError(topic + " has no row where " + column + " is " + value));
    }

    private static List<@Nullable String> values(Map<String, @Nullable String> row) {
        return new ArrayList<>(row.values());
    }

    /** What is separated by blanks, a hyphen for NULL. */
    private static List<@Nullable String> words(String line) {
        return Arrays.stream(line.split(" +", -1))
                .<@Nullable String>map(word -> word.equals("-") ? null : word)
                .toList();
    }

    @Test
    void poolsTellWhoHasAServerAndWhoWaitsHowLong() throws IOException {
        assertThat(values(row("POOLS", "database", "acme/app")))
                .isEqualTo(words("acme/app app 3 1 0 0 2 0 0 0 0 0 0 1 500000 transaction -"));
        assertThat(values(row("POOLS", "database", "pgbouncer")))
                .isEqualTo(words("pgbouncer pgbouncer 1 0 0 0 0 0 0 0 0 0 0 0 0 statement -"));
        assertThat(console.query("SHOW POOLS")).filteredOn(m -> m.type() == 'D').hasSize(2);
    }

    @Test
    void clientsAndServersTellOfEachOther() throws IOException {
        Map<String, @Nullable String> inside = row("CLIENTS", "application_name", "inside");
        Map<String, @Nullable String> server = row("SERVERS", "remote_pid", insidePid);
        assertThat(inside)
                .containsEntry("type", "C")
                .containsEntry("user", "app")
                .containsEntry("database", "acme/app")
                .containsEntry("replication", "none")
                .containsEntry("state", "active")
                .containsEntry("addr", "127.0.0.1")
                .containsEntry("local_addr", "127.0.0.1")
                .containsEntry("local_port", String.valueOf(proxy.port()))
                .containsEntry("wait", "0")
                .containsEntry("wait_us", "0")
                .containsEntry("close_needed", "0")
                .containsEntry("link", server.get("ptr"))
                .containsEntry("remote_pid", "0")
                .containsEntry("tls", "")
                .containsEntry("prepared_statements", "0");
        assertThat(inside.get("connect_time")).matches(TIME);
        assertThat(inside.get("request_time")).matches(TIME);
        assertThat(server)
                .containsEntry("type", "S")
                .containsEntry("user", "app")
                .containsEntry("database", "acme/app")
                .containsEntry("state", "active")
                .containsEntry("addr", "127.0.0.1")
                .containsEntry("port", String.valueOf(backend.port()))
                .containsEntry("close_needed", "0")
                .containsEntry("link", inside.get("ptr"))
                .containsEntry("application_name", "inside")
                .containsEntry("prepared_statements", "0");
        assertThat(server.get("tls")).startsWith("TLSv1.");
        assertThat(server.get("connect_time")).matches(TIME);
        assertThat(Answers.table(console.query("SHOW SERVERS")))
                .extracting(row -> row.get("application_name"))
                .containsExactlyInAnyOrder("inside", "pinned");
    }

    @Test
    void clientsTellWhoWaitsWhoIsIdleAndWhichProcessCameByTheUnixSocket() throws IOException {
        assertThat(row("CLIENTS", "application_name", "waiting"))
                .containsEntry("state", "waiting")
                .containsEntry("wait", "1")
                .containsEntry("wait_us", "500000")
                .containsEntry("link", "");
        boolean asks = proxy.sluice().loops().transport() != Transport.NIO;
        assertThat(row("CLIENTS", "application_name", "idle"))
                .containsEntry("state", "idle")
                .containsEntry("addr", "unix")
                .containsEntry("port", "0")
                .containsEntry("link", "")
                .containsEntry("remote_pid", asks ? "" + ProcessHandle.current().pid() : "0");
        assertThat(row("CLIENTS", "application_name", "watching"))
                .containsEntry("type", "C")
                .containsEntry("user", "stats")
                .containsEntry("database", "pgbouncer")
                .containsEntry("state", "active")
                .containsEntry("addr", "127.0.0.1")
                .containsEntry("link", "");
        assertThat(row("CLIENTS", "application_name", "watching").get("request_time"))
                .matches(TIME);
        clients.add(proxy.connect().startup(Map.of("user", "app.acme", "database", "app")));
        await().untilAsserted(() ->
                assertThat(Answers.table(console.query("SHOW SOCKETS")))
                        .anySatisfy(row ->
                                assertThat(row)
                                        .containsEntry("state", "cl_login")
                                        .containsEntry("user", "app.acme")
                                        .containsEntry("database", "(nodb)")
                                        .containsEntry("addr", "127.0.0.1")));
        assertThat(Answers.table(console.query("SHOW SOCKETS")))
                .extracting(row -> row.get("application_name") + " " + row.get("state"))
                .containsExactlyInAnyOrder(
                        "inside cl_active",
                        "pinned cl_active",
                        "waiting cl_waiting",
                        "idle cl_active",
                        "watching cl_active",
                        " cl_login",
                        "inside sv_active",
                        "pinned sv_active");
    }

    @Test
    void databasesUsersAndListsTellHowManyThereAre() throws IOException {
        assertThat(values(row("DATABASES", "name", "acme/app")))
                .isEqualTo(
                        words(
                                "acme/app 127.0.0.1 %d acme_app - 2 0 0 3600 - - 0 2 0 4 0 0"
                                        .formatted(backend.port())));
        // Its port is the configured one, which is the kernel's to choose here.
        assertThat(values(row("DATABASES", "name", "pgbouncer")))
                .isEqualTo(
                        words("pgbouncer - 0 pgbouncer pgbouncer 2 0 0 0 statement - 0 0 0 1 0 0"));
        assertThat(row("USERS", "name", "acme/app"))
                .containsEntry("pool_size", "        2")
                .containsEntry("reserve_pool_size", "        0")
                .containsEntry("current_connections", "2")
                .containsEntry("current_client_connections", "4");
        assertThat(pairs("LISTS"))
                .containsExactly(
                        "databases 3",
                        "users 2",
                        "peers 0",
                        "pools 2",
                        "peer_pools 0",
                        "free_clients 0",
                        "used_clients 5",
                        "login_clients 0",
                        "free_servers 0",
                        "used_servers 2",
                        "dns_names 0",
                        "dns_zones 0",
                        "dns_queries 0",
                        "dns_pending 0");
        assertThat(pairs("STATE")).containsExactly("active yes", "paused no", "suspended no");
    }

    /** Both columns of each row. */
    private List<String> pairs(String topic) throws IOException {
        return console.query("SHOW " + topic).stream()
                .filter(message -> message.type() == 'D')
                .map(PgMessage::values)
                .map(values -> values.get(0) + " " + values.get(1))
                .toList();
    }
}
