package io.sluice.documents;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.sluice.config.ConfigError;
import io.sluice.config.ConfigLoader;
import io.sluice.config.Loaded;
import io.sluice.spi.ProtocolBinder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The manuals explain every key, and have no others than are read. */
class ManualsTest {
    /** Their keys are explained where the tier {@code default} has them. */
    private static final Set<String> EXPLAINED_ELSEWHERE =
            Set.of("free", "starter", "pro", "enterprise");

    /** Sections that hold a protocol's own keys, and the root. */
    private static final Set<String> WITHOUT_A_WORD =
            Set.of(".sluice", ".sluice.postgres", ".sluice.redis");

    @TempDir Path folder;

    @ParameterizedTest
    @FieldSource("io.sluice.documents.Manuals#ALL")
    void explainEveryKey(Path manual) {
        var bare = new ArrayList<String>();
        collect("", ConfigFactory.parseFile(manual.toFile()).root(), bare);

        assertThat(bare).isEmpty();
    }

    private static void collect(String path, ConfigObject object, List<String> bare) {
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            String key = path + "." + entry.getKey();
            boolean isTier = EXPLAINED_ELSEWHERE.contains(entry.getKey());
            if (entry.getValue().origin().comments().isEmpty()
                    && !isTier
                    && !WITHOUT_A_WORD.contains(key)) {
                bare.add(key);
            }
            if (entry.getValue() instanceof ConfigObject inner && !isTier) {
                collect(key, inner, bare);
            }
        }
    }

    /** A key that nobody reads is refused as unknown, and one that is missing cannot be read. */
    @Test
    void haveTheKeysThatAreReadAndNoOthers() throws IOException {
        Map<String, ProtocolBinder> protocols = Manuals.binders();
        StringBuilder text = new StringBuilder("sluice {\n");
        for (String protocol : protocols.keySet()) {
            text.append(
                    """
                    listen.%1$s = "127.0.0.1:0"
                    backends.%1$s { protocol = %1$s, hosts = ["127.0.0.1:1"] }
                    tenants.acme.%1$s { backend = %1$s, users.app { verify = secret } }
                    """
                            .formatted(protocol));
        }
        Path file = Files.writeString(folder.resolve("sluice.conf"), text.append("}\n"));

        Loaded loaded = ConfigLoader.load(file, protocols, Map.of());

        assertThat(protocols).hasSize(Manuals.ALL.size() - 1);
        assertThat(errors(loaded)).isEmpty();
    }

    private static List<String> errors(Loaded loaded) {
        return switch (loaded) {
            case Loaded.Refused(var errors) -> errors.stream().map(ConfigError::toString).toList();
            case Loaded.Ready _ -> List.of();
        };
    }
}
