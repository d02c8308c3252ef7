package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static io.sluice.config.ConfigFolder.acme;
import static io.sluice.config.ConfigFolder.backend;
import static io.sluice.config.ConfigFolder.user;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayeringTest {
    /** From the farthest to the nearest layer of acme's user app. */
    private static final List<String> LAYERS =
            List.of(
                    "sluice",
                    "sluice.fake",
                    "sluice.tiers.default",
                    "sluice.tiers.gold",
                    "sluice.tenants.acme",
                    "sluice.tenants.acme.fake",
                    "sluice.tenants.acme.fake.users.app");

    @TempDir Path temp;
    private ConfigFolder folder;

    @BeforeEach
    void folder() {
        folder = new ConfigFolder(temp);
    }

    @Test
    void theNearestLayerOfPoolAndTimeoutsWins() {
        var text = new StringBuilder(ONE_TENANT + "sluice.tenants.acme.tier = gold\n");
        text.append("sluice.tiers.gold {}\n");
        for (int i = 0; i < LAYERS.size(); i++) {
            text.append(
                    "%s { pool.max = %d, timeouts.query = %ds }%n"
                            .formatted(LAYERS.get(i), 10 + i, 100 + i));

            UserConfig user = app(text.toString());

            assertThat(user.pool().max()).as(LAYERS.get(i)).isEqualTo(10 + i);
            assertThat(user.timeouts().query())
                    .as(LAYERS.get(i))
                    .isEqualTo(Duration.ofSeconds(100 + i));
        }
    }

    @Test
    void eachKeyIsInheritedByItself() {
        UserConfig user =
                app(
                        ONE_TENANT
                                + """
                                sluice.tenants.acme.tier = pro
                                sluice.tenants.acme.pool.max = 70
                                sluice.tenants.acme.fake.users.app.pool.reserve = 9
                                """);

        assertThat(user.pool().min()).isEqualTo(10);
        assertThat(user.pool().max()).isEqualTo(70);
        assertThat(user.pool().reserve()).isEqualTo(9);
        assertThat(user.pool().maxWaiters()).isEqualTo(1000);
    }

    @Test
    void offSwitchesALimitOffOverAnOuterOne() {
        SluiceConfig config =
                folder.config(
                        ONE_TENANT
                                + """
                                sluice.tenants.acme.tier = free
                                sluice.tenants.acme.max-connections = off
                                sluice.tenants.acme.fake.users.app.timeouts {
                                  query = off, idle-in-transaction = 0
                                }
                                """);

        assertThat(user(config, "app").timeouts().query()).isZero();
        assertThat(user(config, "app").timeouts().idleInTransaction()).isZero();
        assertThat(acme(config).maxConnections()).isZero();
    }

    @Test
    void anotherUserDoesNotSeeIt() {
        SluiceConfig config =
                folder.config(
                        ONE_TENANT
                                + """
                                sluice.tenants.acme.fake.users {
                                  app.pool.max = 50
                                  other.verify = x
                                }
                                """);

        assertThat(user(config, "app").pool().max()).isEqualTo(50);
        assertThat(user(config, "other").pool().max()).isEqualTo(5);
    }

    @Test
    void aProtocolsOwnKeysAreInheritedToo() {
        SluiceConfig config =
                folder.config(
                        ONE_TENANT
                                + """
                                sluice.fake { pool-mode = session, statements = 7 }
                                sluice.fake.backend.flavour = sour
                                sluice.tenants.acme.fake.statements = 8
                                sluice.backends.other { protocol = fake, hosts = "h:1", flavour = sweet }
                                """);
        ServiceConfig service = ConfigFolder.service(config);

        assertThat(service.protocolSettings())
                .isEqualTo(new FakeProtocol.Service(FakeProtocol.Mode.SESSION, 8));
        assertThat(user(config, "app").protocolSettings())
                .isEqualTo(new FakeProtocol.User(FakeProtocol.Mode.SESSION, false));
        assertThat(backend(config, "main").protocolSettings())
                .isEqualTo(new FakeProtocol.Backend("sour"));
        assertThat(backend(config, "other").protocolSettings())
                .isEqualTo(new FakeProtocol.Backend("sweet"));
    }

    @Test
    void backendsLieOverTheProtocolsBackendOverTheCommonOne() {
        SluiceConfig config =
                folder.config(
                        ONE_TENANT
                                + """
                                sluice.backend { max-connections = 300, login-retry = 1s }
                                sluice.fake.backend { max-connections = 400 }
                                sluice.socket.keepalive-count = 3
                                sluice.backends.main.socket.keepalive-idle = 5s
                                """);
        BackendConfig backend = backend(config, "main");

        assertThat(backend.maxConnections()).isEqualTo(400);
        assertThat(backend.loginRetry()).isEqualTo(Duration.ofSeconds(1));
        assertThat(backend.socket().keepAliveCount()).isEqualTo(3);
        assertThat(backend.socket().keepAliveIdle()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void aMistakeInALayerIsToldOnceWhereItStands() {
        assertThat(
                        folder.errors(
                                ONE_TENANT
                                        + "sluice.tiers.default.pool.max = lots\n"
                                        + "sluice.tenants.acme.fake.users.b.verify = x\n"))
                .containsExactly(
                        "sluice.conf:8: sluice.tiers.default.pool.max: must be a whole number, is"
                                + " \"lots\"");
    }

    private UserConfig app(String text) {
        return user(folder.config(text), "app");
    }
}
