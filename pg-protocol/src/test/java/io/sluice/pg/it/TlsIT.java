package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.FakePostgresServer;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PemFiles;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.TestAuthority;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS with clients and with servers. */
class TlsIT {
    @TempDir private static Path folder;
    private static TestAuthority authority;
    private static PemFiles pem;
    private static PostgresBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() throws IOException {
        backend = SharedPostgres.backend();
        authority = TestAuthority.create();
        pem = authority.issueForLoopback(folder);
        proxy =
                TestProxy.start(
                        backend,
                        """
                        sluice.tls { mode = prefer, certificate = "%s", key = "%s" }
                        sluice.listen.postgres = [
                          "127.0.0.1:0"
                          { address = "127.0.0.2:0", tls-required = true }
                        ]
                        sluice.tenants.acme.postgres.users.eager {
                          verify = trust, server { user = acme, secret = secret }
                        }
                        """
                                .formatted(pem.certificate(), pem.key()));
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static RawPgClient loggedIn(RawPgClient client) throws IOException {
        client.login("app.acme", TestProxy.PASSWORD, Map.of("database", "app"));
        return client;
    }

    // ---- towards clients

    @Test
    void speaksTlsToWhoAsks() throws IOException {
        try (RawPgClient client = proxy.connect().upgradeToTls()) {
            client.startup(Map.of("user", "app.acme", "database", "app"));
            List<PgMessage> messages = client.authenticate("app.acme", TestProxy.PASSWORD);
            assertThat(messages.getFirst().payloadText())
                    .as("what is offered")
                    .contains("SCRAM-SHA-256-PLUS");
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            assertThat(proxy.onSessions(session -> session.tls()))
                    .anySatisfy(tls -> assertThat(tls).startsWith("TLSv1.3/"));
        }
    }

    @Test
    void offersNoChannelBindingWithoutTls() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.startup(Map.of("user", "app.acme", "database", "app"));
            assertThat(client.read().payloadText()).doesNotContain("PLUS");
        }
    }

    @Test
    void speaksTlsAtOnceWithAlpn() throws IOException {
        try (RawPgClient client = loggedIn(proxy.connect().directTls())) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void refusesDirectTlsWithoutAlpnSinceAnyProtocolMayHideInIt() throws Exception {
        try (RawPgClient client = proxy.connect()) {
            assertThatThrownBy(
                            () -> {
                                client.startTls(trustingTheAuthority(), List.of());
                                loggedIn(client);
                            })
                    .isInstanceOf(IOException.class);
        }
    }

    private static SSLContext trustingTheAuthority() throws Exception {
        var factory = java.security.cert.CertificateFactory.getInstance("X.509");
        var store = java.security.KeyStore.getInstance(java.security.KeyStore.getDefaultType());
        store.load(null, null);
        try (var in = java.nio.file.Files.newInputStream(pem.root())) {
            store.setCertificateEntry("root", factory.generateCertificate(in));
        }
        var managers =
                javax.net.ssl.TrustManagerFactory.getInstance(
                        javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), new SecureRandom());
        return context;
    }

    @Test
    void requiresTlsWhereTheListenerSaysSo() throws IOException {
        int port = ((InetSocketAddress) proxy.sluice().addresses("postgres").getLast()).getPort();
        try (RawPgClient client = RawPgClient.connect("127.0.0.2", port)) {
            client.startup(Map.of("user", "app.acme", "database", "app"));
            PgMessage error = Answers.lastError(client);
            assertThat(error.sqlState()).isEqualTo("28000");
            assertThat(error.text()).contains("must use TLS");
        }
        try (RawPgClient client = loggedIn(RawPgClient.connect("127.0.0.2", port).upgradeToTls())) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void letsPgJdbcInThatVerifiesAndBindsTheChannel() throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", "app.acme");
        properties.setProperty("password", TestProxy.PASSWORD);
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslrootcert", pem.root().toString());
        properties.setProperty("channelBinding", "require");
        try (Connection client =
                        DriverManager.getConnection(
                                "jdbc:postgresql://localhost:%d/app".formatted(proxy.port()),
                                properties);
                var statement = client.createStatement();
                var rows = statement.executeQuery("select current_database()")) {
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("acme_app");
        }
        properties.setProperty("sslNegotiation", "direct");
        try (Connection client =
                DriverManager.getConnection(
                        "jdbc:postgresql://localhost:%d/app".formatted(proxy.port()), properties)) {
            assertThat(client.isValid(5)).isTrue();
        }
    }

    /** Anybody on the way could have put those bytes there, to be taken for the client's own. */
    @Test
    void endsTheConnectionWhenAnythingFollowsSslRequestInClear() throws IOException {
        byte[] startup =
                FrontendBytes.startup(
                        FrontendBytes.PROTOCOL_3_0, Map.of("user", "app.acme", "database", "app"));
        try (RawPgClient client = proxy.connect()) {
            client.send(FrontendBytes.sslRequest(), startup);
            List<PgMessage> messages = client.readUntilClosed();
            assertThat(Answers.error(messages).sqlState()).isEqualTo("08P01");
        }
        try (RawPgClient client = proxy.connect()) {
            byte[] oneByteOfAHandshake = {0x16};
            client.send(FrontendBytes.sslRequest(), oneByteOfAHandshake);
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("08P01");
        }
        try (RawPgClient client = proxy.connect()) {
            client.send(FrontendBytes.sslRequest());
            assertThat((char) client.readByte()).isEqualTo('S');
            client.send(startup);
            assertNoMessage(client);
        }
    }

    /** Inside of TLS it is the client's own; the session moves to another loop meanwhile. */
    @Test
    void answersOnceWhatCameAheadOfTheEndOfTheLogin() throws IOException {
        try (RawPgClient client = proxy.connect().upgradeToTls()) {
            byte[] startup =
                    FrontendBytes.startup(
                            FrontendBytes.PROTOCOL_3_0,
                            Map.of("user", "eager.acme", "database", "app"));
            client.send(
                    startup,
                    FrontendBytes.query("select 1"),
                    FrontendBytes.query("select 2"),
                    FrontendBytes.query("select 'x'"));
            client.authenticate("eager.acme", "");
            for (String one : List.of("1", "2", "x")) {
                List<PgMessage> answer = client.readUntilReady();
                assertThat(Answers.types(answer)).isEqualTo("TDCZ");
                assertThat(Answers.rows(answer)).isEqualTo(one);
            }
            assertThat(client.queryOne("select 'and no more'")).isEqualTo("and no more");
        }
    }

    /** Perhaps a TLS alert, but nothing of the protocol, and then the end. */
    private static void assertNoMessage(RawPgClient client) {
        assertThatThrownBy(client::read)
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(java.net.SocketTimeoutException.class);
    }

    @Test
    void endsAHandshakeThatDoesNotGetOn() throws IOException {
        try (TestProxy hasty =
                        TestProxy.start(
                                backend,
                                """
                                sluice.tls { mode = prefer, certificate = "%s", key = "%s" }
                                sluice.timeouts.login = 300ms
                                """
                                        .formatted(pem.certificate(), pem.key()));
                RawPgClient asked = hasty.connect().timeout(Duration.ofSeconds(5));
                RawPgClient direct = hasty.connect().timeout(Duration.ofSeconds(5))) {
            asked.send(FrontendBytes.sslRequest());
            assertThat((char) asked.readByte()).isEqualTo('S');
            direct.send(new byte[] {0x16, 3, 1, 0, 100, 1});
            asked.readRest();
            direct.readRest();
            await().until(() -> hasty.sluice().admission().unauthenticated() == 0);
        }
    }

    @Test
    void takesSslRequestOnlyOnce() throws IOException {
        try (RawPgClient client = proxy.connect().upgradeToTls()) {
            client.send(FrontendBytes.sslRequest());
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("08P01");
        }
    }

    @Test
    void takesACertificateThatIsRenewedWithoutLosingAnybody() throws Exception {
        try (RawPgClient before = loggedIn(proxy.connect().upgradeToTls());
                RawPgClient between = proxy.connect().upgradeToTls()) {
            BigInteger old = before.serverCertificate().getSerialNumber();

            authority.issueForLoopback(folder);
            assertThat(proxy.sluice().reload().toCompletableFuture().get().inForce()).isTrue();

            assertThat(before.queryOne("select 1")).isEqualTo("1");
            assertThat(loggedIn(between).queryOne("select 1"))
                    .as("bound to the certificate that it was shown")
                    .isEqualTo("1");
            try (RawPgClient after = loggedIn(proxy.connect().upgradeToTls())) {
                assertThat(after.serverCertificate().getSerialNumber()).isNotEqualTo(old);
                assertThat(after.queryOne("select 1")).isEqualTo("1");
            }
        }
    }

    // ---- towards servers

    private static TestProxy towards(String host, int port, String tls) {
        return TestProxy.start(
                host + ":" + port, Clock.SYSTEM, "sluice.backends.main.tls { " + tls + " }");
    }

    private static String ca() {
        return "ca = \"" + backend.rootCertificate() + "\"";
    }

    @Test
    void usesTlsWhereTheServerHasIt() throws IOException {
        for (String tls :
                List.of(
                        "mode = prefer",
                        "mode = require",
                        "mode = verify-ca, " + ca(),
                        "mode = verify-full, " + ca())) {
            try (TestProxy encrypted = towards("localhost", backend.port(), tls);
                    RawPgClient client = encrypted.login("acme")) {
                assertThat(
                                client.queryOne(
                                        "select ssl from pg_stat_ssl where pid = pg_backend_pid()"))
                        .as(tls)
                        .isEqualTo("t");
            }
        }
    }

    @Test
    void usesDirectTlsTowardsAServer() throws IOException {
        try (TestProxy direct =
                        TestProxy.start(
                                "localhost:" + backend.port(),
                                Clock.SYSTEM,
                                "sluice.backends.main { direct-tls = true, tls { mode = verify-full, "
                                        + ca()
                                        + " } }");
                RawPgClient client = direct.login("acme")) {
            assertThat(client.queryOne("select ssl from pg_stat_ssl where pid = pg_backend_pid()"))
                    .isEqualTo("t");
        }
    }

    @Test
    void trustsNoServerOfAnotherAuthority() {
        for (String mode : List.of("verify-ca", "verify-full")) {
            try (TestProxy wary =
                    towards(
                            "localhost",
                            backend.port(),
                            "mode = %s, ca = \"%s\"".formatted(mode, pem.root()))) {
                assertThatThrownBy(() -> wary.login("acme"))
                        .hasMessageContaining("08006")
                        .hasMessageContaining("TLS failed");
            }
        }
    }

    @Test
    void looksAtTheNameWithVerifyFullOnly() throws IOException {
        // 127.0.0.2 is not in the certificate.
        try (TestProxy wary = towards("127.0.0.2", backend.port(), "mode = verify-full, " + ca())) {
            assertThatThrownBy(() -> wary.login("acme")).hasMessageContaining("TLS failed");
        }
        try (TestProxy trusting =
                        towards("127.0.0.2", backend.port(), "mode = verify-ca, " + ca());
                RawPgClient client = trusting.login("acme")) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void verifiesEachHostByItsOwnName() {
        try (TestProxy two =
                TestProxy.start(
                        "localhost:" + backend.port(),
                        Clock.SYSTEM,
                        """
                        sluice.backends.main { hosts = ["localhost:%d", "127.0.0.2:%1$d"] }
                        sluice.backends.main.tls { mode = verify-full, %s }
                        """
                                .formatted(backend.port(), ca()))) {
            List<Boolean> letIn = new ArrayList<>();
            for (String tenant : List.of("acme", "globex")) {
                try (RawPgClient client = two.login(tenant)) {
                    letIn.add(client.queryOne("select 1") != null);
                } catch (IOException refused) {
                    assertThat(refused).hasMessageContaining("TLS failed");
                    letIn.add(false);
                }
            }
            assertThat(letIn).as("one host each").containsExactlyInAnyOrder(true, false);
        }
    }

    @Test
    void goesOnInClearOnlyWhereTlsIsPreferred() throws IOException {
        try (FakePostgresServer server =
                FakePostgresServer.start(connection -> {
                    connection.acceptLogin();
                    connection.awaitClose();
                })) {
            try (TestProxy preferring = towards(server.host(), server.port(), "mode = prefer");
                    RawPgClient client = preferring.login("acme")) {
                assertThat(client.parameters()).containsEntry("server_version", "18.0");
            }
        }
        refusesAServerThatAnswers("N", "does not offer TLS");
    }

    @Test
    void endsTheConnectionWhenAServerSendsAheadOfTls() throws IOException {
        refusesAServerThatAnswers("SR", "unencrypted bytes ahead of TLS");
        refusesAServerThatAnswers("E", "answered SSLRequest with byte 69");
    }

    private static void refusesAServerThatAnswers(String answer, String complaint)
            throws IOException {
        try (var injector = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual()
                    .start(() -> {
                        try (Socket peer = injector.accept()) {
                            peer.getInputStream().readNBytes(8);
                            peer.getOutputStream()
                                    .write(answer.getBytes(StandardCharsets.US_ASCII));
                            peer.getInputStream().readAllBytes();
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    });
            try (TestProxy wary = towards("127.0.0.1", injector.getLocalPort(), "mode = require")) {
                assertThatThrownBy(() -> wary.login("acme")).hasMessageContaining(complaint);
            }
        }
    }
}
