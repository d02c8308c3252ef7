package io.sluice.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Loop;
import io.sluice.pool.Switches;
import io.sluice.session.Admission;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients on their way from accept to their session, or not to it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ArrivalTest {
    @TempDir Path folder;

    private Running start(String more) {
        return Running.start(folder, Running.config("acme", "globex") + more);
    }

    private static LineClient connect(Running running) {
        return new LineClient(running.sluice.boundAddress("line"));
    }

    // ---- being let in

    @Test
    void givesTheSessionWhatCameTooEarly() {
        try (Running running = start("")) {
            for (int i = 0; i < 40; i++) { // accepted on either loop: about half of them move
                try (LineClient client = connect(running)) {
                    client.send("login acme shop app\nfirst %d\nsecond %d".formatted(i, i));

                    assertThat(client.read()).isEqualTo("welcome");
                    assertThat(client.read()).isEqualTo("first " + i);
                    assertThat(client.read()).isEqualTo("second " + i);
                }
            }
        }
    }

    @Test
    void countsAClientOnceAndForAsLongAsItStays() {
        try (Running running = start("\nsluice.tenants.acme.max-clients = 1")) {
            Admission admission = running.sluice.admission();
            try (LineClient _ = running.login("acme");
                    LineClient second = connect(running);
                    LineClient _ = running.login("globex")) {
                assertThat(second.ask("login acme shop app"))
                        .isEqualTo("refused: too many clients: tenant acme allows 1");
                assertThat(second.read()).isNull();
                assertThat(admission.clients()).isEqualTo(2);
            }
            await().until(() -> admission.clients() == 0);
            running.login("acme").close();
        }
    }

    @Test
    void letsNobodyIntoADatabaseThatIsSwitchedOff() {
        try (Running running = start("");
                LineClient client = connect(running)) {
            running.sluice
                    .switches()
                    .setDisabled(new Switches.Database("line", "acme", "shop"), true);

            assertThat(client.ask("login acme shop app"))
                    .isEqualTo("refused: database shop does not take new sessions (DISABLE)");
        }
    }

    // ---- being sent away

    @Test
    void sendsAwayWhoDoesNotLogInInTime() {
        try (Running running = start("\nsluice.timeouts.login = 10s");
                LineClient idle = connect(running);
                LineClient lingering = connect(running)) {
            lingering.send("linger");
            await().until(() -> running.sluice.admission().unauthenticated() == 2);

            running.clock.advance(Duration.ofSeconds(10));

            assertThat(idle.read()).isEqualTo("refused: login timeout");
            assertThat(idle.read()).isNull();
            assertThat(lingering.read()).as("closed without a word").isNull();
            await().until(() -> running.sluice.admission().unauthenticated() == 0);
        }
    }

    @Test
    void sendsAwayWhoComesWhileTooManyLogIn() {
        try (Running running = start("\nsluice.limits.max-unauthenticated = 1");
                LineClient first = connect(running)) {
            await().until(() -> running.sluice.admission().unauthenticated() == 1);
            try (LineClient second = connect(running)) {
                assertThat(second.read())
                        .isEqualTo("refused: more than 1 connections log in (max-unauthenticated)");
                assertThat(second.read()).isNull();
            }

            assertThat(first.ask("login acme shop app")).isEqualTo("welcome");
            running.login("acme").close();
        }
    }

    @Test
    void leavesNobodyWithoutAWordByABugOfOurs() {
        try (Running running = start("");
                LineClient client = connect(running)) {
            assertThat(client.ask("break")).startsWith("refused: internal error");
            assertThat(client.read()).isNull();
            await().until(() -> running.sluice.admission().unauthenticated() == 0);
        }
    }

    @Test
    void looksAtNoPasswordOfAnAddressThatFailedTooOften() {
        try (Running running = start("\nsluice.limits.failed-logins = 2")) {
            try (LineClient client = connect(running)) {
                client.send("login acme shop app guess\nlogin acme shop app guess");
                client.send("login acme shop app open-sesame");
                assertThat(client.read()).isEqualTo("wrong");
                assertThat(client.read()).isEqualTo("wrong");
                assertThat(client.read())
                        .startsWith("refused: more than 2 failed logins of its address at acme");
            }
            try (LineClient other = connect(running)) {
                assertThat(other.ask("login globex shop app open-sesame")).isEqualTo("welcome");
            }
            running.clock.advance(Duration.ofMinutes(1));
            try (LineClient client = connect(running)) {
                assertThat(client.ask("login acme shop nobody open-sesame")).isEqualTo("wrong");
                assertThat(client.ask("login acme shop app open-sesame")).isEqualTo("welcome");
            }
        }
    }

    // ---- on the way home

    @Test
    void countsOutWhoIsLostOnTheWayHome() throws InterruptedException {
        try (Running running = start("");
                LineClient atHome = running.login("acme")) {
            CountDownLatch released = hold(homeOf(running));
            List<LineClient> lost = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                LineClient client = connect(running);
                client.send("login acme shop app\nearly");
                lost.add(client);
            }
            // Those that the other loop has accepted are counted in, and on their way.
            await().until(() -> running.sluice.admission().clients() > 1);
            lost.forEach(LineClient::close);

            released.countDown();

            await().until(() -> running.sluice.admission().clients() == 1);
            await().until(() -> running.sluice.admission().unauthenticated() == 0);
            assertThat(running.sluice.homes().sessionsOn(homeOf(running))).isEqualTo(1);
            assertThat(atHome.ask("still there")).isEqualTo("still there");
        }
    }

    @Test
    void sendsAwayWhomTheConfigurationHasForgottenWhenItIsHome() throws InterruptedException {
        try (Running running = start("");
                LineClient _ = running.login("acme")) {
            CountDownLatch released = hold(homeOf(running));
            List<LineClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                LineClient client = connect(running);
                client.send("login acme shop app");
                clients.add(client);
            }
            // Those that the other loop has accepted are on their way, the others not even heard.
            await().until(() -> running.sluice.admission().clients() > 1);
            running.write(Running.config("globex"));
            var reload = running.sluice.reload();
            await().until(() -> !running.sluice.config().tenants().containsKey("acme"));

            released.countDown();

            assertThat(reload.toCompletableFuture().join().inForce()).isTrue();
            assertThat(clients.stream().map(LineClient::read).distinct().toList())
                    .contains("refused: the configuration has changed")
                    .isSubsetOf("refused: the configuration has changed", "nobody knows you");
            assertThat(clients).allSatisfy(client -> assertThat(client.read()).isNull());
            clients.forEach(LineClient::close);
            await().until(() -> running.sluice.admission().clients() == 0);
        }
    }

    private static Loop homeOf(Running running) {
        Loop first = running.sluice.loops().get(0);
        return running.sluice.homes().sessionsOn(first) > 0 ? first : running.sluice.loops().get(1);
    }

    /** Keeps the loop from looking at its events until the latch is released. */
    private static CountDownLatch hold(Loop loop) throws InterruptedException {
        CountDownLatch isHeld = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        loop.execute(() -> {
            isHeld.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        isHeld.await();
        return released;
    }

    // ---- TLS

    @Test
    void takesTlsFromTheFirstByteOnAndWhenItIsAskedFor() throws Exception {
        try (Running running = withTls("require")) {
            try (LineClient client = secured(running, false)) {
                client.send("login acme shop app\nearly");
                assertThat(client.read()).isEqualTo("welcome");
                assertThat(client.read()).isEqualTo("early");
            }
            try (LineClient client = secured(running, true)) {
                assertThat(client.ask("login globex shop app")).isEqualTo("welcome");
            }
            try (LineClient client = connect(running)) {
                assertThat(client.ask("login acme shop app")).isEqualTo("come with TLS");
                assertThat(client.read()).isNull();
            }
        }
    }

    @Test
    void takesClientsWithoutTlsWhereItIsOnlyOffered() throws Exception {
        try (Running running = withTls("prefer")) {
            running.login("acme").close();
            try (LineClient client = secured(running, false)) {
                assertThat(client.ask("login acme shop app")).isEqualTo("welcome");
            }
        }
    }

    @Test
    void hangsUpOnTlsThatIsNotOffered() {
        try (Running running = start("");
                LineClient client = connect(running)) {
            assertThat(client.ask("tls")).isEqualTo("no");
            assertThat(client.ask("login acme shop app")).isEqualTo("welcome");
            try (LineClient unasked = connect(running)) {
                assertThat(unasked.ask("\u0016\u0003\u0001")).isNull();
            }
        }
    }

    @Test
    void hangsUpOnWhatIsNoHandshake() throws Exception {
        try (Running running = withTls("require");
                LineClient client = connect(running)) {
            assertThat(client.ask("tls")).isEqualTo("go");

            client.send("login acme shop app");

            assertThat(client.read()).isNotEqualTo("welcome");
            await().until(() -> running.sluice.admission().unauthenticated() == 0);
        }
    }

    private Running withTls(String mode) throws IOException, URISyntaxException {
        for (String kind : List.of("crt", "key")) {
            Path file = folder.resolve("server." + kind);
            Files.copy(resource(kind), file, StandardCopyOption.REPLACE_EXISTING);
            file.toFile().setReadable(false, false);
            file.toFile().setReadable(true, true);
        }
        return start(
                "\nsluice.tls { mode = %s, certificate = server.crt, key = server.key }"
                        .formatted(mode));
    }

    private static Path resource(String kind) throws URISyntaxException {
        return Path.of(requireNonNull(ArrivalTest.class.getResource("/tls/one." + kind)).toURI());
    }

    /** A client over TLS, which it asks for or begins at once. */
    private static LineClient secured(Running running, boolean asks)
            throws GeneralSecurityException, IOException, URISyntaxException {
        LineClient plain = connect(running);
        if (asks) {
            assertThat(plain.ask("tls")).isEqualTo("go");
        }
        return plain.secured(trusting());
    }

    private static SSLContext trusting()
            throws GeneralSecurityException, IOException, URISyntaxException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var in = Files.newInputStream(resource("crt"))) {
            store.setCertificateEntry(
                    "one", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
