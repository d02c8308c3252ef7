package io.sluice.documents;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ConfigLoader;
import io.sluice.config.Loaded;
import io.sluice.testbed.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people copy, from documents and from {@code config/sluice.conf}, is right as it stands. */
class ShownConfigurationsTest {
    private static final Path ROOT = root();
    private static final Pattern BLOCK = Pattern.compile("```hocon\n(.*?)```", Pattern.DOTALL);
    private static final Pattern INLINE = Pattern.compile("`(tls \\{ mode = require.*?})`");
    private static final Map<String, String> PASSWORDS =
            Map.of(
                    "ACME_APP_PASSWORD", "one",
                    "ACME_SERVER_PASSWORD", "two",
                    "SLUICE_ADMIN_PASSWORD", "three");

    @TempDir Path folder;

    private static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("README.md"))) {
            at = Objects.requireNonNull(at.getParent(), "no README.md here or above");
        }
        return at;
    }

    @BeforeEach
    void filesThatTheyName() throws IOException {
        for (String name : List.of("app.verifier", "admin.verifier", "acme-app.secret")) {
            Path file = Files.writeString(folder.resolve(name), "a password");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        TestAuthority authority = TestAuthority.create();
        authority.write(authority.issue("localhost"), folder, "server");
        Files.copy(folder.resolve("root.crt"), folder.resolve("pg-root.crt"));
    }

    private void isRight(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("my.conf"), text);
        Loaded loaded = ConfigLoader.load(file, Manuals.binders(), PASSWORDS);
        if (loaded instanceof Loaded.Refused(var errors)) {
            assertThat(errors).as(text).isEmpty();
        }
        assertThat(((Loaded.Ready) loaded).warnings()).as(text).isEmpty();
    }

    @Test
    void theFirstConfiguration() throws IOException {
        isRight(Files.readString(ROOT.resolve("config/sluice.conf")));
    }

    @Test
    void theFirstConfigurationWithTlsSwitchedOn() throws IOException {
        String text = Files.readString(ROOT.resolve("config/sluice.conf"));
        String switched = text.replace("# tls {", "tls {");

        assertThat(switched).isNotEqualTo(text);
        isRight(switched);
    }

    @Test
    void theFirstConfigurationWithRedisListenedTo() throws IOException {
        String text = Files.readString(ROOT.resolve("config/sluice.conf"));
        String switched = text.replace("# redis = ", "redis = ");

        assertThat(switched).isNotEqualTo(text);
        isRight(switched);
    }

    @Test
    void thatOfRedis() throws IOException {
        String document = Files.readString(ROOT.resolve("docs/redis.md"));
        List<String> blocks = BLOCK.matcher(document).results().map(m -> m.group(1)).toList();

        assertThat(blocks).hasSize(1);
        isRight(blocks.getFirst());
    }

    @Test
    void everyOneInTheReadme() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        List<String> blocks = BLOCK.matcher(readme).results().map(m -> m.group(1)).toList();
        List<String> inline = INLINE.matcher(readme).results().map(m -> m.group(1)).toList();

        assertThat(blocks).isNotEmpty();
        assertThat(inline).isNotEmpty();
        for (String block : blocks) {
            isRight(block);
            for (String more : inline) {
                isRight(block + "\nsluice { " + more + " }\n");
            }
        }
    }

    @Test
    void theUserInTheGuide() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        String guide = Files.readString(ROOT.resolve("docs/postgres.md"));
        String first = BLOCK.matcher(readme).results().findFirst().orElseThrow().group(1);
        List<String> users = BLOCK.matcher(guide).results().map(m -> m.group(1)).toList();

        assertThat(users).isNotEmpty();
        for (String user : users) {
            isRight(
                    first
                            + "\nsluice.tenants.acme.postgres.users { %s }\n"
                                    .formatted(user.replace("…", "secret")));
        }
    }
}
