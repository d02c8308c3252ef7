package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static io.sluice.config.ConfigFolder.user;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigErrorsTest {
    @TempDir Path temp;
    private ConfigFolder folder;

    @BeforeEach
    void folder() {
        folder = new ConfigFolder(temp);
    }

    @Test
    void tellsAllThatIsWrongAtOnceInTheOrderOfTheFile() {
        assertThat(
                        folder.errors(
                                """
                                sluice {
                                  pool { max = many, mim = 3 }
                                  timeouts.query = 30
                                  limits.max-clients = 0
                                  log.slow-query = [1s]
                                  transport = iouring
                                  console = yes
                                  tenants.acme.fake.backend = main
                                }
                                """))
                .containsExactly(
                        "sluice.conf:2: sluice.pool.max: must be a whole number, is \"many\"",
                        "sluice.conf:2: sluice.pool.mim: unknown key (did you mean \"min\"?)",
                        "sluice.conf:3: sluice.timeouts.query: \"30\" has no unit: write 30s or 30ms",
                        "sluice.conf:4: sluice.limits.max-clients: must be from 1 to 10000000, is 0",
                        "sluice.conf:5: sluice.log.slow-query: must be a duration such as 30s, is a list",
                        "sluice.conf:6: sluice.transport: must be one of auto, epoll, io_uring, nio, is"
                                + " \"iouring\"",
                        "sluice.conf:7: sluice.console: must be an object { }, is a text",
                        "sluice.conf:8: sluice.tenants.acme.fake.backend: there is no backend \"main\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "limits.max-pipeline = 1.5 | limits.max-pipeline: must be a whole number, is \"1.5\"",
                "limits.max-pipeline = {} | limits.max-pipeline: must be a whole number from 1 to"
                        + " 1048576, is an object",
                "pool.max = off | pool.max: must be a whole number, is \"off\"",
                "pool.cancel = 1s | pool.cancel: unknown key",
                "timeouts.cancel = off | timeouts.cancel: must be from 1ms to 365d, is off",
                "timeouts.query = soon | timeouts.query: \"soon\" is no duration: write a number and"
                        + " a unit, such as 30s",
                "timeouts.query = 3 fortnights | timeouts.query: \"fortnights\" is no unit of time:"
                        + " use ms, s, m, h or d",
                "limits.max-queued-input = 1 | limits.max-queued-input: must be from 1KiB to 1GiB, is"
                        + " 1",
                "limits.max-queued-input = 1 bushel | limits.max-queued-input: \"bushel\" is no unit of"
                        + " size: use B, KiB, MiB or GiB",
                "log.connections = maybe | log.connections: must be true or false, is \"maybe\"",
                "backend.tls.mode = verify | backend.tls.mode: must be one of disable, prefer,"
                        + " require, verify-ca, verify-full, is \"verify\"",
                "tls.ciphers = [[a]] | tls.ciphers: must be a list of texts, has a list",
                "tls.protocols = [SSLv3] | tls.protocols: must be of TLSv1.2, TLSv1.3",
                "tls.mode = prefer | tls.certificate: is needed to offer TLS",
                "tls.mode = verify-full | tls.mode: must be disable, prefer or require on a listener",
                "listen.fake = \"*\" | listen.fake.address: \"*\" is no address",
                "listen.fake = [\"a:1\", {}] | listen.fake[1].address: is missing: a text",
                "listen.fake = \"127.0.0.1:70000\" | listen.fake.address: port 70000 is above 65535",
                "listen.fake = { address = /s, tls {} } | listen.fake.tls: is not for unix sockets",
                "listen.fake = { address = 1, unix-mode = 0600 } | listen.fake.unix-mode: is only for"
                        + " unix sockets",
                "listen.fake = { address = 1, tls-required = true } | listen.fake.tls-required: is"
                        + " true, but tls.mode is disable here",
                "listen.fake = { address = /s, unix-mode = rwx } | listen.fake.unix-mode: must be"
                        + " permissions as in chmod",
                "listen.fak = 1 | listen.fak: unknown key (did you mean \"fake\"?)",
                "listen.fake = { address = 1, tenant = x } | listen.fake.tenant: there is no tenant"
                        + " \"x\"",
                "backends.b { protocol = fake } | backends.b.hosts: is missing: a list of texts",
                "backends.b { protocol = fake, hosts = [] } | backends.b.hosts: must name at least one",
                "backends.b { protocol = fake, hosts = [a] } | backends.b.hosts: \"a\" is no address",
                "backends.b { protocol = fak, hosts = \"a:1\", x = 1 } | backends.b.protocol: there is no"
                        + " protocol \"fak\" (did you mean \"fake\"?)",
                "tenants.a { tier = por } | tenants.a.tier: there is no tier \"por\" (did you mean"
                        + " \"pro\"?)",
                "tenants.a { fkae {} } | tenants.a.fkae: unknown key (did you mean \"fake\"?)",
                "tenants.\"a.b\" {} | tenants.\"a.b\": a tenant's name is of letters",
                "console.users.me.verify = x | console.users.me.role: is missing: one of stats, admin",
                "fake.pool-mod = session | fake.pool-mod: unknown key (did you mean \"pool-mode\"?)",
                "fake.statements = 5000 | fake.statements: must be from 0 to 1000, is 5000"
            })
    void tellsWhatIsWrongWithAKey(String line, String complaint) {
        assertThat(folder.errors("sluice {\n\n  " + line + "\n}"))
                .anySatisfy(error ->
                        assertThat(error).matches("sluice.conf:[34]: .*").contains(complaint));
    }

    @Test
    void reportsUnknownKeysOfEveryDepthAndOfEveryProtocol() {
        assertThat(
                        folder.errors(
                                ONE_TENANT
                                        + """
                                        sluice.tenants.acme.fake.users.app.sever.user = x
                                        sluice.tenants.acme.fake.databases.shop.db-name = x
                                        sluice.backends.main.flavor = x
                                        sluice.tenants.acme.fake.users.app.verify = [{ fiel = x }]
                                        slucie.pool.max = 3
                                        """))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.acme.fake.users.app.sever: unknown key (did you"
                                + " mean \"server\"?)",
                        "sluice.conf:9: sluice.tenants.acme.fake.databases.shop.db-name: unknown key"
                                + " (did you mean \"dbname\"?)",
                        "sluice.conf:10: sluice.backends.main.flavor: unknown key (did you mean"
                                + " \"flavour\"?)",
                        "sluice.conf:11: sluice.tenants.acme.fake.users.app.verify[0]: must be a text,"
                                + " or have exactly one of file, env, credential",
                        "sluice.conf:11: sluice.tenants.acme.fake.users.app.verify[0].fiel: unknown key"
                                + " (did you mean \"file\"?)",
                        "sluice.conf:12: slucie: unknown key (did you mean \"sluice\"?)");
    }

    @Test
    void listsTheKnownKeysWhereNoneIsNear() {
        assertThat(folder.errors("sluice.shutdown.grace = 3s"))
                .containsExactly(
                        "sluice.conf:1: sluice.shutdown.grace: unknown key (known here: drain-timeout,"
                                + " readiness-delay)");
    }

    @Test
    void saysWhereTheSyntaxIsBrokenInOneLine() {
        assertThat(folder.errors("sluice {\n  pool { max = 5\n  log.connections = [true\n}\n"))
                .singleElement()
                .asString()
                .startsWith("sluice.conf:4: ")
                .doesNotContain("\n");
    }

    @Test
    void advisesQuotesWhereACharacterIsOdd() {
        assertThat(folder.errors("sluice.listen.fake = *:1"))
                .containsExactly(
                        "sluice.conf:1: Expecting a value but got wrong token: '*' (Reserved character '*' is not allowed outside quotes) (a text with odd characters needs double quotes)");
    }

    @Test
    void checksPoolAndTimeoutsOfTenantsWithoutUsers() {
        assertThat(
                        folder.errors(
                                ONE_TENANT
                                        + """
                                        sluice.tenants.a { pool.max = x }
                                        sluice.tenants.b.fake { backend = main, timeouts.query = y }
                                        sluice.tenants.c { tier = free, pool.max = 3 }
                                        """))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.a.pool.max: must be a whole number, is \"x\"",
                        "sluice.conf:9: sluice.tenants.b.fake.timeouts.query: \"y\" is no duration:"
                                + " write a number and a unit, such as 30s");
    }

    @Test
    void saysWhereASubstitutionIsUndefined() {
        assertThat(folder.errors("sluice {\n  pool.max = ${POOL_MAX}\n}"))
                .singleElement()
                .asString()
                .startsWith("sluice.conf:2: ")
                .contains("${POOL_MAX}");
    }

    @Test
    void saysThatAFileIsNotThere() {
        Loaded loaded =
                ConfigLoader.load(temp.resolve("none.conf"), ConfigFolder.PROTOCOLS, Map.of());

        assertThat(loaded)
                .isEqualTo(
                        new Loaded.Refused(
                                List.of(
                                        new ConfigError(
                                                temp.resolve("none.conf").toString(),
                                                0,
                                                "",
                                                "cannot be read",
                                                ""))));
    }

    @Test
    void takesSubstitutionsFromTheGivenEnvironment() {
        var withEnv = new ConfigFolder(temp, Map.of("POOL_MAX", "17"));

        assertThat(
                        user(withEnv.config(ONE_TENANT + "sluice.pool.max = ${POOL_MAX}"), "app")
                                .pool()
                                .max())
                .isEqualTo(17);
    }
}
