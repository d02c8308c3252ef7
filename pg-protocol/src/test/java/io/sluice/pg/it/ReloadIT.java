package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.spi.Lifecycle.Reload;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A new configuration while clients work. */
class ReloadIT {
    private final PostgresBackend backend = SharedPostgres.backend();
    private final VirtualClock clock = new VirtualClock();
    private TestProxy proxy;
    private String original = "";

    @BeforeEach
    void start() throws IOException {
        proxy = TestProxy.start(backend.host() + ":" + backend.port(), clock);
        original = Files.readString(proxy.configFile());
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private Reload reload(String... more) throws Exception {
        Files.writeString(proxy.configFile(), original + String.join("\n", more) + "\n");
        return proxy.sluice().reload().toCompletableFuture().get();
    }

    private void reloads(String... more) throws Exception {
        Reload reload = reload(more);
        assertThat(reload.inForce()).as(reload.remarks().toString()).isTrue();
    }

    @Test
    void retiresConnectionsToAnotherDatabaseAfterUse() throws Exception {
        try (RawPgClient inside = proxy.login("acme");
                RawPgClient idle = proxy.login("acme")) {
            inside.query("begin");
            idle.queryOne("select 1");
            reloads("sluice.tenants.acme.postgres.databases.app.dbname = globex_app");

            assertThat(inside.queryOne("select current_database()")).isEqualTo("acme_app");
            assertThat(idle.queryOne("select current_database()")).isEqualTo("globex_app");
            inside.query("commit");
            assertThat(inside.queryOne("select current_database()")).isEqualTo("globex_app");
        }
    }

    /** Who is there stays in transaction mode, and may listen there, which nobody sees. */
    @Test
    void aSessionIsNotToldWhatSomebodyInAnotherModeListensTo() throws Exception {
        String listen = "do $$ begin execute 'listen hidden'; end $$";
        String pid;
        try (RawPgClient earlier = proxy.login("acme")) {
            reloads("sluice.pool.max = 1", "sluice.tenants.acme.postgres.pool-mode = session");
            pid = earlier.queryOne("select pg_backend_pid()");
            earlier.query(listen);
        }
        try (RawPgClient session = proxy.login("acme")) {
            assertThat(session.queryOne("select pg_backend_pid()")).isEqualTo(pid);
            assertThat(session.queryOne("select pg_listening_channels()")).isEqualTo("hidden");
            backend.executeIn("acme_app", "notify hidden, 'not for it'");
            for (int i = 0; i < 3; i++) {
                assertThat(Answers.types(session.query("select 1"))).isEqualTo("TDCZ");
            }
        }
        await().until(() -> proxy.leases() == 0);
        try (RawPgClient next = proxy.login("acme")) {
            assertThat(next.queryOne("select pg_backend_pid()")).isEqualTo(pid);
            next.query(listen);
            backend.executeIn("acme_app", "notify hidden, 'for this one'");
            assertThat(next.readUntil('A').getLast().payloadText()).contains("for this one");
        }
    }

    @Test
    void keepsServerConnectionsWhenNothingChangedForThem() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            String pid = client.queryOne("select pg_backend_pid()");
            reloads();
            assertThat(client.queryOne("select pg_backend_pid()")).isEqualTo(pid);
            reloads(
                    "sluice.tenants.globex.postgres.users.app.server.secret = other",
                    "sluice.limits.max-clients = 7",
                    "sluice.log.connections = true");
            assertThat(client.queryOne("select pg_backend_pid()")).isEqualTo(pid);
        }
    }

    @Test
    void replacesServerConnectionsWhenTheirTlsChangesAndOnlyThen() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            String sql = "select ssl || ' ' || pid from pg_stat_ssl where pid = pg_backend_pid()";
            String before = client.queryOne(sql);
            assertThat(before).startsWith("true ");
            reloads("sluice.backends.main.tls.mode = disable");
            String after = client.queryOne(sql);
            assertThat(after).startsWith("false ");
            reloads("sluice.backends.main.tls.mode = disable", "sluice.log.connections = true");
            assertThat(client.queryOne(sql)).isEqualTo(after);
        }
    }

    @Test
    void staysWithTheOldConfigurationWhenTheNewOneIsBad() throws Exception {
        try (RawPgClient client = proxy.login("acme");
                RawPgClient console = proxy.connect()) {
            console.login("admin", TestProxy.PASSWORD, Map.of("database", "sluice"));
            assertThat(reload("sluice.pool.max = many").inForce()).isFalse();
            PgMessage error = Answers.error(console.query("reload"));
            assertThat(error.text()).contains("sluice.pool.max");
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(
                            reload(
                                            "sluice.tls { mode = require, certificate = nofile, key = nofile }")
                                    .inForce())
                    .isFalse();
            try (RawPgClient next = proxy.login("acme")) {
                assertThat(next.queryOne("select 1")).isEqualTo("1");
            }
            reloads();
            assertThat(Answers.types(console.query("reload"))).isEqualTo("CZ");
        }
    }

    @Test
    void appliesTimeoutsToClientsThatAreThere() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            reloads("sluice.timeouts.query = 2s");
            SharedPostgres.putToSleep(client);
            clock.advance(Duration.ofSeconds(3)); // of which the last is the server's
            assertThat(Answers.error(client.readUntilReady()).text()).contains("(2000 ms)");
        }
    }

    @Test
    void opensServerConnectionsAnewThatWereToldOtherTimeouts() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            assertThat(client.queryOne("show statement_timeout")).isEqualTo("30s");
            reloads("sluice.tenants.acme.postgres.users.app.timeouts.query = 20s");
            await().untilAsserted(() ->
                    assertThat(client.queryOne("show statement_timeout")).isEqualTo("20s"));
        }
    }

    @Test
    void appliesPoolSizes() throws Exception {
        reloads("sluice.pool.max = 1");
        try (RawPgClient one = proxy.login("acme");
                RawPgClient two = proxy.login("acme")) {
            one.query("begin");
            two.send(FrontendBytes.query("begin"));
            await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
            reloads("sluice.pool.max = 2");
            two.readUntilReady();
            assertThat(proxy.serverConnections()).isEqualTo(2);
            reloads("sluice.pool.max = 1");
            one.query("commit");
            two.query("commit");
            assertThat(proxy.serverConnections()).isEqualTo(1);
        }
    }

    @Test
    void raisesACapForWhoWaitsForIt() throws Exception {
        reloads("sluice.backends.main.max-connections = 1", "sluice.pool.max = 1");
        try (RawPgClient one = proxy.login("acme");
                RawPgClient two = proxy.login("globex")) {
            one.query("begin");
            two.send(FrontendBytes.query("select 1"));
            await().until(() -> proxy.onPools(pool -> pool.waiting()).contains(1));
            reloads("sluice.backends.main.max-connections = 2", "sluice.pool.max = 1");
            assertThat(Answers.column(two.readUntilReady())).containsExactly("1");
            one.query("commit");
        }
    }

    @Test
    void letsOldAndNewPasswordInWhileItIsRotated() throws Exception {
        try (RawPgClient there = proxy.login("acme")) {
            reloads("sluice.tenants.acme.postgres.users.app.verify = [fresh, secret]");
            try (RawPgClient fresh = proxy.connect();
                    RawPgClient old = proxy.login("acme")) {
                fresh.login("app.acme", "fresh", Map.of("database", "app"));
                assertThat(old.queryOne("select 1")).isEqualTo("1");
            }
            reloads("sluice.tenants.acme.postgres.users.app.verify = [fresh]");
            assertThatThrownBy(() -> proxy.login("acme")).hasMessageContaining("28P01");
            assertThat(there.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void endsTheSessionsOfATenantThatIsGoneAndNoOthers() throws Exception {
        try (RawPgClient gone = proxy.login("globex");
                RawPgClient stays = proxy.login("acme")) {
            gone.query("begin");
            original = original.substring(0, original.indexOf("sluice.tenants.globex"));
            reloads();
            assertThat(Answers.lastError(gone).sqlState()).isEqualTo("57P01");
            assertThat(stays.queryOne("select 1")).isEqualTo("1");
            assertThatThrownBy(() -> proxy.login("globex")).hasMessageContaining("28P01");
            await().until(() -> proxy.leases() == 0);
        }
    }

    @Test
    void opensAndClosesListenersAndKeepsTheClients() throws Exception {
        try (RawPgClient client = proxy.login("acme")) {
            int first = proxy.port();
            reloads("sluice.listen.postgres = [\"127.0.0.2:0\"]");
            int second =
                    ((InetSocketAddress) proxy.sluice().addresses("postgres").getFirst()).getPort();
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThatThrownBy(() -> RawPgClient.connect("127.0.0.1", first))
                    .isInstanceOf(IOException.class);
            try (RawPgClient next = RawPgClient.connect("127.0.0.2", second)) {
                next.login("app.acme", TestProxy.PASSWORD, Map.of("database", "app"));
                assertThat(next.queryOne("select 1")).isEqualTo("1");
            }
        }
    }

    @Test
    void losesNothingWhenItReloadsAgainAndAgainUnderLoad() throws Exception {
        var failures = new ConcurrentLinkedQueue<Throwable>();
        var stop = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        List<RawPgClient> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            RawPgClient client = proxy.login(i % 2 == 0 ? "acme" : "globex");
            clients.add(client);
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    while (!stop.get()) {
                                        client.query("begin");
                                        client.queryOne("select 1");
                                        client.query("commit");
                                    }
                                } catch (IOException | RuntimeException e) {
                                    failures.add(e);
                                }
                            }));
        }
        for (int i = 0; i < 10; i++) {
            reloads(
                    "sluice.postgres.server.statement-timeout = " + (20 + i) + "s",
                    "sluice.pool.max = " + (1 + i % 3));
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join(Duration.ofSeconds(10));
        }
        for (RawPgClient client : clients) {
            client.close();
        }
        assertThat(failures).isEmpty();
        await().until(() -> proxy.leases() == 0);
    }
}
