package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process and the signals that it is sent. */
@Timeout(120)
class ProcessIT {
    @TempDir private Path folder;
    private Path config;
    private Path socket;

    @BeforeEach
    void configure() throws IOException {
        socket = folder.resolve(".s.PGSQL.6432");
        config =
                Files.writeString(
                        folder.resolve("sluice.conf"),
                        TestProxy.config(
                                        SharedPostgres.backend().host()
                                                + ":"
                                                + SharedPostgres.backend().port())
                                + "sluice.listen.postgres = [\"127.0.0.1:0\", \""
                                + socket
                                + "\"]\n"
                                + "sluice.limits.max-clients = 100\n"
                                + "sluice.event-loops = 2\n");
    }

    private SluiceProcess start() throws IOException {
        return SluiceProcess.start(config, Map.of());
    }

    private static RawPgClient login(int port) throws IOException {
        return RawPgClient.login("127.0.0.1", port, "app.acme", TestProxy.PASSWORD, "app");
    }

    private static PgMessage goodbye(RawPgClient client) throws IOException {
        PgMessage error = Answers.lastError(client);
        assertThat(error.sqlState()).isEqualTo("57P01");
        return error;
    }

    @Test
    void reloadsOnHupAndKeepsTheOldConfigurationWhereTheNewOneIsWrong() throws Exception {
        try (SluiceProcess sluice = start()) {
            int port = sluice.awaitPort();
            try (RawPgClient client = login(port)) {
                String more =
                        "sluice.tenants.acme.postgres.users.late { verify = secret, server { user ="
                                + " acme, secret = secret } }\n";
                Files.writeString(config, Files.readString(config) + more);
                sluice.signal("HUP");
                sluice.awaitLog("reload=in-force");
                RawPgClient.login("127.0.0.1", port, "late.acme", TestProxy.PASSWORD, "app")
                        .close();

                Files.writeString(config, Files.readString(config) + "sluice.no-such-key = 1\n");
                sluice.signal("HUP");
                sluice.awaitLog("reload=refused");
                sluice.awaitLog("no-such-key");
                login(port).close();
                assertThat(client.queryOne("select 1")).isEqualTo("1");
            }
            assertThat(sluice.isAlive()).isTrue();
        }
    }

    @Test
    void drainsOnTermWhileItsUnixSocketStaysForAnAdministrator() throws Exception {
        try (SluiceProcess sluice = start()) {
            int port = sluice.awaitPort();
            try (RawPgClient inside = login(port);
                    RawPgClient idle = login(port)) {
                inside.query("begin");
                sluice.signal("TERM");
                goodbye(idle);
                assertThatThrownBy(() -> login(port)).isInstanceOf(IOException.class);
                try (RawPgClient admin = RawPgClient.connect(socket)) {
                    admin.login("admin", TestProxy.PASSWORD, Map.of("database", "sluice"));
                    assertThat(Answers.types(admin.query("show clients"))).contains("D");
                    assertThat(Answers.error(admin.query("resume")).text())
                            .contains("shutting down");
                }
                try (RawPgClient late = RawPgClient.connect(socket)) {
                    assertThatThrownBy(() ->
                                    late.login(
                                            "app.acme",
                                            TestProxy.PASSWORD,
                                            Map.of("database", "app")))
                            .hasMessageContaining("57P01");
                }
                assertThat(Answers.types(inside.query("commit"))).isEqualTo("CZ");
                goodbye(inside);
            }
            assertThat(sluice.awaitExit()).isZero();
            assertThat(socket).doesNotExist();
            sluice.awaitLog("signal=TERM");
            assertThat(sluice.log()).anyMatch(line -> line.contains("stopped"));
        }
    }

    @Test
    void endsAtOnceOnTheSecondSignal() throws Exception {
        try (SluiceProcess sluice = start()) {
            int port = sluice.awaitPort();
            try (RawPgClient inside = login(port)) {
                inside.query("begin");
                sluice.signal("INT");
                sluice.awaitLog("shutdown=WAIT_FOR_SERVERS");
                assertThat(inside.queryOne("select 1")).isEqualTo("1");
                sluice.signal("TERM");
                goodbye(inside);
            }
            assertThat(sluice.awaitExit()).isZero();
        }
    }

    @Test
    void pausesOnUsr1AndResumesOnUsr2() throws Exception {
        try (SluiceProcess sluice = start()) {
            int port = sluice.awaitPort();
            try (RawPgClient client = login(port);
                    RawPgClient admin = RawPgClient.connect("127.0.0.1", port)) {
                admin.login("admin", TestProxy.PASSWORD, Map.of("database", "sluice"));
                client.queryOne("select 1");
                sluice.signal("USR1");
                await().until(() -> Answers.query(admin, "show state", "paused").equals("yes"));
                client.send(FrontendBytes.query("select 2"));
                sluice.signal("USR2");
                assertThat(Answers.column(client.readUntilReady())).containsExactly("2");
            }
        }
    }

    @Test
    void takesOverTheSocketFileThatAKilledProcessLeft() throws Exception {
        try (SluiceProcess killed = start()) {
            killed.awaitPort();
        }
        assertThat(Files.exists(socket)).as("left by a process that was killed").isTrue();
        try (SluiceProcess sluice = start()) {
            sluice.awaitPort();
            try (RawPgClient client = RawPgClient.connect(socket)) {
                client.login("app.acme", TestProxy.PASSWORD, Map.of("database", "app"));
                assertThat(client.queryOne("select current_user")).isEqualTo("acme");
            }
        }
    }

    @Test
    void saysInOneLineThatItsPortIsTaken() throws Exception {
        try (SluiceProcess first = start()) {
            int port = first.awaitPort();
            Path second =
                    Files.writeString(
                            folder.resolve("second.conf"),
                            Files.readString(config)
                                    + "sluice.listen.postgres = \"127.0.0.1:"
                                    + port
                                    + "\"\n");
            try (SluiceProcess refused = SluiceProcess.start(second, Map.of())) {
                assertThat(refused.awaitExit()).isEqualTo(1);
                await().untilAsserted(() ->
                        assertThat(refused.log())
                                .filteredOn(line -> line.contains("cannot listen on"))
                                .singleElement()
                                .asString()
                                .startsWith("sluice: cannot listen on 127.0.0.1:" + port));
                assertThat(refused.log()).noneMatch(line -> line.startsWith("\tat "));
            }
            login(port).close();
        }
    }
}
