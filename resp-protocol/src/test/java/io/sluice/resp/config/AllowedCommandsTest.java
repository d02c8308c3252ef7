package io.sluice.resp.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ConfigError;
import io.sluice.config.ConfigLoader;
import io.sluice.config.Loaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code commands.allow} may name. */
class AllowedCommandsTest {
    private static final String ONE_TENANT =
            """
            sluice.listen.redis = "127.0.0.1:0"
            sluice.backends.main { protocol = redis, hosts = ["127.0.0.1:6379"] }
            sluice.tenants.acme.redis { backend = main, users.app { verify = secret } }
            """;

    @TempDir Path temp;

    private Loaded load(String more) throws IOException {
        Path file = Files.writeString(temp.resolve("sluice.conf"), ONE_TENANT + more);
        return ConfigLoader.load(file, Map.of("redis", new RespBinder()), Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"keys", "FLUSHALL", " FlushDB ", "config", "config get", "get"})
    void isACommandThatSomebodyMayUse(String name) throws IOException {
        assertThat(load("sluice.redis.commands.allow = [\"" + name + "\"]"))
                .isInstanceOf(Loaded.Ready.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "",
            value = {
                "monitor      | MONITOR cannot be allowed: it cannot be used through a shared proxy; use Sluice's own console instead",
                "sync         | SYNC cannot be allowed: it cannot be used through a shared proxy",
                "shutdown     | SHUTDOWN cannot be allowed: it cannot be used through a shared proxy; use the service manager of the server's machine instead",
                "config set   | CONFIG SET cannot be allowed: it cannot be used through a shared proxy; use the server's own configuration instead",
                "backup       | BACKUP cannot be allowed: it cannot be used through a shared proxy",
                "flushal      | there is no command \"flushal\"",
                "config sett  | there is no command \"config sett\""
            })
    void isNeverWhatNobodyMayUseOrWhatIsNotThere(String name, String why) throws IOException {
        assertThat(errors("sluice.tenants.acme.redis.commands.allow = [keys, \"" + name + "\"]"))
                .singleElement()
                .hasToString(
                        "%s:4: sluice.tenants.acme.redis.commands.allow: %s"
                                .formatted(temp.resolve("sluice.conf"), why));
    }

    @Test
    void isComplainedOfOnceWhereItIsSaidForAllTenants() throws IOException {
        assertThat(errors("sluice.redis.commands.allow = [monitor]"))
                .extracting(ConfigError::key)
                .containsExactly("sluice.redis.commands.allow");
    }

    @Test
    void mayBeBlockedWhateverTheirNamesAre() throws IOException {
        assertThat(load("sluice.redis.commands.block = [monitor, some-modules-own]"))
                .isInstanceOf(Loaded.Ready.class);
    }

    private List<ConfigError> errors(String more) throws IOException {
        return ((Loaded.Refused) load(more)).errors();
    }
}
