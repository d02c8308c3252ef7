package io.sluice.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RedisBackendTest {

    private static final TestAuthority AUTHORITY = TestAuthority.create();

    private static RedisBackend backend;

    @BeforeAll
    static void start() {
        backend =
                RedisBackend.embedded()
                        .password("it's a \"secret\" \\")
                        .user("acme", "a secret", "~acme:*", "&acme:*", "+@all")
                        .databases(4)
                        .maxClients(50)
                        .tls(AUTHORITY)
                        .start();
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    @Test
    void appliesTheSettingsItWasGiven() throws IOException {
        try (var admin = backend.admin()) {
            assertThat(admin.call("CONFIG", "GET", "maxclients").get("maxclients").number())
                    .isEqualTo(50);
            assertThat(admin.call("SELECT", "3").text()).isEqualTo("OK");
            assertThat(admin.call("SELECT", "4").text()).isEqualTo("ERR DB index is out of range");
        }
    }

    @Test
    void letsNobodyInWithoutThePassword() throws IOException {
        try (var client = backend.connect()) {
            assertThat(client.call("GET", "k").text()).startsWith("NOAUTH");
            assertThat(client.call("AUTH", "default", "wrong").text()).startsWith("WRONGPASS");
        }
    }

    @Test
    void letsEachUserDoWhatItMay() throws IOException {
        backend.createUser("reader", "read", "~*", "+get");

        try (var acme = backend.connect("acme", "a secret");
                var reader = backend.connect("reader", "read")) {
            assertThat(acme.call("SET", "acme:k", "v").text()).isEqualTo("OK");
            assertThat(acme.call("SET", "globex:k", "v").text()).startsWith("NOPERM");
            assertThat(reader.call("GET", "acme:k").text()).isEqualTo("v");
            assertThat(reader.call("SET", "acme:k", "w").text()).startsWith("NOPERM");
        }
    }

    @Test
    void offersTlsWithACertificateForLocalhost() throws IOException {
        try (var client = RawRespClient.connect("localhost", backend.tlsPort()).startTls()) {
            client.auth("acme", "a secret");

            assertThat(client.call("ACL", "WHOAMI").text()).isEqualTo("acme");
            assertThat(client.serverCertificate().getSubjectX500Principal().getName())
                    .isEqualTo("CN=localhost");
        }
        assertThat(backend.rootCertificate()).hasContent(AUTHORITY.rootPem());
    }

    @Test
    void asksClientsForACertificateWhereItIsToldTo() throws Exception {
        try (var strict =
                RedisBackend.embedded().tls(AUTHORITY).setting("tls-auth-clients", "yes").start()) {
            try (var client = RawRespClient.connect("localhost", strict.tlsPort())) {
                assertThatThrownBy(() -> client.startTls().call("PING"))
                        .isInstanceOf(IOException.class);
            }
            try (var client = RawRespClient.connect("localhost", strict.tlsPort())) {
                client.startTls(showing(AUTHORITY.issue("client")), null);
                assertThat(client.call("PING").text()).isEqualTo("PONG");
            }
        }
    }

    @Test
    void isReachedByItsUnixSocketToo() throws IOException {
        try (var client = RawRespClient.connect(backend.socket())) {
            assertThat(client.auth("acme", "a secret").call("PING").text()).isEqualTo("PONG");
        }
    }

    @Test
    void countsTheCommandsItHasRun() throws IOException {
        long before = backend.calls("strlen");
        try (var acme = backend.connect("acme", "a secret")) {
            acme.call("STRLEN", "acme:none");
            acme.call("STRLEN", "acme:none");
        }

        assertThat(backend.calls("strlen") - before).isEqualTo(2);
        assertThat(backend.calls("pfdebug")).isZero();
        assertThat(backend.info("redis_version")).isEqualTo(backend.version().toString());
        assertThatThrownBy(() -> backend.info("none_such")).hasMessage("INFO has no none_such");
        assertThatThrownBy(() -> backend.ask("NONESUCH")).hasMessage("NONESUCH");
    }

    @Test
    void endsTheConnectionsOfClients() throws IOException {
        try (var client = backend.connect("acme", "a secret");
                var subscriber = backend.connect("acme", "a secret")) {
            subscriber.call("SUBSCRIBE", "acme:c");

            assertThat(backend.disconnectClients()).isGreaterThanOrEqualTo(2);

            assertThat(client.atEnd()).isTrue();
            assertThat(subscriber.atEnd()).isTrue();
        }
    }

    @Test
    void losesItsDataWithACrashButNotWithAnAppendOnlyFile() throws IOException {
        try (var forgetful = RedisBackend.start();
                var durable =
                        RedisBackend.embedded()
                                .setting("appendonly", "yes")
                                .setting("appendfsync", "always")
                                .start()) {
            for (RedisBackend each : List.of(forgetful, durable)) {
                int port = each.port();
                each.ask("SET", "k", "v");
                each.crash();
                assertThatThrownBy(each::connect).isInstanceOf(ConnectException.class);
                each.startAgain();
                assertThat(each.port()).isEqualTo(port);
            }
            assertThat(forgetful.ask("EXISTS", "k").number()).isZero();
            assertThat(durable.ask("GET", "k").text()).isEqualTo("v");

            durable.restart();
            assertThat(durable.ask("GET", "k").text()).isEqualTo("v");
            durable.flush();
            assertThat(durable.ask("EXISTS", "k").number()).isZero();
        }
    }

    @Test
    void answersNothingWhileItIsFrozen() throws IOException {
        try (var own = RedisBackend.start();
                var client = own.connect()) {
            own.freeze();
            client.timeout(Duration.ofMillis(50)).command("PING");
            assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);

            own.thaw();
            assertThat(client.timeout(Duration.ofSeconds(10)).read().text()).isEqualTo("PONG");
        }
    }

    @Test
    void leavesNeitherFilesNorProcessesBehind() {
        var own = RedisBackend.start();
        Path folder = own.socket().getParent();
        own.restart();
        own.freeze();
        long pid = own.pid();

        own.close();

        assertThat(folder).doesNotExist();
        assertThat(ProcessHandle.of(pid)).isEmpty();
    }

    @Test
    void endsWhatAKilledOwnerLeftRunning(@TempDir Path elsewhere) throws Exception {
        Path folder = Files.createTempDirectory("sluice-redis-");
        Path configuration = folder.resolve("redis.conf");
        Path pidFile = folder.resolve("redis.pid");
        Files.writeString(
                configuration,
                """
                port 0
                unixsocket %s
                pidfile %s
                set-proc-title no
                """
                        .formatted(elsewhere.resolve("s"), pidFile));
        Process abandoned =
                new ProcessBuilder(
                                RedisProgram.embedded().executable().toString(),
                                configuration.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            while (!Files.exists(pidFile) || Files.size(pidFile) == 0) {
                assertThat(abandoned.isAlive()).isTrue();
                Thread.onSpinWait();
            }
            Files.createFile(folder.resolve("owner.lock"));

            RedisBackend.start().close();

            assertThat(abandoned.waitFor()).isEqualTo(128 + 9);
            assertThat(folder).doesNotExist();
        } finally {
            abandoned.destroyForcibly().waitFor();
            Folders.delete(folder);
        }
    }

    @Test
    void saysWhyItDoesNotStart() {
        assertThatThrownBy(() -> RedisBackend.embedded().setting("port-of-call", "1").start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Redis did not start")
                .hasMessageContaining("port-of-call");
    }

    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void startsEveryProgramThatTheMachineHas(RedisProgram program) throws IOException {
        try (var started = RedisBackend.of(program).start();
                var client = started.connect()) {
            assertThat(client.hello3().get("version").text())
                    .isEqualTo(program.version().toString());
            assertThat(client.call("DEBUG", "SLEEP", "0").text()).isEqualTo("OK");
        }
    }

    @Test
    void findsProgramsOnThePathAndWhereItIsTold() {
        Path embedded = RedisProgram.embedded().executable();
        String folder = embedded.resolveSibling("").toString();

        assertThat(RedisProgram.installed(new InstalledPrograms(Map.of("PATH", "/none-such"))))
                .isEmpty();
        assertThat(RedisProgram.installed(new InstalledPrograms(Map.of("PATH", folder))))
                .containsExactly(RedisProgram.embedded());
        assertThat(
                        RedisProgram.installed(
                                new InstalledPrograms(
                                        Map.of(
                                                "SLUICE_TEST_REDIS_SERVERS",
                                                embedded + ":" + embedded))))
                .containsExactly(RedisProgram.embedded());
    }

    @Test
    void ordersVersionsByTheirNumbers() {
        var version = RedisVersion.in("Redis server v=6.2.11 sha=00000000:0 bits=64");

        assertThat(version).isEqualTo(new RedisVersion(6, 2, 11)).hasToString("6.2.11");
        assertThat(version.isAtLeast(6, 2)).isTrue();
        assertThat(version.isAtLeast(7, 0)).isFalse();
        assertThat(version).isLessThan(new RedisVersion(6, 10, 0));
        assertThatThrownBy(() -> RedisVersion.in("no such program"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static SSLContext showing(X509Bundle certificate) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                certificate.toKeyManagerFactory().getKeyManagers(),
                certificate.toTrustManagerFactory().getTrustManagers(),
                null);
        return context;
    }
}
