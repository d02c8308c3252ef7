package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.LoginRefused;
import io.sluice.testbed.PemFiles;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.TestAuthority;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How clients say whose they are, and where they come in. */
class NamesIT {
    @TempDir private static Path folder;
    private static TestProxy proxy;

    @BeforeAll
    static void start() throws IOException {
        PemFiles pem = TestAuthority.create().issueForLoopback(folder);
        proxy =
                TestProxy.start(
                        SharedPostgres.backend(),
                        """
                        sluice.tls { mode = prefer, certificate = "%s", key = "%s" }
                        sluice.listen.postgres = [
                          "127.0.0.1:0"
                          { address = "127.0.0.1:0", tenant = globex }
                          "[::1]:0"
                          "%s"
                        ]
                        sluice.tenants.acme.postgres.users."first.last" {
                          verify = secret, server { user = acme, secret = secret }
                        }
                        sluice.tenants.acme.postgres.users.guest {
                          verify = trust, server { user = acme, secret = secret }
                        }
                        sluice.tenants.solo.postgres {
                          backend = main
                          databases.solodb { dbname = acme_app }
                          users.app { verify = secret, server { user = acme, secret = secret } }
                        }
                        """
                                .formatted(pem.certificate(), pem.key(), socket()));
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static Path socket() {
        return folder.resolve(".s.PGSQL.6432");
    }

    private static int port(int listener) {
        return ((InetSocketAddress) proxy.sluice().addresses("postgres").get(listener)).getPort();
    }

    private static String databaseOf(RawPgClient client, String user, Map<String, String> more)
            throws IOException {
        var parameters = new LinkedHashMap<>(more);
        parameters.putIfAbsent("database", "app");
        client.login(user, TestProxy.PASSWORD, parameters);
        return String.valueOf(client.queryOne("select current_database()"));
    }

    @Test
    void findsTheTenantBehindTheLastDotOfTheUserName() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            assertThat(databaseOf(client, "app.globex", Map.of())).isEqualTo("globex_app");
        }
        try (RawPgClient client = proxy.connect()) {
            assertThat(databaseOf(client, "first.last.acme", Map.of())).isEqualTo("acme_app");
        }
    }

    @Test
    void theDatabaseOfWhoNamesNoneIsThatOfTheUserWithoutItsTenant() throws IOException {
        for (Map<String, String> said :
                java.util.List.of(
                        Map.<String, String>of(),
                        Map.of("database", ""),
                        Map.of("database", "app.globex"))) { // as libpq says it
            try (RawPgClient client = proxy.connect()) {
                client.login("app.globex", TestProxy.PASSWORD, said);
                assertThat(client.queryOne("select current_database()")).isEqualTo("globex_app");
            }
        }
    }

    @Test
    void leavesADottedUserNameAloneWhereTheTenantIsSaidOtherwise() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            assertThat(databaseOf(client, "first.last", Map.of("sluice.tenant", "acme")))
                    .isEqualTo("acme_app");
        }
    }

    @Test
    void findsTheTenantInAnOptionThatTheServerNeverSees() throws IOException {
        for (Map<String, String> said :
                java.util.List.of(
                        Map.of("options", "-c sluice.tenant=globex"),
                        Map.of("options", "--sluice.tenant=globex"),
                        Map.of("sluice.tenant", "globex"))) {
            try (RawPgClient client = proxy.connect()) {
                assertThat(databaseOf(client, "app", said)).isEqualTo("globex_app");
                assertThat(client.queryOne("select current_setting('sluice.tenant', true) is null"))
                        .isEqualTo("t");
            }
        }
    }

    @Test
    void findsTheTenantInTheTlsServerName() throws IOException {
        try (RawPgClient client = proxy.connect().upgradeToTls("globex.db.example.com")) {
            assertThat(databaseOf(client, "app", Map.of())).isEqualTo("globex_app");
        }
        try (RawPgClient client = proxy.connect().upgradeToTls("GLOBEX.db.example.com")) {
            assertThat(databaseOf(client, "app", Map.of())).isEqualTo("globex_app");
        }
        try (RawPgClient client = proxy.connect().upgradeToTls("pooler.example.com")) {
            assertThat(databaseOf(client, "app.acme", Map.of())).isEqualTo("acme_app");
        }
    }

    @Test
    void findsTheTenantOfADatabaseThatNoOtherHas() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            assertThat(databaseOf(client, "app", Map.of("database", "solodb")))
                    .isEqualTo("acme_app");
        }
        try (RawPgClient client = proxy.connect()) {
            assertThatThrownBy(() -> databaseOf(client, "app", Map.of()))
                    .as("two tenants have a database app")
                    .hasMessageContaining("28P01");
        }
    }

    @Test
    void findsTheTenantByTheListener() throws IOException {
        try (RawPgClient client = RawPgClient.connect("127.0.0.1", port(1))) {
            assertThat(databaseOf(client, "app", Map.of())).isEqualTo("globex_app");
        }
        try (RawPgClient client = RawPgClient.connect("127.0.0.1", port(1))) {
            assertThat(databaseOf(client, "app.globex", Map.of())).isEqualTo("globex_app");
        }
    }

    @Test
    void refusesWhoNamesTwoTenants() throws IOException {
        refuses(proxy.connect(), "app.acme", Map.of("sluice.tenant", "globex"));
        refuses(RawPgClient.connect("127.0.0.1", port(1)), "app.acme", Map.of());
        refuses(RawPgClient.connect("127.0.0.1", port(1)), "app", Map.of("sluice.tenant", "acme"));
        refuses(proxy.connect().upgradeToTls("globex.example.com"), "app.acme", Map.of());
    }

    private static void refuses(RawPgClient client, String user, Map<String, String> more)
            throws IOException {
        try (client) {
            assertThatThrownBy(() -> databaseOf(client, user, more))
                    .isInstanceOfSatisfying(
                            LoginRefused.class,
                            refused -> {
                                assertThat(refused.error().sqlState()).isEqualTo("28000");
                                assertThat(refused.error().text()).contains("named twice");
                            });
        }
    }

    @Test
    void listensOnIpv6() throws IOException {
        try (RawPgClient client = RawPgClient.connect("::1", port(2))) {
            assertThat(databaseOf(client, "app.acme", Map.of())).isEqualTo("acme_app");
        }
    }

    @Test
    void listensOnAUnixSocket() throws IOException {
        try (RawPgClient client = RawPgClient.connect(socket())) {
            assertThat(databaseOf(client, "guest.acme", Map.of())).isEqualTo("acme_app");
            assertThat(client.queryOne("select repeat('x', 1000000)")).hasSize(1_000_000);
            SharedPostgres.putToSleep(client);
            client.cancel();
            assertThat(Answers.error(client.readUntilReady()).sqlState()).isEqualTo("57014");
        }
        try (RawPgClient client = RawPgClient.connect(socket())) {
            client.send(FrontendBytes.sslRequest());
            assertThat((char) client.readByte()).as("no TLS here").isEqualTo('N');
            assertThat(databaseOf(client, "app.acme", Map.of())).isEqualTo("acme_app");
        }
        try (RawPgClient client = RawPgClient.connect(socket())) {
            assertThatThrownBy(() -> client.login("app.acme", "wrong", Map.of("database", "app")))
                    .hasMessageContaining("28P01");
        }
    }
}
