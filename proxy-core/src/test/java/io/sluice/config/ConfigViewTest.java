package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigViewTest {
    @TempDir Path temp;

    private ConfigView view(String text) {
        return ConfigView.of(new ConfigFolder(temp).ready(text).settings());
    }

    @Test
    void listsValueDefaultAndWhetherAReloadAppliesIt() {
        assertThat(
                        view(ONE_TENANT
                                        + """
                                        sluice {
                                          timeouts.query = 60 s
                                          event-loops = 3
                                          fake { statements = 1, helpers = 2 }
                                          console.users.root { role = admin, verify = x }
                                        }
                                        """)
                                .rows())
                .contains(
                        new ConfigView.Row("timeouts.query", "1m", "30s", true),
                        new ConfigView.Row("timeouts.transaction", "off", "off", true),
                        new ConfigView.Row("event-loops", "3", "auto", false),
                        new ConfigView.Row("transport", "auto", "auto", false),
                        new ConfigView.Row(
                                "listen.http", "127.0.0.1:9127", "127.0.0.1:9127", false),
                        new ConfigView.Row("listen.fake.address", "127.0.0.1:6400", "", true),
                        new ConfigView.Row("backends.main.max-connections", "200", "", true),
                        new ConfigView.Row(
                                "tls.protocols", "TLSv1.2, TLSv1.3", "TLSv1.2, TLSv1.3", true),
                        new ConfigView.Row("fake.statements", "1", "100", true),
                        new ConfigView.Row("fake.helpers", "2", "1", false),
                        new ConfigView.Row("console.users.root.verify", "***", "", true));
    }

    @Test
    void isSortedAndLeavesTenantsToTheirOwnTables() {
        assertThat(view(ONE_TENANT).rows())
                .extracting(ConfigView.Row::key)
                .isSorted()
                .noneMatch(key -> key.startsWith("tenants."))
                .doesNotHaveDuplicates();
    }
}
