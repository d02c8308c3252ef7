package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static io.sluice.config.ConfigFolder.acme;
import static io.sluice.config.ConfigFolder.service;
import static io.sluice.config.ConfigFolder.user;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The figures of REQUIREMENTS R1.2, R1.3, R1.6 and R4.1, and those that were chosen beside them.
 */
class ConfigDefaultsTest {
    private static final Duration OFF = Duration.ZERO;

    @TempDir Path temp;

    private SluiceConfig nothingSaid() {
        return new ConfigFolder(temp).config("");
    }

    private SluiceConfig oneTenant(String more) {
        return new ConfigFolder(temp).config(ONE_TENANT + more);
    }

    @Test
    void ofTheProcess() {
        SluiceConfig config = nothingSaid();

        assertThat(config.runtime())
                .isEqualTo(
                        new RuntimeConfig(
                                "auto",
                                Runtime.getRuntime().availableProcessors(),
                                Duration.ofSeconds(30),
                                OFF));
        assertThat(config.limits())
                .isEqualTo(new LimitsConfig(50_000, 0, 1000, 60, 16 * 1024, 1024));
        assertThat(config.loginTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.log()).isEqualTo(new LogConfig(false, true, true, Duration.ofSeconds(1)));
        assertThat(config.console()).isEqualTo(new ConsoleConfig(Map.of()));
        assertThat(config.http())
                .isEqualTo(new HttpConfig(new InetSocketAddress("127.0.0.1", 9127), null));
        assertThat(config.listeners()).isEmpty();
        assertThat(config.backends()).isEmpty();
        assertThat(config.tenants()).isEmpty();
        assertThat(config.protocols())
                .containsEntry(
                        "fake", new FakeProtocol.Global(FakeProtocol.Mode.TRANSACTION, 100, 1));
    }

    @Test
    void ofAListener() {
        assertThat(oneTenant("").listeners().get("fake"))
                .containsExactly(
                        new ListenerConfig(
                                new InetSocketAddress("127.0.0.1", 6400),
                                4096,
                                false,
                                null,
                                false,
                                null,
                                0770,
                                socket()));
    }

    private static SocketOptions socket() {
        return new SocketOptions(
                Duration.ofSeconds(60), Duration.ofSeconds(10), 6, Duration.ofMinutes(2));
    }

    @Test
    void ofABackend() {
        assertThat(oneTenant("").backends().get("main"))
                .isEqualTo(
                        new BackendConfig(
                                "main",
                                "fake",
                                List.of(InetSocketAddress.createUnresolved("10.0.0.5", 5432)),
                                200,
                                Duration.ofSeconds(15),
                                Duration.ofSeconds(5),
                                new TlsConfig(
                                        TlsMode.PREFER,
                                        null,
                                        null,
                                        null,
                                        List.of("TLSv1.2", "TLSv1.3"),
                                        List.of()),
                                socket(),
                                new FakeProtocol.Backend("plain")));
    }

    @Test
    void ofATenantAndItsUsersAndDatabases() {
        SluiceConfig config = oneTenant("");
        TenantConfig tenant = acme(config);
        ServiceConfig service = service(config);

        assertThat(tenant.tier()).isEqualTo(new TierConfig("default", 0, 0, 0));
        assertThat(tenant.maxConnections()).isZero();
        assertThat(tenant.maxBlocking()).isZero();
        assertThat(tenant.maxClients()).isZero();
        assertThat(service.databases().get("shop"))
                .isEqualTo(
                        new DatabaseConfig(
                                "shop",
                                "acme_shop",
                                0,
                                0,
                                new FakeProtocol.Database(Optional.empty())));
        assertThat(service.users().get("app"))
                .isEqualTo(
                        new UserConfig(
                                "app",
                                new CredentialConfig(false, List.of(new Secret("open-sesame"))),
                                "acme_app",
                                new Secret("s3cret"),
                                new PoolConfig(
                                        2,
                                        5,
                                        2,
                                        Duration.ofSeconds(3),
                                        1000,
                                        Duration.ofSeconds(5),
                                        Duration.ofSeconds(30),
                                        Duration.ofSeconds(3600),
                                        0,
                                        Duration.ofSeconds(15),
                                        Duration.ofMinutes(5)),
                                new TimeoutsConfig(
                                        Duration.ofSeconds(30),
                                        OFF,
                                        Duration.ofSeconds(10),
                                        OFF,
                                        Duration.ofSeconds(60),
                                        Duration.ofSeconds(10),
                                        Duration.ofSeconds(3)),
                                0,
                                0,
                                new FakeProtocol.User(FakeProtocol.Mode.TRANSACTION, false)));
    }

    @Test
    void namesOnTheServerAreThoseOfTheClientUnlessSaidOtherwise() {
        SluiceConfig config =
                oneTenant(
                        """
                        sluice.tenants.acme.fake {
                          databases.stock {}
                          users.report.verify = abracadabra
                        }
                        """);

        assertThat(service(config).databases().get("stock"))
                .extracting(database -> database.serverName())
                .isEqualTo("stock");
        assertThat(user(config, "report").serverUser()).isEqualTo("report");
        assertThat(user(config, "report").serverSecret()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "free, 2, 5, 20, 10, 20",
        "starter, 5, 10, 50, 30, 50",
        "pro, 10, 50, 200, 60, 200",
        "enterprise, 20, 100, 500, 120, 500"
    })
    void ofTheTiers(
            String tier, int min, int max, int concurrent, int querySeconds, int connections) {
        SluiceConfig config = oneTenant("sluice.tenants.acme.tier = " + tier);
        TenantConfig tenant = acme(config);
        UserConfig user = user(config, "app");

        assertThat(tenant.tier()).isEqualTo(new TierConfig(tier, concurrent, connections, 0));
        assertThat(tenant.maxConnections()).isEqualTo(connections);
        assertThat(tenant.maxBlocking()).as("as many as it says").isEqualTo(connections);
        assertThat(user.pool().min()).isEqualTo(min);
        assertThat(user.pool().max()).isEqualTo(max);
        assertThat(user.timeouts().query()).isEqualTo(Duration.ofSeconds(querySeconds));
    }
}
