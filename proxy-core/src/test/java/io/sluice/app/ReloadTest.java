package io.sluice.app;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.pool.Pool;
import io.sluice.spi.Lifecycle.Reload;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a changed configuration does to a running process. */
@Timeout(value = 60, unit = SECONDS)
class ReloadTest {
    @TempDir Path folder;
    private @SuppressWarnings("NullAway.Init") Running running; // every test starts one

    private void start(String config) {
        running = Running.start(folder, config);
    }

    @AfterEach
    void stop() {
        running.close();
    }

    @Test
    void servesATenantThatIsNew() {
        start(Running.config("acme"));

        Reload reload = running.reload(Running.config("acme", "globex"));

        assertThat(reload.inForce()).isTrue();
        assertThat(running.protocol.reloads).hasValue(1);
        try (LineClient client = running.login("globex")) {
            assertThat(client.ask("hello")).isEqualTo("hello");
        }
    }

    @Test
    void keepsTheOldConfigurationAndSaysWhereTheNewOneIsWrong() {
        start(Running.config("acme"));

        Reload reload = running.reload(Running.config("acme") + "\nsluice.limits.max-cleints = 1");

        assertThat(reload.inForce()).isFalse();
        assertThat(reload.remarks())
                .singleElement()
                .asString()
                .contains("sluice.conf:")
                .contains("max-clients");
        assertThat(running.protocol.reloads).hasValue(0);
        running.login("acme").close();
    }

    @Test
    void endsTheSessionsOfATenantThatVanished() {
        start(Running.config("acme", "globex"));
        try (LineClient acme = running.login("acme");
                LineClient globex = running.login("globex")) {
            running.reload(Running.config("acme"));

            assertThat(globex.read())
                    .isEqualTo(
                            "KILLED tenant globex, database shop or user app is no longer"
                                    + " configured");
            assertThat(globex.read()).isNull();
            assertThat(acme.ask("hello")).isEqualTo("hello");
        }
    }

    @Test
    void changesAPoolUnderItsSessions() {
        start(Running.config("acme") + "\nsluice.pool { min = 0, max = 3 }");
        try (LineClient client = running.login("acme")) {
            running.reload(Running.config("acme") + "\nsluice.pool { min = 0, max = 7 }");

            assertThat(ofPools(pool -> pool.config().max())).containsExactly(7);
            assertThat(client.ask("hello")).isEqualTo("hello");
        }
    }

    @Test
    void keepsServerConnectionsThatWouldBeOpenedTheSameWay() {
        start(Running.config("acme") + "\nsluice.pool { min = 0, max = 3 }");
        try (LineClient client = running.login("acme")) {
            client.ask("begin");
            client.ask("end");
            var before = ofPools(pool -> pool.connections().getFirst());

            running.reload(Running.config("acme") + "\nsluice.pool { min = 0, max = 7 }");

            assertThat(ofPools(pool -> pool.connections().getFirst())).isEqualTo(before);
        }
    }

    @Test
    void replacesServerConnectionsWhenTheirServerChanged() {
        start(Running.config("acme") + "\nsluice.pool.min = 0");
        try (LineClient client = running.login("acme")) {
            client.ask("begin");
            client.ask("end");
            assertThat(ofPools(pool -> pool.connections().size())).containsExactly(1);

            running.reload(
                    Running.config("acme").replace("127.0.0.1:1\"", "127.0.0.1:3\"")
                            + "\nsluice.pool.min = 0");

            assertThat(ofPools(pool -> pool.connections().size())).containsExactly(0);
            assertThat(client.ask("begin")).isEqualTo("begun");
        }
    }

    @Test
    void letsSessionsFinishBeforeTheyFollowTheirTenantToAnotherBackend() {
        start(Running.config("acme"));
        try (LineClient quiet = running.login("acme");
                LineClient busy = running.login("acme")) {
            busy.ask("begin");

            running.reload(Running.config("acme").replace("backend = main", "backend = other"));

            String moved = "SHUTDOWN the tenant has moved to backend other, connect again";
            assertThat(quiet.read()).isEqualTo(moved);
            assertThat(busy.ask("still here")).isEqualTo("still here");
            assertThat(busy.ask("end")).isEqualTo("ended");
            assertThat(busy.read()).isEqualTo(moved);
            running.login("acme").close();
        }
    }

    @Test
    void limitsTheOperationsOfSessionsThatAreThereAlready() {
        start(Running.config("acme"));
        try (LineClient client = running.login("acme");
                LineClient other = running.login("acme")) {
            client.ask("begin");

            running.reload(
                    Running.config("acme")
                            + "\nsluice.tiers.one.max-concurrent = 1\nsluice.tenants.acme.tier = one");

            assertThat(other.ask("begin")).isEqualTo("refused");
            assertThat(client.ask("end")).isEqualTo("ended");
            assertThat(other.ask("begin")).isEqualTo("begun");
        }
    }

    @Test
    void givesAWaitingSessionTheConnectionThatARaisedLimitAllows() {
        String limit = "\nsluice.pool.min = 0\nsluice.tenants.acme.max-connections = ";
        start(Running.config("acme") + limit + 1);
        try (LineClient client = running.login("acme");
                LineClient waiting = running.login("acme")) {
            client.ask("begin");
            waiting.send("begin");

            running.reload(Running.config("acme") + limit + 2);

            assertThat(waiting.read()).isEqualTo("begun");
        }
    }

    @Test
    void opensAndClosesListenersWithoutLosingAClient() throws IOException {
        start(Running.config("acme"));
        var old = running.sluice.boundAddress("line");
        try (LineClient client = running.login("acme")) {
            Reload reload =
                    running.reload(Running.config("acme").replace("127.0.0.1:0", "127.0.0.2:0"));

            assertThat(reload.remarks()).isEmpty();
            assertThat(client.ask("hello")).isEqualTo("hello");
            assertThat(running.sluice.boundAddress("line").toString()).contains("127.0.0.2");
            assertThatThrownBy(() -> new LineClient(old).close()).hasMessageContaining("refused");
        }
    }

    @Test
    void changesNothingWhenAListenerCannotBeOpened() throws Exception {
        certificate("one");
        start(Running.config("acme") + tls());
        int kept = LineClient.portOf(running.sluice.boundAddress("line"));
        certificate("two");
        try (var taken = new ServerSocket(0)) {
            Reload reload =
                    running.reload(
                            Running.config("acme", "globex")
                                            .replace(
                                                    "\"127.0.0.1:0\"",
                                                    "[\"127.0.0.2:0\", \"127.0.0.1:%d\"]"
                                                            .formatted(taken.getLocalPort()))
                                    + tls());

            assertThat(reload.inForce()).isFalse();
            assertThat(reload.remarks())
                    .singleElement()
                    .asString()
                    .startsWith(
                            folder.resolve("sluice.conf")
                                    + ":1: sluice.listen.line[1].address: cannot listen on 127.0.0.1:"
                                    + taken.getLocalPort());
        }
        assertThat(running.sluice.addresses("line"))
                .singleElement()
                .satisfies(address -> assertThat(LineClient.portOf(address)).isEqualTo(kept));
        assertThat(running.sluice.config().tenants()).containsOnlyKeys("acme");
        assertThat(servedName()).isEqualTo("CN=one");
    }

    @Test
    void widensAListenerToEveryAddress() {
        start(Running.config("acme"));
        int port = LineClient.portOf(running.sluice.boundAddress("line"));

        Reload reload =
                running.reload(Running.config("acme").replace("127.0.0.1:0", "0.0.0.0:" + port));

        assertThat(reload.remarks()).isEmpty();
        assertThat(reload.inForce()).isTrue();
        assertThat(running.sluice.boundAddress("line").toString()).contains("0.0.0.0");
        running.login("acme").close();
    }

    @Test
    void readsCertificatesAgain() throws Exception {
        certificate("one");
        start(Running.config("acme") + tls());
        assertThat(servedName()).isEqualTo("CN=one");
        certificate("two");

        Reload reload = running.reload(Running.config("acme") + tls());

        assertThat(reload.remarks()).isEmpty();
        assertThat(servedName()).isEqualTo("CN=two");
    }

    @Test
    void keepsTheCertificateInForceWhenTheNewOneCannotBeUsed() throws Exception {
        certificate("one");
        start(Running.config("acme") + tls());
        Files.writeString(folder.resolve("server.crt"), "garbage");

        Reload reload = running.reload(Running.config("acme") + tls());

        assertThat(reload.inForce()).isFalse();
        assertThat(reload.remarks())
                .singleElement()
                .asString()
                .matches(".*sluice.conf:\\d+: sluice.tls.certificate: .*server.crt.*");
        assertThat(servedName()).isEqualTo("CN=one");
    }

    private static String tls() {
        return "\nsluice.tls { mode = require, certificate = server.crt, key = server.key }";
    }

    private void certificate(String name) throws IOException, URISyntaxException {
        for (String kind : List.of("crt", "key")) {
            var resource =
                    requireNonNull(
                            ReloadTest.class.getResource("/tls/%s.%s".formatted(name, kind)));
            Path file = folder.resolve("server." + kind);
            Files.copy(Path.of(resource.toURI()), file, StandardCopyOption.REPLACE_EXISTING);
            file.toFile().setReadable(false, false);
            file.toFile().setReadable(true, true);
        }
    }

    /** The subject of the certificate that a new client is shown. */
    private String servedName() throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustAll()}, null);
        var socket = (SSLSocket) context.getSocketFactory().createSocket();
        try (LineClient client = new LineClient(socket, running.sluice.boundAddress("line"))) {
            assertThat(client.ask("login acme shop app")).isEqualTo("welcome");
            var shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return shown.getSubjectX500Principal().getName();
        }
    }

    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Asks every pool, on its loop. */
    private <T> List<T> ofPools(Function<Pool, T> question) {
        List<T> answers = new ArrayList<>();
        for (var loop : running.sluice.loops()) {
            answers.addAll(
                    loop.executor()
                            .submit(() ->
                                    running.sluice.pools(loop).all().stream()
                                            .map(question)
                                            .toList())
                            .syncUninterruptibly()
                            .getNow());
        }
        return answers;
    }
}
