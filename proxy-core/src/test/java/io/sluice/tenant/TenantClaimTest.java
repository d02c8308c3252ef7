package io.sluice.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.Configurations;
import io.sluice.config.SluiceConfig;
import io.sluice.tenant.TenantClaim.Reading;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tenant a client names, in one way or in several; there are acme and globex. */
class TenantClaimTest {
    @TempDir static Path folder;
    private static @Nullable SluiceConfig config;

    @BeforeAll
    static void load() {
        config = Configurations.of(folder, "acme", "globex");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            textBlock =
                    """
                    # listener, server name,     option, user,        tenant, name there
                      -,        -,               -,      app,         -,      app
                      acme,     -,               -,      app,         acme,   app
                      -,        acme.db.example, -,      app,         acme,   app
                      -,        ACME,            -,      app,         acme,   app
                      -,        db.example,      -,      app,         -,      app
                      -,        -,               acme,   app,         acme,   app
                      -,        -,               -,      app.acme,    acme,   app
                      -,        -,               -,      a.b.acme,    acme,   a.b
                      -,        -,               -,      app.nobody,  -,      app.nobody
                      -,        -,               -,      .acme,       -,      .acme
                      acme,     acme.db.example, acme,   app.acme,    acme,   app
                      -,        -,               nobody, app,         nobody, app
                    """)
    void namesATenant(
            @Nullable String listener,
            @Nullable String serverName,
            @Nullable String option,
            String user,
            @Nullable String tenant,
            String name) {
        assertThat(reading(listener, serverName, option, user))
                .isEqualTo(
                        tenant == null
                                ? new Reading.Unnamed(name)
                                : new Reading.Named(tenant, name));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            textBlock =
                    """
                    acme, globex,  -,      app
                    acme, -,       globex, app
                    acme, -,       -,      app.globex
                    -,    acme,    globex, app
                    -,    acme,    -,      app.globex
                    -,    -,       acme,   app.globex
                    -,    -,       nobody, app.acme
                    """)
    void isNotBelievedWhenItNamesTwo(
            @Nullable String listener,
            @Nullable String serverName,
            @Nullable String option,
            String user) {
        assertThat(reading(listener, serverName, option, user))
                .isEqualTo(new Reading.Contradiction());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            textBlock =
                    """
                    -,    -,    -,      app,        otherwise
                    acme, -,    -,      app.globex, acme
                    -,    acme, nobody, app.globex, nobody
                    -,    acme, -,      app.nobody, nobody
                    -,    acme, -,      app,        acme
                    -,    nobody, -,    app,        otherwise
                    """)
    void isCountedWithWhomItClaimsToBelongTo(
            @Nullable String listener,
            @Nullable String serverName,
            @Nullable String option,
            String user,
            String claimed) {
        assertThat(
                        new TenantClaim(listener, serverName, option, user)
                                .claimed(config(), "otherwise"))
                .isEqualTo(claimed);
    }

    @Test
    void leadsToADestinationAsLongAsThatIsThere() {
        Destination shop =
                Objects.requireNonNull(Destination.find(config(), "line", "acme", "shop", "app"));

        assertThat(shop.in(config())).isEqualTo(shop);
        assertThat(shop.in(Configurations.of(folder, "globex"))).isNull();
        assertThat(shop.in(Configurations.onOtherBackend(folder, "acme"))).isNull();
        assertThat(Destination.find(config(), "line", "nobody", "shop", "app")).isNull();
        assertThat(Destination.find(config(), "other", "acme", "shop", "app")).isNull();
        assertThat(Destination.find(config(), "line", "acme", "attic", "app")).isNull();
        assertThat(Destination.find(config(), "line", "acme", "shop", "nobody")).isNull();
    }

    private static Reading reading(
            @Nullable String listener,
            @Nullable String serverName,
            @Nullable String option,
            String user) {
        return new TenantClaim(listener, serverName, option, user).in(config());
    }

    private static SluiceConfig config() {
        return Objects.requireNonNull(config);
    }
}
