package io.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections to servers: how they are opened, and how they end. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ServerConnectionsTest {
    private static final String FAILED =
            "no lease: pool acme/shop/app cannot connect to its server: ";

    @TempDir Path folder;
    private LineServer server = new LineServer(ServerSocketFactory.getDefault());

    @AfterEach
    void end() throws IOException {
        server.close();
    }

    private Running start(String backend) {
        return Running.start(folder, config(backend, "app"));
    }

    private String config(String backend, String serverUser) {
        return Running.config()
                + """
                sluice.pool.min = 0
                sluice.backends.real { protocol = line, hosts = ["127.0.0.1:%d"]
                %s }
                sluice.tenants.acme.line {
                  backend = real, databases.shop {}
                  users.app { verify = open-sesame, server.user = %s }
                }
                """
                        .formatted(server.port(), backend, serverUser);
    }

    // ---- opening

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 7})
    void areOpenedWhenTheServerHasSaidAllOfItsWords(int cut) throws Exception {
        try (Running running = start("");
                LineClient client = running.login("acme")) {
            client.send("begin");
            Socket connection = server.connection();
            assertThat(server.heard()).isEqualTo("hi app");

            LineServer.say(connection, "hello 7\n".substring(0, cut));
            LineServer.say(connection, "hello 7\n".substring(cut));

            assertThat(client.read()).isEqualTo("begun");
            client.send("ask how are you");
            assertThat(server.heard()).isEqualTo("how are you");
            LineServer.say(connection, "well\n");
            assertThat(client.read()).isEqualTo("well");
        }
    }

    @Test
    void loseNothingOfWhatComesRightBehindTheLogin() throws Exception {
        try (Running running = start("");
                LineClient client = running.login("acme")) {
            client.send("begin");

            LineServer.say(server.connection(), "hello 7\nand good day");

            assertThat(client.read()).isEqualTo("begun");
            client.send("!");
            assertThat(client.read()).isEqualTo("and good day!");
        }
    }

    @Test
    void areNotHadFromAServerThatRefuses() throws Exception {
        try (Running running = start("login-retry = 1h");
                LineClient client = running.login("acme")) {
            client.send("begin");

            LineServer.say(server.connection(), "no you are unknown here\n");

            assertThat(client.read()).isEqualTo(FAILED + "you are unknown here");
            assertThat(server.heard()).isEqualTo("hi app");
            assertThat(server.heard()).isEqualTo("closed");
            assertThat(client.ask("begin"))
                    .as("at once")
                    .isEqualTo(FAILED + "you are unknown here");
        }
    }

    @Test
    void areNotHadFromAServerThatHangsUp() throws Exception {
        try (Running running = start("");
                LineClient client = running.login("acme")) {
            client.send("begin");
            Socket connection = server.connection();
            assertThat(server.heard()).isEqualTo("hi app");

            connection.close();

            assertThat(client.read()).isEqualTo(FAILED + "it closed the connection during login");
        }
    }

    @Test
    void areNotHadFromAServerThatIsSilent() throws Exception {
        try (Running running = start("connect-timeout = 300ms");
                LineClient client = running.login("acme")) {
            assertThat(client.ask("begin")).isEqualTo(FAILED + "no answer within 300 ms");
            assertThat(server.heard()).isEqualTo("hi app");
            assertThat(server.heard()).isEqualTo("closed");
        }
    }

    // ---- TLS

    @Test
    void areEncryptedWhereTheBackendIsToBe() throws Exception {
        server.close();
        server = new LineServer(new LoopbackCertificate().serving().getServerSocketFactory());
        try (Running running = start("tls { mode = require }");
                LineClient client = running.login("acme")) {
            client.send("begin");
            Socket connection = server.connection();
            assertThat(server.heard()).isEqualTo("hi app");
            LineServer.say(connection, "hello 7\n");
            assertThat(client.read()).isEqualTo("begun");
        }
    }

    @Test
    void areNotHadWithoutTlsWhereThatIsWanted() throws Exception {
        try (Running running = start("tls { mode = require }");
                LineClient client = running.login("acme")) {
            client.send("begin");
            LineServer.say(server.connection(), "hello 7\n");

            assertThat(client.read()).startsWith(FAILED + "TLS failed: ");
        }
    }

    // ---- the end

    @Test
    void areLostWhenTheServerClosesAndOpenedAnew() throws Exception {
        try (Running running = start("");
                LineClient client = running.login("acme")) {
            opened(client).shutdownOutput();
            assertThat(client.read()).isEqualTo("lost: the server closed the connection");
            assertThat(server.heard()).isEqualTo("closed");

            opened(client);
        }
    }

    @Test
    void areClosedWhenTheServerSpeaksUnasked() throws Exception {
        try (Running running = start("");
                LineClient client = running.login("acme")) {
            Socket connection = opened(client);
            assertThat(client.ask("end")).isEqualTo("ended");

            LineServer.say(connection, "listen\n");

            assertThat(server.heard()).isEqualTo("bye");
            assertThat(server.heard()).isEqualTo("closed");
        }
    }

    @Test
    void areClosedWhenACheckIsNotAnswered() throws Exception {
        try (Running running =
                        Running.start(
                                folder,
                                config("", "app")
                                        + "sluice.pool { check-after = 30s, idle-timeout = 1h }");
                LineClient client = running.login("acme")) {
            opened(client);
            assertThat(client.ask("end")).isEqualTo("ended");
            running.clock.advance(Duration.ofSeconds(30));
            assertThat(server.heard()).isEqualTo("still there?");

            running.clock.advance(Duration.ofSeconds(10));

            assertThat(server.heard()).isEqualTo("bye");
        }
    }

    @Test
    void areReplacedWhenAReloadChangesWhomTheyLogInAs() throws Exception {
        try (Running running = start("");
                LineClient client = running.login("acme")) {
            opened(client);
            assertThat(client.ask("end")).isEqualTo("ended");

            assertThat(running.reload(config("", "somebody")).inForce()).isTrue();

            assertThat(server.heard()).isEqualTo("bye");
            assertThat(server.heard()).isEqualTo("closed");
            client.send("begin");
            Socket connection = server.connection();
            assertThat(server.heard()).isEqualTo("hi somebody");
            LineServer.say(connection, "hello 8\n");
            assertThat(client.read()).isEqualTo("begun");
        }
    }

    @Test
    void stayWhenAReloadChangesOnlyHowManyThereMayBe() throws Exception {
        try (Running running = start("max-connections = 5");
                LineClient client = running.login("acme")) {
            opened(client);
            assertThat(client.ask("end")).isEqualTo("ended");

            assertThat(running.reload(config("max-connections = 6", "app")).inForce()).isTrue();

            assertThat(client.ask("begin")).isEqualTo("begun");
            client.send("ask still here");
            assertThat(server.heard()).isEqualTo("still here");
        }
    }

    /** A connection that the client has leased. */
    private Socket opened(LineClient client) throws InterruptedException {
        client.send("begin");
        Socket connection = server.connection();
        assertThat(server.heard()).isEqualTo("hi app");
        LineServer.say(connection, "hello 7\n");
        assertThat(client.read()).isEqualTo("begun");
        return connection;
    }
}
