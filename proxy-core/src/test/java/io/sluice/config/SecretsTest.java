package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static io.sluice.config.ConfigFolder.user;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private static final String KEY_32 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    private static final String VERIFIER = "SCRAM-SHA-256$4096:c2FsdA==$" + KEY_32 + ":" + KEY_32;
    private static final String MD5 = "md50123456789abcdef0123456789ABCDEF";
    private static final String APP = "sluice.tenants.acme.fake.users.app";

    @TempDir Path temp;
    private ConfigFolder folder;

    @BeforeEach
    void folder() {
        folder =
                new ConfigFolder(
                        temp,
                        Map.of(
                                "APP_SECRET",
                                "from-env",
                                "CREDENTIALS_DIRECTORY",
                                temp.resolve("credentials").toString()));
    }

    private void writeSecret(String name, String text, String mode) throws IOException {
        Path file = folder.write(name, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private UserConfig app(String more) {
        return user(folder.config(ONE_TENANT + APP + more), "app");
    }

    private List<String> errors(String more) {
        return folder.errors(ONE_TENANT + APP + more);
    }

    @Test
    void comeFromWhereTheFileSays() throws IOException {
        writeSecret("app.secret", "from-file\n", "rw-r-----");
        writeSecret("credentials/app", "from-systemd\r\n", "r--------");

        assertThat(
                        app(".verify = [inline, { file = app.secret }, { env = APP_SECRET },"
                                        + " { credential = app }]")
                                .verify())
                .isEqualTo(
                        new CredentialConfig(
                                false,
                                List.of(
                                        new Secret("inline"),
                                        new Secret("from-file"),
                                        new Secret("from-env"),
                                        new Secret("from-systemd"))));
        assertThat(app(".server.secret = { file = app.secret }").serverSecret())
                .isEqualTo(new Secret("from-file"));
        assertThat(app(".verify = { env = APP_SECRET }").verify().secrets())
                .containsExactly(new Secret("from-env"));
    }

    @Test
    void onlyOneFinalLineEndIsNoPartOfThem() throws IOException {
        writeSecret("app.secret", " a b \n\n", "rw-------");

        assertThat(app(".verify = { file = app.secret }").verify().secrets())
                .containsExactly(new Secret(" a b \n"));
    }

    @Test
    void filesAreRelativeToTheFileThatNamesThem() throws IOException {
        writeSecret("tenants/app.secret", "beside", "rw-------");
        folder.write("tenants/acme.conf", ONE_TENANT + APP + ".verify = { file = app.secret }");

        assertThat(user(folder.config("include \"tenants/acme.conf\""), "app").verify().secrets())
                .containsExactly(new Secret("beside"));
    }

    @Test
    void thatEverybodyCanReadAreRefused() throws IOException {
        writeSecret("app.secret", "x", "rw-r--r--");

        assertThat(errors(".verify = { file = app.secret }"))
                .containsExactly(
                        "sluice.conf:8: %s.verify.file: every user of this machine can read app.secret: chmod o-r it"
                                .formatted(APP));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ file = none } | there is no file none",
                "{ env = NONE } | the environment has no variable \"NONE\"",
                "{ credential = none } | there is no file",
                "{ credential = \"../x\" } | a credential is named without a path",
                "{ file = a, env = b } | must be a text, or have exactly one of file, env, credential",
                "{ file = [a] } | must be a text, is a list",
                "{} | must be a text, or have exactly one of",
                "[trust, x] | trust is a word of its own, not one of a list",
                "[[a]] | must be a text, is a list",
                "\"\" | the secret is empty",
                "[] | is missing: how clients prove who they are"
            })
    void thatCannotBeHadAreErrors(String verify, String complaint) {
        assertThat(errors(".verify = " + verify))
                .singleElement()
                .asString()
                .startsWith("sluice.conf:8: " + APP + ".verify")
                .contains(complaint);
    }

    @Test
    void credentialsNeedTheirDirectory() {
        assertThat(
                        new ConfigFolder(temp)
                                .errors(ONE_TENANT + APP + ".verify = { credential = app }"))
                .singleElement()
                .asString()
                .contains("CREDENTIALS_DIRECTORY is not set");
    }

    @Test
    void verifyHasNoDefault() {
        assertThat(folder.errors(ONE_TENANT + "sluice.tenants.acme.fake.users.b {}"))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.acme.fake.users.b.verify: is missing: how"
                                + " clients prove who they are (a secret, a list of them, or the word"
                                + " trust)");
    }

    @Test
    void trustIsAWordOfItsOwn() {
        assertThat(app(".verify = trust").verify())
                .isEqualTo(new CredentialConfig(true, List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {MD5, VERIFIER})
    void hashesOfTheirFormCheckClients(String hash) {
        assertThat(app(".verify = \"" + hash + "\"").verify().secrets())
                .containsExactly(new Secret(hash));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "md5",
                "md50123456789abcdef0123456789abcde",
                "md50123456789abcdef0123456789abcdeg",
                "SCRAM-SHA-256$4096:c2FsdA==$AAAA:AAAA",
                "SCRAM-SHA-256$0:c2FsdA==$" + KEY_32 + ":" + KEY_32,
                "SCRAM-SHA-256$4096:%%$" + KEY_32 + ":" + KEY_32,
                "SCRAM-SHA-512$4096:c2FsdA==$" + KEY_32 + ":" + KEY_32,
                "SCRAM-SHA-256$4096"
            })
    void hashesOfNoFormAreErrorsThatDoNotShowThem(String hash) {
        assertThat(errors(".verify = [\"" + hash + "\"]"))
                .singleElement()
                .asString()
                .startsWith("sluice.conf:8: " + APP + ".verify[0]: ")
                .doesNotContain(hash + "\"", "AAAA");
    }

    @Test
    void aVerifierCannotLogInToAServer() {
        assertThat(errors(".server.secret = \"" + VERIFIER + "\""))
                .containsExactly(
                        "sluice.conf:8: %s.server.secret: is a SCRAM verifier, which only checks logins and cannot log in to a server (give the password itself)"
                                .formatted(APP));
        assertThat(app(".server.secret = " + MD5).serverSecret()).isEqualTo(new Secret(MD5));
    }
}
