package io.sluice.pg.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What must be sent so that a server has the settings that are wanted, and in what order. */
class SettingsTest {
    private static Settings settings(String... namesAndSql) {
        Map<String, Setting> settings = new java.util.HashMap<>();
        for (int i = 0; i < namesAndSql.length; i += 2) {
            settings.put(namesAndSql[i], new Setting.Statement(namesAndSql[i + 1]));
        }
        return Settings.of(settings);
    }

    @Test
    void whatIsTheSameIsNotSent() {
        Settings one = settings("role", "SET ROLE r", "work_mem", "SET work_mem = 1");
        assertThat(Settings.difference(one, one)).isEmpty();
        assertThat(Settings.difference(one, one.with("app.x", new Setting.Statement("SET app.x"))))
                .doesNotContain("work_mem");
    }

    @Test
    void nothingIsSetUnderARoleThoughItIsTheWantedOne() {
        assertThat(
                        Settings.difference(
                                settings("role", "SET ROLE r", "app.x", "SET app.x = 1"),
                                settings("role", "SET ROLE r", "app.y", "SET app.y = 1")))
                .isEqualTo("RESET ROLE;RESET \"app\".\"x\";SET app.y = 1;SET ROLE r;");
        assertThat(
                        Settings.difference(
                                settings("session_authorization", "SET SESSION AUTHORIZATION a"),
                                settings(
                                        "session_authorization",
                                        "SET SESSION AUTHORIZATION a",
                                        "app.y",
                                        "SET app.y = 1")))
                .isEqualTo(
                        "RESET SESSION AUTHORIZATION;SET app.y = 1;SET SESSION AUTHORIZATION a;");
    }

    @Test
    void aValueIsReadAsItIsWhateverASettingSaysOfBackslashes() {
        assertThat(new Setting.Value("it's").sql("app.x"))
                .isEqualTo("SET \"app\".\"x\" TO 'it''s'");
        assertThat(new Setting.Value("it's \\ x").sql("app.x"))
                .isEqualTo("SET \"app\".\"x\" TO E'it''s \\\\ x'");
    }
}
