package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveConfigTest {
    @TempDir Path temp;
    private ConfigFolder folder;
    private String text = ONE_TENANT;
    private LiveConfig live;

    @BeforeEach
    void start() {
        folder = new ConfigFolder(temp);
        live = new LiveConfig(folder.ready(ONE_TENANT), () -> folder.load(text));
    }

    @Test
    void swapsToWhatIsReady() {
        text = ONE_TENANT + "sluice.limits.max-clients = 7";

        Loaded loaded = live.reload();

        assertThat(live.current().limits().maxClients()).isEqualTo(7);
        assertThat(((Loaded.Ready) loaded).warnings()).isEmpty();
        assertThat(live.view().rows())
                .contains(new ConfigView.Row("limits.max-clients", "7", "50000", true));
    }

    @Test
    void keepsTheOldOneAndSaysWhy() {
        SluiceConfig before = live.current();
        text = ONE_TENANT + "sluice.limits.max-clients = none";

        Loaded loaded = live.reload();

        assertThat(live.current()).isSameAs(before);
        assertThat(((Loaded.Refused) loaded).errors())
                .singleElement()
                .extracting(ConfigError::line)
                .isEqualTo(8);
    }

    @Test
    void namesChangesThatWaitForARestart() {
        text = ONE_TENANT + "sluice { event-loops = 77, pool.max = 9 }";

        Loaded loaded = live.reload();

        assertThat(((Loaded.Ready) loaded).warnings())
                .singleElement()
                .isEqualTo(
                        new ConfigError(
                                temp.resolve("sluice.conf").toString(),
                                8,
                                "sluice.event-loops",
                                "changed from auto to 77, which waits for a restart",
                                ""));
    }
}
