package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.sluice.spi.ProtocolBinder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manual explains every key, and the first configuration of one's own loads. */
class ReferenceConfTest {
    /** Their keys are explained where the tier {@code default} has them. */
    private static final Set<String> EXPLAINED_ELSEWHERE =
            Set.of("free", "starter", "pro", "enterprise");

    @TempDir Path temp;

    @Test
    void explainsEveryKey() {
        var bare = new ArrayList<String>();
        collect("", ConfigFactory.parseResources("reference.conf").root(), bare);

        assertThat(bare).isEmpty();
    }

    private static void collect(String path, ConfigObject object, List<String> bare) {
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            String key = path + "." + entry.getKey();
            boolean isTier = EXPLAINED_ELSEWHERE.contains(entry.getKey());
            boolean isRoot = key.equals(".sluice");
            if (entry.getValue().origin().comments().isEmpty() && !isTier && !isRoot) {
                bare.add(key);
            }
            if (entry.getValue() instanceof ConfigObject inner && !isTier) {
                collect(key, inner, bare);
            }
        }
    }

    @Test
    void theFirstConfigurationOfOnesOwnLoadsWithoutAWarning() {
        ProtocolBinder nothingOfItsOwn = new NoKeys();
        Loaded loaded =
                ConfigLoader.load(
                        Path.of("..", "config", "sluice.conf"),
                        Map.of("postgres", nothingOfItsOwn),
                        Map.of(
                                "ACME_APP_PASSWORD",
                                "a",
                                "ACME_SERVER_PASSWORD",
                                "b",
                                "SLUICE_ADMIN_PASSWORD",
                                "c"));

        assertThat(loaded).isInstanceOf(Loaded.Ready.class);
        assertThat(((Loaded.Ready) loaded).warnings()).isEmpty();
        assertThat(((Loaded.Ready) loaded).config().tenants()).containsOnlyKeys("acme");
    }

    private static final class NoKeys implements ProtocolBinder {
        @Override
        public Object bindGlobal(Section section) {
            return "global";
        }

        @Override
        public Object bindBackend(Section section) {
            return "backend";
        }

        @Override
        public Object bindService(Section section, Object global) {
            return "service";
        }

        @Override
        public Object bindDatabase(Section section, Object service) {
            return "database";
        }

        @Override
        public Object bindUser(Section section, Object service) {
            return "user";
        }
    }
}
