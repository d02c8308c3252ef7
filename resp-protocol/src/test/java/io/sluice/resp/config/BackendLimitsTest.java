package io.sluice.resp.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendConfig;
import io.sluice.config.ConfigError;
import io.sluice.config.ConfigLoader;
import io.sluice.config.Loaded;
import io.sluice.config.TenantConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many connections a backend may have, and what of that a tenant may need. */
class BackendLimitsTest {
    private static final String ONE_TENANT =
            """
            sluice.listen.redis = "127.0.0.1:0"
            sluice.backends.main { protocol = redis, hosts = ["127.0.0.1:6379"] }
            sluice.tenants.acme {
              tier = starter
              redis { backend = main, users.app { verify = secret } }
            }
            """;

    @TempDir Path temp;

    private Loaded load(String more) throws IOException {
        Path file = Files.writeString(temp.resolve("sluice.conf"), ONE_TENANT + more);
        return ConfigLoader.load(file, Map.of("redis", new RespBinder()), Map.of());
    }

    private Loaded.Ready ready(String more) throws IOException {
        return (Loaded.Ready) load(more);
    }

    private List<String> errors(String more) throws IOException {
        return ((Loaded.Refused) load(more)).errors().stream().map(ConfigError::message).toList();
    }

    private int maxConnections(String more) throws IOException {
        BackendConfig main = ready(more).config().backends().get("main");
        return Objects.requireNonNull(main).maxConnections();
    }

    private int maxBlocking(String more) throws IOException {
        TenantConfig acme = ready(more).config().tenants().get("acme");
        return Objects.requireNonNull(acme).maxBlocking();
    }

    @Test
    void areTwoThousandUnlessTheBackendSaysOtherwise() throws IOException {
        assertThat(maxConnections("")).isEqualTo(2000);
        assertThat(maxConnections("sluice.backends.main.max-connections = 300")).isEqualTo(300);
    }

    @Test
    void blockedClientsOfATenantHaveAsManyAsItsOthersUnlessItSaysOtherwise() throws IOException {
        assertThat(maxBlocking("")).isEqualTo(50);
        assertThat(maxBlocking("sluice.tenants.acme.max-connections = 60")).isEqualTo(60);
        assertThat(maxBlocking("sluice.tiers.starter.max-blocking = 7")).isEqualTo(7);
        assertThat(maxBlocking("sluice.tenants.acme.max-blocking = 8")).isEqualTo(8);
    }

    @Test
    void aBackendTooSmallForTheLanesOfOneUserIsAnError() throws IOException {
        assertThat(errors("sluice.backends.main.max-connections = 17"))
                .containsExactly(
                        "pool.max 10 for user app of tenant acme and the 8 connections beside it are"
                                + " above max-connections 17 of backend main");
        assertThat(ready("sluice.backends.main.max-connections = 18").warnings()).isEmpty();
    }

    @Test
    void aTenantsLimitThatItsLanesNeverReachIsAWarning() throws IOException {
        assertThat(
                        ready(
                                        """
                                        sluice.tenants.acme { pool.max = 10, max-connections = 15 }
                                        """)
                                .warnings())
                .extracting(ConfigError::message)
                .containsExactly(
                        "pool.max 10 and 8 beside it is never reached: max-connections of tenant acme"
                                + " on backend main is 15");
    }

    @Test
    void asNoConnectionIsKeptWarmManyDatabasesAreNoReasonToWarn() throws IOException {
        assertThat(ready("sluice.tenants.acme { pool.min = 10, max-connections = 50 }").warnings())
                .isEmpty();
    }
}
