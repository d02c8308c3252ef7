package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.spi.ProtocolBinder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CrossChecksTest {
    @TempDir Path temp;
    private ConfigFolder folder;

    @BeforeEach
    void folder() {
        folder = new ConfigFolder(temp);
    }

    @Test
    void anUnknownBackendIsToldWithTheNearest() {
        assertThat(folder.errors(ONE_TENANT + "sluice.tenants.acme.fake.backend = mian"))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.acme.fake.backend: there is no backend \"mian\""
                                + " (did you mean \"main\"?)");
    }

    @Test
    void aBackendMustSpeakTheProtocol() {
        Map<String, ProtocolBinder> two = new LinkedHashMap<>(ConfigFolder.PROTOCOLS);
        two.put("sham", new FakeProtocol());
        Path file =
                folder.write(
                        "sluice.conf",
                        ONE_TENANT
                                + """
                                sluice.sham { pool-mode = session, statements = 1, helpers = 1 }
                                sluice.tenants.acme.sham { backend = main, users {} }
                                """);

        Loaded loaded = ConfigLoader.load(file, two, Map.of());

        assertThat(((Loaded.Refused) loaded).errors())
                .singleElement()
                .isEqualTo(
                        new ConfigError(
                                file.toString(),
                                9,
                                "sluice.tenants.acme.sham.backend",
                                "backend \"main\" speaks fake, not sham",
                                ""));
    }

    @Test
    void aMinimumAboveTheMaximumIsToldWhereTheOperatorWroteIt() {
        assertThat(folder.errors(ONE_TENANT + "sluice.tenants.acme.pool.min = 7"))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.acme.pool.min: pool.min 7 is above pool.max 5 for"
                                + " user app of tenant acme");
        assertThat(folder.errors(ONE_TENANT + "sluice.tenants.acme.pool.max = 1"))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.acme.pool.max: pool.min 2 is above pool.max 1 for"
                                + " user app of tenant acme");
    }

    @Test
    void aPoolAboveItsBackendsLimitIsAnError() {
        assertThat(
                        folder.errors(
                                ONE_TENANT
                                        + "sluice.backends.main.max-connections = 20\n"
                                        + "sluice.tenants.acme.tier = enterprise"))
                .containsExactly(
                        "sluice.conf:8: sluice.backends.main.max-connections: pool.max 100 for user app"
                                + " of tenant acme is above max-connections 20 of backend main");
        assertThat(
                        folder.errors(
                                ONE_TENANT
                                        + "sluice.limits.max-server-connections = 4\n"
                                        + "sluice.pool.max = 5"))
                .containsExactly(
                        "sluice.conf:9: sluice.pool.max: pool.max 5 for user app of tenant acme is above"
                                + " limits.max-server-connections 4");
    }

    @Test
    void minimumsThatABackendCannotHoldAreAWarning() {
        assertThat(
                        folder.warnings(
                                ONE_TENANT
                                        + """
                                        sluice.backends.main.max-connections = 5
                                        sluice.tenants.acme.fake.databases { b {}, c {} }
                                        """))
                .containsExactly(
                        "sluice.conf:8: sluice.backends.main.max-connections: the pools of backend main"
                                + " want 6 connections kept warm (pool.min), it may have 5");
    }

    @Test
    void moreClientsWhoWaitOnTheServerThanItTakesAreAWarning() {
        assertThat(
                        folder.warnings(
                                ONE_TENANT
                                        + """
                                        sluice.backends.main.max-connections = 30
                                        sluice.tenants.acme.max-blocking = 31
                                        """))
                .containsExactly(
                        "sluice.conf:9: sluice.tenants.acme.max-blocking: max-blocking 31 of tenant"
                                + " acme is never reached: max-connections of backend main is 30");
        assertThat(
                        folder.warnings(
                                ONE_TENANT
                                        + """
                                        sluice.backends.main.max-connections = 30
                                        sluice.tenants.acme.max-blocking = 30
                                        """))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sluice.limits.max-server-connections | the process",
                "sluice.tenants.acme.max-connections | tenant acme on backend main",
                "sluice.tenants.acme.fake.users.app.max-connections | user app of tenant acme"
            })
    void minimumsThatAnyOtherCapCannotHoldAreAWarning(String key, String whose) {
        assertThat(
                        folder.warnings(
                                ONE_TENANT
                                        + "sluice.tenants.acme.fake.databases { b {}, c {} }\n"
                                        + key
                                        + " = 5"))
                .containsExactly(
                        "sluice.conf:9: %s: the pools of %s want 6 connections kept warm (pool.min), it may have 5"
                                .formatted(key, whose));
    }

    @Test
    void minimumsOfAllUsersThatTheCapOfADatabaseCannotHoldAreAWarning() {
        String users =
                "sluice.tenants.acme.fake.users.jobs { verify = a, server.secret = b, pool.min = 4 }\n";
        String cap = "sluice.tenants.acme.fake.databases.shop.max-connections = ";

        assertThat(folder.warnings(ONE_TENANT + users + cap + 5))
                .containsExactly(
                        "sluice.conf:9: sluice.tenants.acme.fake.databases.shop.max-connections: the"
                                + " pools of database shop of tenant acme want 6 connections kept warm"
                                + " (pool.min), it may have 5");
        assertThat(folder.warnings(ONE_TENANT + users + cap + 6)).isEmpty();
    }

    @Test
    void minimumsAreSummedOverTenants() {
        String pool = "sluice.backends.main.max-connections = 5\nsluice.tenants.globex { fake = ";

        assertThat(
                        folder.warnings(
                                ONE_TENANT + pool + "${sluice.tenants.acme.fake}, pool.min = 4 }"))
                .containsExactly(
                        "sluice.conf:8: sluice.backends.main.max-connections: the pools of backend main"
                                + " want 6 connections kept warm (pool.min), it may have 5");
        assertThat(
                        folder.warnings(
                                ONE_TENANT + pool + "${sluice.tenants.acme.fake}, pool.min = 3 }"))
                .isEmpty();
    }

    @Test
    void aPoolThatItsTenantsCapKeepsFromItsSizeIsAWarningOnceBothAreWritten() {
        assertThat(
                        folder.warnings(
                                ONE_TENANT
                                        + "sluice.tenants.acme { max-connections = 7, pool.max = 8 }"))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.acme.pool.max: pool.max 8 is never reached:"
                                + " max-connections of tenant acme on backend main is 7");
        assertThat(folder.warnings(ONE_TENANT + "sluice.tenants.acme.max-connections = 4"))
                .isEmpty();
        assertThat(
                        folder.warnings(
                                ONE_TENANT
                                        + "sluice.tenants.acme { pool.max = 8, fake.databases.shop.max-connections = 7 }"))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.acme.pool.max: pool.max 8 is never reached:"
                                + " max-connections of database shop of tenant acme is 7");
    }

    @Test
    void aReserveThatNobodyWaitsForIsAWarning() {
        assertThat(folder.warnings(ONE_TENANT + "sluice.pool.acquire-timeout = 3s"))
                .singleElement()
                .asString()
                .contains("3s is not below acquire-timeout 3s, so the reserve is never opened");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:7000, 127.0.0.1:7000",
        "127.0.0.1:7000, *:7000",
        "*:7000, 127.0.0.2:7000",
        "*:7000, [::1]:7000",
        "/run/s, /run/s"
    })
    void twoListenersOfOneAddressAreAnError(String one, String other) {
        assertThat(
                        folder.errors(
                                ONE_TENANT
                                        + "sluice.listen.fake = [\"%s\", \"%s\"]"
                                                .formatted(one, other)))
                .containsExactly(
                        "sluice.conf:8: sluice.listen.fake[1].address: %s and %s (fake) cannot both be listened on"
                                .formatted(other, one));
    }

    @Test
    void anyFreePortTwiceIsFine() {
        assertThat(folder.warnings(ONE_TENANT + "sluice.listen { fake = [0, 0], http = 0 }"))
                .isEmpty();
    }

    @Test
    void httpMayNotTakeAProtocolsAddress() {
        assertThat(folder.errors("sluice.listen { fake = 9127 }"))
                .singleElement()
                .asString()
                .contains("127.0.0.1:9127 and 127.0.0.1:9127 (fake) cannot both be listened on");
    }

    @Test
    void httpBeyondThisMachineNeedsConsoleUsers() {
        String open = ONE_TENANT + "sluice.listen.http = \"*:9127\"\n";

        assertThat(folder.errors(open))
                .containsExactly(
                        "sluice.conf:8: sluice.listen.http: HTTP on *:9127 is reachable from other"
                                + " machines and console.users is empty: add one or listen on 127.0.0.1");
        assertThat(folder.warnings(open + "sluice.console.users.a { role = stats, verify = x }"))
                .isEmpty();
    }

    @Test
    void aTrustedAdministratorIsForThisMachineOnly() {
        String trusted = ONE_TENANT + "sluice.console.users.a { role = admin, verify = trust }\n";

        assertThat(folder.warnings(trusted)).isEmpty();
        assertThat(folder.errors(trusted + "sluice.listen.fake = \"*:7000\""))
                .containsExactly(
                        "sluice.conf:8: sluice.console.users.a.verify: trust would open the console to"
                                + " other machines, since Sluice listens on *:7000");
    }

    @Test
    void aTrustedUserBeyondThisMachineIsAWarning() {
        assertThat(
                        folder.warnings(
                                ONE_TENANT
                                        + "sluice.tenants.acme.fake.users.app.verify = trust\n"
                                        + "sluice.listen.fake = \"*:7000\""))
                .containsExactly(
                        "sluice.conf:8: sluice.tenants.acme.fake.users.app.verify: trust lets anybody in"
                                + " who reaches *:7000");
    }

    @Test
    void aListenerThatFixesATenantNeedsItToHaveTheProtocol() {
        assertThat(
                        folder.errors(
                                ONE_TENANT
                                        + "sluice.tenants.globex {}\n"
                                        + "sluice.listen.fake = { address = 1, tenant = globex }"))
                .containsExactly(
                        "sluice.conf:9: sluice.listen.fake.tenant: tenant \"globex\" has no section fake");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sluice.listen.fake = []"})
    void nothingToListenOnIsAWarning(String text) {
        assertThat(folder.warnings(text))
                .containsExactly(
                        "sluice.listen: nothing is listened on but HTTP: set listen.<protocol>");
    }
}
