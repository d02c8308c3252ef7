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

/** What tenants on one server are refused, at start and in one line. */
class SharedServersTest {
    private static final String FIRST =
            """
            sluice.listen.redis = 6380
            sluice.backends.main { protocol = redis, hosts = ["10.0.0.5:6379"] }
            sluice.backends.same { protocol = redis, hosts = ["10.0.0.6:6379", "10.0.0.5:6379"] }
            sluice.backends.other { protocol = redis, hosts = ["10.0.0.5:6380"] }
            """;

    @TempDir Path folder;

    private List<String> errors(String acme, String globex) throws IOException {
        String users = ", users.app { verify = open-sesame }";
        Path file =
                Files.writeString(
                        folder.resolve("sluice.conf"),
                        FIRST
                                + "sluice.tenants.acme.redis { backend = main, %s%s }\n"
                                        .formatted(acme, users)
                                + "sluice.tenants.globex.redis { backend = main, %s%s }\n"
                                        .formatted(globex, users));
        return switch (ConfigLoader.load(file, Map.of("redis", new RespBinder()), Map.of())) {
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
                "isolation = prefix | isolation = prefix",
                "isolation = prefix, first-database = 3 | isolation = prefix",
                "isolation = prefix, prefix = a- | isolation = prefix, prefix = b-",
                "isolation = databases, database-count = 8 | isolation = databases, first-database = 8, database-count = 8",
                "isolation = databases, first-database = 1 | isolation = prefix",
                "isolation = backend | backend = other",
                "isolation = backend | backend = other, isolation = prefix"
            })
    void whatIsApartIsTaken(String acme, String globex) throws IOException {
        assertThat(errors(acme, globex)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "isolation = backend | isolation = prefix | backend | acme",
                "isolation = prefix | isolation = backend | isolation | globex",
                "isolation = backend | isolation = backend | backend | acme",
                "isolation = backend | backend = same, isolation = databases | backend | acme",
                "isolation = databases | backend = same, isolation = backend | isolation | globex"
            })
    void aServerOfOnesOwnIsSharedWithNobody(String acme, String globex, String key, String alone)
            throws IOException {
        assertThat(errors(acme, globex))
                .singleElement()
                .asString()
                .startsWith("sluice.conf:6: sluice.tenants.globex.redis." + key + ": ")
                .contains("tenants acme and globex share the server of backend ")
                .endsWith(
                        "isolation = backend of %s says that it has that alone: use isolation = prefix or databases for both"
                                .formatted(alone));
    }

    @Test
    void rangesOfDatabasesDoNotOverlap() throws IOException {
        assertThat(
                        errors(
                                "isolation = databases, database-count = 8",
                                "isolation = databases, first-database = 7, database-count = 2"))
                .containsExactly(
                        "sluice.conf:6: sluice.tenants.globex.redis.first-database: databases 7 to 8 of tenant globex and databases 0 to 7 of tenant acme overlap on one server, where isolation = databases wants them apart: change first-database or database-count");
    }

    @Test
    void aDatabaseOfOnesOwnIsNotSharedWithPrefixes() throws IOException {
        assertThat(errors("isolation = databases", "isolation = prefix, first-database = 15"))
                .singleElement()
                .asString()
                .contains(
                        "database 15 of tenant globex and databases 0 to 15 of tenant acme overlap");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "isolation = prefix, prefix = \"a:\" | isolation = prefix, prefix = \"a:b:\"",
                "isolation = prefix, prefix = \"a:b:\" | isolation = prefix, prefix = \"a:\"",
                "isolation = prefix, prefix = \"globex:\" | isolation = prefix",
                "isolation = prefix, prefix = \"a:\" | isolation = prefix, prefix = \"a:\", first-database = 5",
                "isolation = databases, prefix = \"a:\", first-database = 1 | isolation = prefix, prefix = \"a:\""
            })
    void noPrefixBeginsWithAnothers(String acme, String globex) throws IOException {
        assertThat(errors(acme, globex))
                .singleElement()
                .asString()
                .contains("begin alike on one server");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prefix = \"a{b}:\"",
                "prefix = \"a*\"",
                "prefix = \"it's:\"",
                "prefix = \"a b\"",
                "prefix = \"é:\"",
                "prefix = \"a\\n\""
            })
    void aPrefixIsOfWhatRedisTakesForNothingElse(String prefix) throws IOException {
        assertThat(errors("isolation = prefix, " + prefix, "backend = other"))
                .singleElement()
                .asString()
                .contains("redis.prefix: must be of 1 to 64 printable ASCII characters");
    }

    @Test
    void whoHasTheServerHasItFromDatabaseZero() throws IOException {
        assertThat(errors("isolation = backend, first-database = 2", "backend = other"))
                .singleElement()
                .asString()
                .contains("redis.first-database: must be 0 with isolation = backend");
    }
}
