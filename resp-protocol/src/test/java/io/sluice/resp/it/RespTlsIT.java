package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.sluice.net.Clock;
import io.sluice.testbed.PemFiles;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RespValue;
import io.sluice.testbed.TestAuthority;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisProtocol;

/** TLS with clients and with servers. */
class RespTlsIT {
    private static final String BIG = "x".repeat(3_000_000);
    private static final String SERVER_PASSWORD = "the-servers";

    @TempDir private static Path folder;
    private static TestAuthority authority;
    private static PemFiles pem;

    /** In clear on one port and with TLS on the other; answers on 127.0.0.2, too. */
    private static RedisBackend backend;

    private static TestProxy proxy;

    @BeforeAll
    static void start() throws IOException {
        authority = TestAuthority.create();
        pem = authority.issueForLoopback(folder);
        backend =
                RedisBackend.embedded()
                        .tls()
                        .setting("bind", "127.0.0.1 127.0.0.2")
                        .user("sluice_acme", SERVER_PASSWORD, "~*", "&*", "+@all")
                        .start();
        proxy =
                TestProxy.start(
                        backend,
                        """
                        sluice.tls { mode = prefer, certificate = "%s", key = "%s" }
                        sluice.listen.redis = [
                          "127.0.0.1:0"
                          { address = "127.0.0.2:0", tls-required = true }
                        ]
                        """
                                .formatted(pem.certificate(), pem.key()));
    }

    @AfterAll
    static void stop() {
        proxy.close();
        backend.close();
    }

    private static RawRespClient loggedIn(RawRespClient client) throws IOException {
        return client.auth("app.acme", TestProxy.PASSWORD);
    }

    private static void storesAndTells(RawRespClient client, String value) throws IOException {
        assertThat(client.call("SET", "k", value).text()).isEqualTo("OK");
        assertThat(client.call("GET", "k").text()).isEqualTo(value);
    }

    // ---- towards clients

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void speaksTlsToWhoBeginsItAndClearToOthers(int version) throws IOException {
        try (RawRespClient secured = loggedIn(proxy.connect().startTls());
                RawRespClient clear = loggedIn(proxy.connect())) {
            if (version == 3) {
                secured.hello3();
                clear.hello3();
            }
            storesAndTells(secured, "from TLS");
            assertThat(clear.call("GET", "k").text()).isEqualTo("from TLS");
        }
    }

    @Test
    void passesLongCommandsAndRepliesOnThroughTls() throws IOException {
        try (RawRespClient client = loggedIn(proxy.connect().startTls())) {
            storesAndTells(client, BIG);
            client.sendInFragments(
                    1000,
                    RedisBytes.command("SET", "k", BIG + "y"),
                    RedisBytes.command("STRLEN", "k"),
                    RedisBytes.command("GET", "k"));
            List<RespValue> replies = client.read(3);
            assertThat(replies.get(0).text()).isEqualTo("OK");
            assertThat(replies.get(1).number()).isEqualTo(BIG.length() + 1);
            assertThat(replies.get(2).text()).isEqualTo(BIG + "y");
        }
    }

    /** The session moves to another loop meanwhile. */
    @Test
    void answersOnceWhatCameAheadOfTheEndOfTheLogin() throws IOException {
        try (RawRespClient client = proxy.connect().startTls()) {
            client.send(
                    RedisBytes.command("HELLO", "3", "AUTH", "app.acme", TestProxy.PASSWORD),
                    RedisBytes.command("SET", "k", "1"),
                    RedisBytes.command("INCR", "k"),
                    RedisBytes.command("ECHO", "x"));
            List<RespValue> replies = client.read(4);
            assertThat(replies.get(0).isError()).isFalse();
            assertThat(replies.get(1).text()).isEqualTo("OK");
            assertThat(replies.get(2).number()).isEqualTo(2);
            assertThat(replies.get(3).text()).isEqualTo("x");
            assertThat(client.call("ECHO", "and no more").text()).isEqualTo("and no more");
        }
    }

    @Test
    void requiresTlsWhereTheListenerSaysSo() throws IOException {
        int port = ((InetSocketAddress) proxy.sluice().addresses("redis").getLast()).getPort();
        try (RawRespClient client = RawRespClient.connect("127.0.0.2", port)) {
            assertThat(client.call("AUTH", "app.acme", TestProxy.PASSWORD).text())
                    .isEqualTo("ERR sluice: connections here must use TLS");
            assertThat(client.atEnd()).isTrue();
        }
        try (RawRespClient client = loggedIn(RawRespClient.connect("127.0.0.2", port).startTls())) {
            storesAndTells(client, "v");
        }
    }

    @Test
    void endsAtOnceWhoBeginsTlsWhereItIsNotOffered() throws IOException {
        try (TestProxy without = TestProxy.start(backend);
                RawRespClient client = without.connect()) {
            assertThatThrownBy(client::startTls)
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(java.net.SocketTimeoutException.class);
        }
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
                RawRespClient client = hasty.connect().timeout(Duration.ofSeconds(5))) {
            client.send(new byte[] {0x16, 3, 1, 0, 100, 1});
            client.readRest();
            await().until(() -> hasty.sluice().admission().unauthenticated() == 0);
        }
    }

    @Test
    void takesACertificateThatIsRenewedWithoutLosingAnybody() throws Exception {
        try (RawRespClient before = loggedIn(proxy.connect().startTls());
                RawRespClient between = proxy.connect().startTls()) {
            BigInteger old = before.serverCertificate().getSerialNumber();

            authority.issueForLoopback(folder);
            assertThat(proxy.sluice().reload().toCompletableFuture().get().inForce()).isTrue();

            storesAndTells(before, "old");
            storesAndTells(loggedIn(between), "old, too");
            try (RawRespClient after = loggedIn(proxy.connect().startTls())) {
                assertThat(after.serverCertificate().getSerialNumber()).isNotEqualTo(old);
                storesAndTells(after, "new");
            }
        }
    }

    @Test
    void lettuceVerifiesTheCertificateAndItsName() {
        try (RedisClient client = lettuce("localhost");
                var connection = client.connect()) {
            assertThat(connection.sync().set("k", "v")).isEqualTo("OK");
            assertThat(connection.sync().get("k")).isEqualTo("v");
        }
        try (RedisClient client = lettuce("127.0.0.1")) {
            client.setOptions(ClientOptions.create()); // trusts the machine's authorities only
            assertThatThrownBy(client::connect).isInstanceOf(RedisConnectionException.class);
        }
    }

    private static RedisClient lettuce(String host) {
        RedisClient client =
                RedisClient.create(
                        RedisURI.builder()
                                .withHost(host)
                                .withPort(proxy.port())
                                .withSsl(true)
                                .withVerifyPeer(SslVerifyMode.FULL)
                                .withAuthentication("app.acme", TestProxy.PASSWORD.toCharArray())
                                .build());
        client.setOptions(
                ClientOptions.builder()
                        .sslOptions(SslOptions.builder().trustManager(pem.root().toFile()).build())
                        .build());
        return client;
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisVerifiesTheCertificateAndItsName(RedisProtocol version) throws Exception {
        var verifying =
                redis.clients.jedis.SslOptions.builder()
                        .truststore(trustStore(), TestProxy.PASSWORD.toCharArray())
                        .trustStoreType("PKCS12")
                        .sslVerifyMode(redis.clients.jedis.SslVerifyMode.FULL)
                        .build();
        var config =
                DefaultJedisClientConfig.builder()
                        .user("app.acme")
                        .password(TestProxy.PASSWORD)
                        .protocol(version)
                        .sslOptions(verifying)
                        .build();
        try (Jedis jedis = new Jedis(new HostAndPort("localhost", proxy.port()), config)) {
            assertThat(jedis.set("k", "v")).isEqualTo("OK");
            assertThat(jedis.get("k")).isEqualTo("v");
        }
    }

    private static File trustStore() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream root = Files.newInputStream(pem.root())) {
            store.setCertificateEntry(
                    "root", CertificateFactory.getInstance("X.509").generateCertificate(root));
        }
        Path file = folder.resolve("trusted.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, TestProxy.PASSWORD.toCharArray());
        }
        return file.toFile();
    }

    // ---- the name that a client calls

    @Test
    void theServerNameSaysTheTenantSoThatAPasswordIsEnough() throws IOException {
        try (RawRespClient acme = proxy.connect().startTls("acme.cache.example");
                RawRespClient globex = proxy.connect().startTls("globex.cache.example")) {
            assertThat(acme.call("AUTH", TestProxy.PASSWORD).text()).isEqualTo("OK");
            assertThat(globex.call("HELLO", "3", "AUTH", "app", TestProxy.PASSWORD).isError())
                    .isFalse();
            storesAndTells(acme, "acme's");
            storesAndTells(globex, "globex's");
            assertThat(acme.call("GET", "k").text()).isEqualTo("acme's");
            try (RawRespClient another = loggedIn(proxy.connect())) {
                assertThat(another.call("GET", "k").text()).isEqualTo("acme's");
            }
        }
    }

    @Test
    void theServerNameAndTheUserNameMayNotContradictEachOther() throws IOException {
        try (RawRespClient client = proxy.connect().startTls("acme.cache.example")) {
            assertThat(client.call("AUTH", "app.globex", TestProxy.PASSWORD).text())
                    .startsWith("WRONGPASS ");
            storesAndTells(loggedIn(client), "v");
            assertThat(client.call("AUTH", "app.globex", TestProxy.PASSWORD).text())
                    .startsWith("WRONGPASS ");
            storesAndTells(client, "still acme's");
        }
    }

    @Test
    void aPasswordAloneIsNotEnoughWhereNothingSaysTheTenant() throws IOException {
        try (RawRespClient client = proxy.connect().startTls("cache.example")) {
            assertThat(client.call("AUTH", TestProxy.PASSWORD).text()).startsWith("WRONGPASS ");
        }
    }

    // ---- towards servers

    private static TestProxy towards(String host, int port, String tls, String... more) {
        return TestProxy.start(
                host + ":" + port,
                Clock.SYSTEM,
                "sluice.backends.main.tls { " + tls + " }\n" + String.join("\n", more));
    }

    private static String ca() {
        return "ca = \"" + backend.rootCertificate() + "\"";
    }

    /** That port takes nothing but TLS. */
    @Test
    void usesTlsWhereTheBackendSaysSo() throws IOException {
        for (String tls :
                List.of(
                        "mode = require",
                        "mode = verify-ca, " + ca(),
                        "mode = verify-full, " + ca())) {
            try (TestProxy encrypted = towards("localhost", backend.tlsPort(), tls);
                    RawRespClient client = encrypted.login("acme")) {
                storesAndTells(client, tls);
                storesAndTells(client, BIG);
                client.hello3();
                storesAndTells(client, tls);
                assertThat(client.call("BLPOP", "nothing", "0.01").isNull()).isTrue();
            }
        }
    }

    @Test
    void usesTlsOnBothSides() throws IOException {
        try (TestProxy both =
                        towards(
                                "localhost",
                                backend.tlsPort(),
                                "mode = verify-full, " + ca(),
                                "sluice.tls { mode = require, certificate = \"%s\", key = \"%s\" }"
                                        .formatted(pem.certificate(), pem.key()));
                RawRespClient client = loggedIn(both.connect().startTls())) {
            storesAndTells(client, BIG);
        }
    }

    @Test
    void goesInClearWhereTheBackendSaysNothingOrDisable() throws IOException {
        try (TestProxy silent = TestProxy.start("localhost:" + backend.port(), Clock.SYSTEM);
                TestProxy disabled = towards("localhost", backend.port(), "mode = disable");
                RawRespClient one = silent.login("acme");
                RawRespClient other = disabled.login("acme")) {
            storesAndTells(one, "v");
            storesAndTells(other, "w");
        }
    }

    /** A Redis takes a handshake for the beginning of a line, and waits for the rest. */
    @Test
    void neverGoesOnInClearWithAServerThatHasNoTls() throws IOException {
        try (TestProxy insisting =
                        towards(
                                "localhost",
                                backend.port(),
                                "mode = require",
                                "sluice.backends.main.connect-timeout = 300ms");
                RawRespClient client = insisting.login("acme")) {
            assertThat(client.call("GET", "k").text())
                    .startsWith("TRYAGAIN sluice: ")
                    .contains("TLS failed: no answer within 300 ms");
        }
    }

    @Test
    void tellsAtOnceThatAServerWithTlsTakesNothingInClear() throws IOException {
        try (TestProxy silent = TestProxy.start("localhost:" + backend.tlsPort(), Clock.SYSTEM);
                RawRespClient client = silent.login("acme")) {
            assertThat(client.call("GET", "k").text())
                    .startsWith(
                            "TRYAGAIN sluice: pool acme/0/app/resp2/shared cannot connect to its server: ");
        }
    }

    @Test
    void trustsNoServerOfAnotherAuthority() throws IOException {
        for (String mode : List.of("verify-ca", "verify-full")) {
            refuses(
                    "localhost",
                    "mode = %s, ca = \"%s\"".formatted(mode, pem.root()),
                    "TLS failed: ");
        }
    }

    @Test
    void looksAtTheNameWithVerifyFullOnly() throws IOException {
        // 127.0.0.2 is not in the certificate.
        refuses("127.0.0.2", "mode = verify-full, " + ca(), "TLS failed: ");
        try (TestProxy trusting =
                        towards("127.0.0.2", backend.tlsPort(), "mode = verify-ca, " + ca());
                RawRespClient client = trusting.login("acme")) {
            storesAndTells(client, "v");
        }
    }

    private static void refuses(String host, String tls, String why) throws IOException {
        try (TestProxy wary = towards(host, backend.tlsPort(), tls);
                RawRespClient client = wary.login("acme")) {
            assertThat(client.call("GET", "k").text())
                    .startsWith("TRYAGAIN sluice: ")
                    .contains(why);
        }
    }

    @Test
    void showsItsCertificateToAServerThatAsksForOne() throws IOException {
        try (RedisBackend asking =
                RedisBackend.embedded().tls(authority).setting("tls-auth-clients", "yes").start()) {
            String verifying =
                    "mode = verify-full, ca = \"%s\"".formatted(asking.rootCertificate());
            try (TestProxy known =
                            towards(
                                    "localhost",
                                    asking.tlsPort(),
                                    "%s, certificate = \"%s\", key = \"%s\""
                                            .formatted(verifying, pem.certificate(), pem.key()));
                    RawRespClient client = known.login("acme")) {
                storesAndTells(client, "v");
            }
            try (TestProxy unknown = towards("localhost", asking.tlsPort(), verifying);
                    RawRespClient client = unknown.login("acme")) {
                assertThat(client.call("GET", "k").text())
                        .startsWith("TRYAGAIN sluice: ")
                        .containsIgnoringCase("certificate");
            }
        }
    }

    @Test
    void logsInToTheServerAsTheUserOfTheConfiguration() throws IOException {
        try (TestProxy right = asServerUser(SERVER_PASSWORD);
                RawRespClient client = right.login("acme")) {
            storesAndTells(client, "v");
            assertThat(backend.ask("CLIENT", "LIST").text()).contains(" user=sluice_acme ");
        }
        try (TestProxy wrong = asServerUser("not-" + SERVER_PASSWORD);
                RawRespClient client = wrong.login("acme")) {
            assertThat(client.call("GET", "k").text())
                    .startsWith("TRYAGAIN sluice: ")
                    .contains("login failed: WRONGPASS ")
                    .doesNotContain(SERVER_PASSWORD);
        }
    }

    private static TestProxy asServerUser(String secret) {
        return towards(
                "localhost",
                backend.tlsPort(),
                "mode = verify-full, " + ca(),
                "sluice.tenants.acme.redis.users.app.server { user = sluice_acme, secret = \"%s\" }"
                        .formatted(secret));
    }
}
