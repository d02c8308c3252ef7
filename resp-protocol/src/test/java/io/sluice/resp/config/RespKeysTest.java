package io.sluice.resp.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ConfigError;
import io.sluice.config.ConfigLoader;
import io.sluice.config.Loaded;
import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each of Redis' own keys, set to what is not its default, reaches its field and no other. */
class RespKeysTest {
    private static final String KEYS =
            """
            isolation = databases, prefix = "ours:", first-database = 3, database-count = 4
            commands { allow = [KEYS, " Config Get "], block = [GET] }
            shared { connections = 5, slots = 6, stall = 7s }
            command-timeouts { simple-read = 8s, complex-read = 9s, write = 10s, batch = 11s, other = 21s, blocking = 12s }
            unread-replies { soft = 128KiB, soft-for = 13s, hard = 256KiB, total = 512KiB }
            subscriptions { max-channels = 18, max-total = 19, max-name = 20 }
            requests { max-arguments = 17, max-argument = 2048, max-command = 512KiB, max-pattern = 22 }
            """;

    private static final RespSettings SETTINGS =
            new RespSettings(
                    Isolation.DATABASES,
                    Optional.of("ours:"),
                    3,
                    4,
                    Set.of("keys", "config get"),
                    Set.of("get"),
                    new RespSettings.Shared(5, 6, Duration.ofSeconds(7)),
                    new RespSettings.Patience(
                            Duration.ofSeconds(8),
                            Duration.ofSeconds(9),
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(11),
                            Duration.ofSeconds(21),
                            Duration.ofSeconds(12)),
                    new RespSettings.Replies(
                            128 << 10, Duration.ofSeconds(13), 256 << 10, 512 << 10),
                    new RespSettings.Requests(17, 2048, 512 << 10, 22),
                    new RespSettings.Subscriptions(18, 19, 20));

    @TempDir Path temp;

    private Loaded load(String forAll, String ofTenant) throws IOException {
        String text =
                """
                sluice.listen.redis = "127.0.0.1:0"
                sluice.redis { %s }
                sluice.backends.main { protocol = redis, hosts = ["127.0.0.1:6379"] }
                sluice.tenants.acme.redis {
                  backend = main
                  users.app { verify = secret }
                  %s
                }
                """
                        .formatted(forAll, ofTenant);
        Path file = Files.writeString(temp.resolve("sluice.conf"), text);
        return ConfigLoader.load(file, Map.of("redis", new RespBinder()), Map.of());
    }

    private ServiceConfig acme(String forAll, String ofTenant) throws IOException {
        SluiceConfig config = ((Loaded.Ready) load(forAll, ofTenant)).config();
        return Objects.requireNonNull(
                Objects.requireNonNull(config.tenants().get("acme")).services().get("redis"));
    }

    @Test
    void ofATenant() throws IOException {
        assertThat(acme("", KEYS).protocolSettings()).isEqualTo(SETTINGS);
    }

    @Test
    void ofAllTenants() throws IOException {
        assertThat(acme(KEYS, "").protocolSettings()).isEqualTo(SETTINGS);
    }

    @Test
    void aTenantsLieOverThoseOfAll() throws IOException {
        assertThat(((RespSettings) acme(KEYS, "shared.slots = 99").protocolSettings()).shared())
                .isEqualTo(new RespSettings.Shared(5, 99, Duration.ofSeconds(7)));
    }

    @Test
    void databasesAreNumbersBehindTheFirst() throws IOException {
        assertThat(acme("", KEYS).databases()).containsOnlyKeys("0", "1", "2", "3");
        assertThat(Objects.requireNonNull(acme("", KEYS).databases().get("2")).serverName())
                .isEqualTo("5");
    }

    @Test
    void databasesCannotBeNamed() throws IOException {
        assertThat(((Loaded.Refused) load("", "databases { shop {} }")).errors())
                .extracting(ConfigError::message)
                .singleElement()
                .asString()
                .contains("first-database and database-count", "shop");
    }
}
