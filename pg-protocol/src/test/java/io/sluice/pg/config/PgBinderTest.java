package io.sluice.pg.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ConfigError;
import io.sluice.config.ConfigLoader;
import io.sluice.config.Loaded;
import io.sluice.testbed.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL's own keys: what is refused, and where it is told. */
class PgBinderTest {
    private static final String ONE_TENANT =
            """
            sluice.listen.postgres = 6432
            sluice.backends.main { protocol = postgres, hosts = ["10.0.0.5:5432"] }
            sluice.tenants.acme.postgres {
              backend = main
              databases.shop {}
              users.app { verify = open-sesame, server { user = acme_app, secret = s3cret } }
            }
            """;

    private static final String SCRAM =
            "SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0c2FsdA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    @TempDir Path folder;

    @BeforeEach
    void files() throws IOException {
        TestAuthority authority = TestAuthority.create();
        authority.write(authority.issue("localhost"), folder, "one");
    }

    private List<String> errors(String more) throws IOException {
        Path file = Files.writeString(folder.resolve("sluice.conf"), ONE_TENANT + more);
        return switch (ConfigLoader.load(file, Map.of("postgres", new PgBinder()), Map.of())) {
            case Loaded.Ready _ -> List.of();
            case Loaded.Refused(var errors) ->
                    errors.stream()
                            .map(ConfigError::toString)
                            .map(text -> text.replace(folder + "/", ""))
                            .toList();
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sluice.postgres.auth-method = password | sluice.postgres.auth-method",
                "sluice.tenants.acme.postgres.auth-method = password | sluice.tenants.acme.postgres.auth-method"
            })
    void passwordsInClearAreRefusedWhereAListenerDoesNotRequireTls(String line, String key)
            throws IOException {
        assertThat(errors(line))
                .containsExactly(
                        "sluice.conf:8: "
                                + key
                                + ": password sends passwords in clear, and 127.0.0.1:6432 does not"
                                + " require TLS: set tls-required there, or auth-method = scram");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sluice.listen.postgres = /run/s",
                "sluice.tls { mode = require, certificate = one.crt, key = one.key }",
                """
                sluice.tls { mode = prefer, certificate = one.crt, key = one.key }
                sluice.listen.postgres = [{ address = 1, tls-required = true }, /run/s]
                """,
                """
                sluice.tenants.globex {}
                sluice.tenants.globex.postgres = ${sluice.tenants.acme.postgres}
                sluice.tenants.globex.postgres.auth-method = scram
                sluice.listen.postgres = [/run/s, { address = 2, tenant = globex }]
                """
            })
    void passwordsInClearAreTakenWhereNobodyCanListenIn(String text) throws IOException {
        assertThat(errors("sluice.tenants.acme.postgres.auth-method = password\n" + text))
                .isEmpty();
    }

    @Test
    void aSecretThatTheMethodCannotCheckIsRefused() throws IOException {
        String user = "sluice.tenants.acme.postgres.users.app.verify = \"%s\"\n";

        assertThat(errors(user.formatted(SCRAM) + "sluice.tenants.acme.postgres.auth-method = md5"))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.acme.postgres.users.app.verify: never lets this"
                                + " user in: auth-method md5 needs a plain or md5 secret");
        assertThat(errors(user.formatted(SCRAM))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"statement-timeout", "idle-in-transaction-session-timeout"})
    void aServersTimeoutIsADurationOrFollowsTheProxys(String key) throws IOException {
        String line = "sluice.tenants.acme.postgres.users.app.server." + key + " = ";

        assertThat(errors(line + "auto")).isEmpty();
        assertThat(errors(line + "off")).isEmpty();
        assertThat(errors(line + "25d"))
                .singleElement()
                .asString()
                .contains("sluice.conf:8", key, "must be from off to 24d, is 25d");
        assertThat(errors(line + "soon")).singleElement().asString().contains("sluice.conf:8", key);
    }

    @Test
    void aTimeoutIsNoneOfTheFurtherParameters() throws IOException {
        assertThat(
                        errors(
                                "sluice.postgres.server.parameters { Lock_Timeout = 1s, work_mem = 5MB }"))
                .containsExactly(
                        "sluice.conf:8: sluice.postgres.server.parameters.Lock_Timeout: has a key of"
                                + " its own: server.lock-timeout");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sluice.console.compat-version = \"1.25.2\"",
                "sluice.tiers.free.priority = low",
                "sluice.tiers.free.requests-per-minute = 100",
                "sluice.tls.ca = one.crt",
                "sluice.listen.postgres = { address = 1, tls { mode = prefer, certificate = one.crt, key = one.key, ca = one.crt } }",
                "sluice.http.tls.ca = one.crt",
                "sluice.postgres.users {}",
                "sluice.postgres.timeouts.login = 1s",
                "sluice.tiers.free.timeouts.login = 1s",
                "sluice.tenants.acme.timeouts.login = 1s",
                "sluice.tenants.acme.postgres.users.app.timeouts.login = 1s"
            })
    void whatNothingComesOfIsNoKey(String line) throws IOException {
        assertThat(errors(line)).singleElement().asString().contains("unknown key");
    }

    @Test
    void rootsThatNobodyLooksAtAreRefused() throws IOException {
        assertThat(errors("sluice.backends.main.tls { mode = require, ca = one.crt }"))
                .containsExactly(
                        "sluice.conf:8: sluice.backends.main.tls.ca: is looked at by verify-ca and"
                                + " verify-full only");
    }
}
