package io.sluice.config;

import static io.sluice.config.ConfigFolder.ONE_TENANT;
import static io.sluice.config.ConfigFolder.user;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigPrinterTest {
    private static final String TEXT =
            ONE_TENANT
                    + """
                    sluice {
                      listen.fake = [7000, { address = /run/s.sock, unix-mode = "0600" }]
                      listen.http = "[::1]:9000"
                      event-loops = 2
                      tiers.gold { max-concurrent = 7, timeouts.query = 1500ms }
                      tenants.acme { tier = gold, pool.max = 7 }
                      tenants.acme.fake.databases."0" {}
                      tenants.acme.fake.users."odd.name" { verify = trust }
                      console.users.root { role = admin, verify = [hush, hush2] }
                    }
                    """;

    @TempDir Path temp;
    private ConfigFolder folder;

    @BeforeEach
    void folder() {
        folder = new ConfigFolder(temp);
    }

    @Test
    void whatItPrintsLoadsAgainAndPrintsTheSame() {
        Loaded.Ready first = folder.ready(TEXT);
        String printed = ConfigPrinter.print(first.settings());

        Loaded.Ready second = folder.ready(printed);

        assertThat(ConfigPrinter.print(second.settings())).isEqualTo(printed);
        assertThat(second.config().listeners()).isEqualTo(first.config().listeners());
        assertThat(second.config().backends()).isEqualTo(first.config().backends());
        assertThat(second.config().tiers()).isEqualTo(first.config().tiers());
        assertThat(second.config().http()).isEqualTo(first.config().http());
        assertThat(second.config().runtime()).isEqualTo(first.config().runtime());
        assertThat(second.config().protocols()).isEqualTo(first.config().protocols());
        assertThat(user(second.config(), "odd.name")).isEqualTo(user(first.config(), "odd.name"));
    }

    @Test
    void whatIsInheritedIsPrintedWhereItIsInForce() {
        var printed = ConfigFactory.parseString(ConfigPrinter.print(folder.ready(TEXT).settings()));
        var app = printed.getConfig("sluice.tenants.acme.fake.users.app");

        assertThat(app.getInt("pool.max")).isEqualTo(7);
        assertThat(app.getInt("pool.min")).isEqualTo(2);
        assertThat(app.getString("timeouts.query")).isEqualTo("1500ms");
    }

    /** Or else it would win over what a database says, once it is loaded again. */
    @Test
    void whatAProtocolInheritsIsPrintedWhereItWasSaid() {
        var printed = ConfigFactory.parseString(ConfigPrinter.print(folder.ready(TEXT).settings()));

        assertThat(printed.getString("sluice.fake.pool-mode")).isEqualTo("transaction");
        assertThat(printed.hasPath("sluice.tenants.acme.fake.users.app.pool-mode")).isFalse();
    }

    @Test
    void noSecretIsPrinted() {
        String printed = ConfigPrinter.print(folder.ready(TEXT).settings());
        var parsed = ConfigFactory.parseString(printed);

        assertThat(printed).doesNotContain("open-sesame", "s3cret", "hush");
        assertThat(parsed.getStringList("sluice.console.users.root.verify"))
                .isEqualTo(List.of("***", "***"));
        assertThat(parsed.getString("sluice.tenants.acme.fake.users.app.server.secret"))
                .isEqualTo("***");
        assertThat(folder.ready(TEXT).config().toString())
                .doesNotContain("open-sesame", "s3cret", "hush");
    }
}
