package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.config.Secret;
import io.sluice.session.Admission.Group;
import io.sluice.tenant.credential.PasswordHasher;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.Login;
import io.sluice.testbed.LoginRefused;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in by which proof, and what those hear who do not. */
class LoginIT {
    private static PostgresBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() throws Exception {
        backend = SharedPostgres.backend();
        List<String> users = new ArrayList<>();
        for (Login server : Login.values()) {
            String role = "login_it_" + server.name().toLowerCase(Locale.ROOT);
            backend.createRole(role, "server-pw", server);
            backend.execute("grant connect on database acme_app to " + role);
            for (String proof : List.of("trust", "plain", "md5", "scram")) {
                String name = proof + "_" + server.name().toLowerCase(Locale.ROOT);
                String verify =
                        switch (proof) {
                            case "trust" -> "trust";
                            case "plain" -> "\"" + TestProxy.PASSWORD + "\"";
                            case "md5" -> "\"" + md5(TestProxy.PASSWORD + name + ".acme") + "\"";
                            default -> "\"" + backend.storedSecret("acme") + "\"";
                        };
                users.add(
                        "sluice.tenants.acme.postgres.users.%s { verify = %s, server { user = %s, secret = \"server-pw\" } }"
                                .formatted(name, verify, role));
            }
        }
        users.add("sluice.postgres.backend.allow-cleartext-password = true");
        users.add("sluice.backends.main.tls.mode = disable");
        users.add("sluice.tenants.globex.postgres.auth-method = md5");
        users.add(
                "sluice.tenants.globex.postgres.users.clear { verify = \"%s\", server { user = globex, secret = \"%1$s\" } }"
                        .formatted(TestProxy.PASSWORD));
        users.add("sluice.tenants.acme.postgres.users.few { verify = secret, max-clients = 2 }");
        proxy = TestProxy.start(backend, users.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static String md5(String text) throws Exception {
        byte[] digest =
                MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
        return "md5" + HexFormat.of().formatHex(digest);
    }

    static List<Arguments> proofs() {
        List<Arguments> all = new ArrayList<>();
        for (Login server : Login.values()) {
            for (String proof : List.of("trust", "plain", "md5", "scram")) {
                all.add(Arguments.of(proof, server));
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("proofs")
    void letsInByAnyProofInFrontOfAServerWithAnyOther(String proof, Login server)
            throws IOException {
        String name = proof + "_" + server.name().toLowerCase(Locale.ROOT);
        try (RawPgClient client = proxy.connect()) {
            List<PgMessage> messages =
                    client.login(name + ".acme", TestProxy.PASSWORD, Map.of("database", "app"));
            int asked = messages.getFirst().reader().getInt();
            assertThat(asked)
                    .isEqualTo(
                            switch (proof) {
                                case "trust" -> 0;
                                case "md5" -> 5;
                                default -> 10;
                            });
            assertThat(client.queryOne("select current_user"))
                    .isEqualTo("login_it_" + server.name().toLowerCase(Locale.ROOT));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 5000, 100_000})
    void logsInWithAnyNumberOfIterationsOnBothSides(int iterations) throws Exception {
        backend.execute("alter database postgres set scram_iterations = " + iterations);
        try {
            backend.createRole("iterations_" + iterations, "server-pw");
        } finally {
            backend.execute("alter database postgres reset scram_iterations");
        }
        String stored = backend.storedSecret("iterations_" + iterations);
        assertThat(stored).startsWith("SCRAM-SHA-256$" + iterations + ":");
        backend.execute("grant connect on database acme_app to iterations_" + iterations);
        String verifier =
                PasswordHasher.scram(new Secret(TestProxy.PASSWORD), iterations + 1)
                        .format()
                        .reveal();
        try (TestProxy own =
                        TestProxy.start(
                                backend,
                                "sluice.tenants.acme.postgres.users.app { verify = [\"%s\"], server { user = iterations_%d, secret = server-pw } }"
                                        .formatted(verifier, iterations));
                RawPgClient client = own.connect()) {
            List<PgMessage> messages =
                    client.login("app.acme", TestProxy.PASSWORD, Map.of("database", "app"));
            assertThat(messages)
                    .anySatisfy(message ->
                            assertThat(message.payloadText()).endsWith(",i=" + (iterations + 1)));
            assertThat(client.queryOne("select current_user"))
                    .isEqualTo("iterations_" + iterations);
            try (RawPgClient wrong = own.connect()) {
                assertThatThrownBy(
                                () -> wrong.login("app.acme", "wrong", Map.of("database", "app")))
                        .hasMessageContaining("28P01");
            }
        }
    }

    @Test
    void asksForMd5WhereTheTenantSaysSo() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            List<PgMessage> messages =
                    client.login("app.globex", TestProxy.PASSWORD, Map.of("database", "app"));
            assertThat(messages.getFirst().reader().getInt()).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"app.acme", "nobody.acme", "app.nowhere", "nobody", "", "app.globex"})
    void refusesAWrongPasswordAndAnUnknownUserAlike(String user) throws IOException {
        try (RawPgClient client = proxy.connect()) {
            if (user.isEmpty()) {
                client.startup(Map.of("database", "app"));
                assertThat(Answers.lastError(client).sqlState()).isEqualTo("28000");
                return;
            }
            assertThatThrownBy(() -> client.login(user, "wrong", Map.of("database", "app")))
                    .isInstanceOfSatisfying(
                            LoginRefused.class,
                            refused -> {
                                assertThat(refused.error().sqlState()).isEqualTo("28P01");
                                assertThat(refused.error().field('S')).isEqualTo("FATAL");
                                assertThat(refused.error().text())
                                        .isEqualTo(
                                                "password authentication failed for user \"%s\""
                                                        .formatted(user));
                            });
            assertThat(client.atEnd()).isTrue();
        }
    }

    @Test
    void asksAnUnknownUserForTheProofThatTheTenantsUsersAreAskedFor() throws IOException {
        for (String user : List.of("app.globex", "nobody.globex")) {
            try (RawPgClient client = proxy.connect()) {
                client.startup(Map.of("user", user, "database", "app"));
                assertThat(client.read().reader().getInt()).as(user).isEqualTo(5);
            }
        }
    }

    @Test
    void offersAnUnknownUserTheSameSaltEachTime() throws IOException {
        assertThat(challenge("nobody.acme")).isEqualTo(challenge("nobody.acme"));
        assertThat(challenge("nobody.acme")).isNotEqualTo(challenge("somebody.acme"));
        assertThat(challenge("app.acme")).isEqualTo(challenge("app.acme"));
    }

    private static String challenge(String user) throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.startup(Map.of("user", user, "database", "app"));
            client.read();
            client.send(
                    FrontendBytes.saslInitialResponse(
                            "SCRAM-SHA-256",
                            "n,,n=*,r=abcdefghijklmnop".getBytes(StandardCharsets.UTF_8)));
            String first = client.read().payloadText().substring(4);
            return first.substring(first.indexOf(",s="));
        }
    }

    @Test
    void tellsOfAnUnknownDatabaseOnlyAfterTheLogin() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            assertThatThrownBy(() ->
                            client.login(
                                    "app.acme", TestProxy.PASSWORD, Map.of("database", "nothere")))
                    .hasMessageContaining("3D000: database \"nothere\" does not exist");
        }
        try (RawPgClient client = proxy.connect()) {
            assertThatThrownBy(
                            () -> client.login("app.acme", "wrong", Map.of("database", "nothere")))
                    .hasMessageContaining("28P01");
        }
    }

    @Test
    void countsClientsDownAgainAfterLoginsThatFailed() throws IOException {
        Group user = new Group("user", "acme/few");
        for (int i = 0; i < 5; i++) {
            try (RawPgClient client = proxy.connect()) {
                assertThatThrownBy(
                                () -> client.login("few.acme", "wrong", Map.of("database", "app")))
                        .hasMessageContaining("28P01");
            }
            try (RawPgClient client = proxy.connect()) {
                // Its own proof is right, but the server does not know such a user.
                assertThatThrownBy(() ->
                                client.login(
                                        "few.acme", TestProxy.PASSWORD, Map.of("database", "app")))
                        .isInstanceOf(LoginRefused.class);
            }
        }
        await().until(() -> proxy.sluice().admission().clients(user) == 0);
        await().until(() -> proxy.sluice().admission().unauthenticated() == 0);
    }

    @Test
    void takesAStartupPacketByteByByte() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.sendInFragments(
                    1,
                    FrontendBytes.startup(
                            FrontendBytes.PROTOCOL_3_0,
                            Map.of("user", "trust_scram.acme", "database", "app")));
            client.readUntilReady();
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void takesAStartupPacketOf10000BytesAndNoLongerOne() throws IOException {
        int rest = startupNamed("").length;
        try (RawPgClient client = proxy.connect()) {
            client.sendInFragments(100, startupNamed("n".repeat(10_000 - rest)));
            client.readUntilReady();
            assertThat(client.queryOne("show application_name")).isEqualTo("n".repeat(63));
        }
        try (RawPgClient client = proxy.connect()) {
            client.send(ByteBuffer.allocate(8).putInt(10_001).putInt(3 << 16).array());
            assertThat(client.atEnd()).isTrue();
        }
    }

    @Test
    void takes128SettingsAndRefusesMoreWithTheLimit() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.send(startupWithOptions(128));
            client.readUntilReady();
            assertThat(client.queryOne("show many.s128")).isEqualTo("128");
        }
        try (RawPgClient client = proxy.connect()) {
            client.send(startupWithOptions(129));
            var refused = client.readUntilClosed();
            assertThat(Answers.errors(refused)).isEqualTo("08P01");
            assertThat(refused.getLast().text())
                    .contains("129 settings, at most 128 are taken", "ALTER ROLE");
        }
    }

    private static byte[] startupWithOptions(int count) {
        StringBuilder options = new StringBuilder();
        for (int i = 1; i <= count; i++) {
            options.append(" -c many.s%d=%d".formatted(i, i));
        }
        return FrontendBytes.startup(
                FrontendBytes.PROTOCOL_3_0,
                Map.of(
                        "user", "trust_scram.acme",
                        "database", "app",
                        "options", options + " -c sluice.tenant=acme"));
    }

    private static byte[] startupNamed(String application) {
        return FrontendBytes.startup(
                FrontendBytes.PROTOCOL_3_0,
                Map.of(
                        "user", "trust_scram.acme",
                        "database", "app",
                        "application_name", application));
    }

    @Test
    void closesOnAProofThatClaimsToBeHuge() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.startup(Map.of("user", "app.acme", "database", "app"));
            client.read();
            client.send(ByteBuffer.allocate(5).put((byte) 'p').putInt(Integer.MAX_VALUE).array());
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("08P01");
        }
    }

    /** In clear, where nobody listens in, so that all of it is sent. */
    @Test
    void takesAPasswordOf64Kib(@TempDir Path folder) throws IOException {
        String password = "p".repeat(64 * 1024 - 1) + "w";
        Path socket = folder.resolve(".s.PGSQL.6432");
        try (TestProxy own =
                TestProxy.start(
                        backend,
                        "sluice.listen.postgres = [\"%s\"]".formatted(socket),
                        "sluice.postgres.auth-method = password",
                        "sluice.tenants.acme.postgres.users.app.verify = \"%s\""
                                .formatted(password))) {
            assertThat(own.sluice().addresses("postgres")).hasSize(1);
            try (RawPgClient client = RawPgClient.connect(socket)) {
                client.login("app.acme", password, Map.of("database", "app"));
                assertThat(client.queryOne("select 1")).isEqualTo("1");
            }
            try (RawPgClient client = RawPgClient.connect(socket)) {
                String wrong = password.substring(1) + "p";
                assertThatThrownBy(() -> client.login("app.acme", wrong, Map.of("database", "app")))
                        .hasMessageContaining("28P01");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "*1\r\n$4\r\nPING\r\n",
                "\u0000\u0000\u0000\u0004\u0000\u0003\u0000\u0000",
                "\u007f\u007f\u007f\u007f"
            })
    void closesAtOnceOnWhatIsNoStartupPacket(String bytes) throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.send(bytes.getBytes(StandardCharsets.ISO_8859_1));
            assertThat(client.atEnd()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(chars = {'Q', 'P', 'S', 'd', '\0'})
    void endsALoginInWhichAnythingButAProofComes(char type) throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.startup(Map.of("user", "app.acme", "database", "app"));
            client.read();
            client.send(ByteBuffer.allocate(9).put((byte) type).putInt(8).putInt(0).array());
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("08P01");
        }
    }

    @Test
    void refusesGssAndGoesOn() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.send(FrontendBytes.gssEncRequest());
            assertThat((char) client.readByte()).isEqualTo('N');
            client.send(FrontendBytes.sslRequest());
            assertThat((char) client.readByte()).isEqualTo('N');
            client.login("app.acme", TestProxy.PASSWORD, Map.of("database", "app"));
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void takesOptionsOfTheCommandLineForSettings() throws IOException {
        try (RawPgClient client =
                proxy.login(
                        "acme",
                        Map.of(
                                "options",
                                "-c application_name=a\\ b --statement-timeout=1234 -cwork_mem=5MB"))) {
            assertThat(client.queryOne("show application_name")).isEqualTo("a b");
            assertThat(client.queryOne("show statement_timeout")).isEqualTo("1234ms");
            assertThat(client.queryOne("show work_mem")).isEqualTo("5MB");
        }
        try (RawPgClient client = proxy.login("acme", Map.of("application_name", ""))) {
            assertThat(client.queryOne("show application_name")).isEmpty();
        }
        try (RawPgClient client = proxy.connect()) {
            client.startup(Map.of("user", "app.acme", "database", "app", "options", "-x nonsense"));
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("08P01");
        }
    }

    @Test
    void refusesASettingThatTheServerDoesNotKnowAndKeepsTheConnectionClean() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            assertThatThrownBy(() ->
                            client.login(
                                    "app.acme",
                                    TestProxy.PASSWORD,
                                    Map.of("database", "app", "no_such_thing", "1")))
                    .hasMessageContaining("42704");
        }
        try (RawPgClient client = proxy.login("acme")) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void negotiatesTheProtocolVersionOnceAndGivesALongCancelKey() throws Exception {
        try (RawPgClient client = proxy.connect()) {
            client.send(
                    FrontendBytes.startup(
                            (3 << 16) | 9999,
                            Map.of(
                                    "user", "app.acme",
                                    "database", "app",
                                    "_pq_.made_up", "1")));
            List<PgMessage> messages = client.authenticate("app.acme", TestProxy.PASSWORD);
            List<PgMessage> versions = messages.stream().filter(m -> m.type() == 'v').toList();
            assertThat(versions).hasSize(1);
            ByteBuffer version = versions.getFirst().reader();
            assertThat(version.getInt()).isEqualTo(FrontendBytes.PROTOCOL_3_2);
            assertThat(version.getInt()).isEqualTo(1);
            assertThat(versions.getFirst().payloadText()).contains("_pq_.made_up");
            assertThat(client.cancelKey().secret()).hasSize(32);
            cancelsItself(client);
        }
        try (RawPgClient client = proxy.connect()) {
            client.send(
                    FrontendBytes.startup(
                            FrontendBytes.PROTOCOL_3_2,
                            Map.of("user", "app.acme", "database", "app")));
            List<PgMessage> messages = client.authenticate("app.acme", TestProxy.PASSWORD);
            assertThat(Answers.types(messages)).doesNotContain("v");
            assertThat(client.cancelKey().secret()).hasSize(32);
        }
        try (RawPgClient client = proxy.login("acme")) {
            assertThat(client.cancelKey().secret()).hasSize(4);
            cancelsItself(client);
        }
    }

    private static void cancelsItself(RawPgClient client) throws IOException {
        SharedPostgres.putToSleep(client);
        client.cancel();
        assertThat(Answers.error(client.readUntilReady()).sqlState()).isEqualTo("57014");
    }

    @Test
    void refusesOtherMajorVersionsAndReplication() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.send(FrontendBytes.startup(2 << 16, Map.of("user", "app.acme")));
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("0A000");
        }
        try (RawPgClient client = proxy.connect()) {
            client.startup(
                    Map.of("user", "app.acme", "database", "app", "replication", "database"));
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("0A000");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "False", "F", "n", "NO", "of", "off", "0", ""})
    void letsInWhoAsksForNoReplicationInAnyOfItsSpellings(String no) throws IOException {
        try (RawPgClient client = proxy.login("acme", Map.of("replication", no))) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"o", "true", "on", "database", "00"})
    void refusesReplicationAndWhatMayMeanIt(String asked) throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.startup(Map.of("user", "app.acme", "database", "app", "replication", asked));
            assertThat(Answers.lastError(client).sqlState()).isEqualTo("0A000");
        }
    }

    @Test
    void letsAnAdministratorInThatIsNoTenantsUser() throws IOException {
        try (RawPgClient client = proxy.connect()) {
            client.login("admin", TestProxy.PASSWORD, Map.of("database", "pgbouncer"));
            assertThat(Answers.types(client.query("show version"))).contains("D");
        }
        try (RawPgClient client = proxy.connect()) {
            assertThatThrownBy(() ->
                            client.login(
                                    "app.acme", TestProxy.PASSWORD, Map.of("database", "sluice")))
                    .hasMessageContaining("28P01");
        }
    }
}
