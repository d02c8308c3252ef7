package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.spi.ProtocolBinder;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first configuration of one's own loads. */
class ReferenceConfTest {
    @TempDir Path temp;

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
