package io.sluice.pg.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What of a session's settings is followed. */
class SettingsTrackerTest {
    private final SettingsTracker tracker = new SettingsTracker(Settings.NONE);

    private boolean set(String name, String value) {
        return tracker.onSet(name, new Setting.Statement(value));
    }

    @Test
    void soManySettingsAreFollowedAndNoMore() {
        for (int i = 0; i < SettingsTracker.MOST; i++) {
            assertThat(set("app.x" + i, "1")).isTrue();
        }
        assertThat(set("app.further", "1")).isFalse();
        assertThat(tracker.onReported("TimeZone", "UTC", false)).isFalse();
        assertThat(tracker.current().size()).isEqualTo(SettingsTracker.MOST);
        assertThat(set("app.x7", "2")).as("another value").isTrue();

        tracker.onReset("app.x1");
        assertThat(set("app.further", "1")).isTrue();
    }

    @Test
    void soManyCharactersAreFollowedAndNoMore() {
        String almostAll = "x".repeat(SettingsTracker.MOST_LENGTH - 100);
        assertThat(set("app.a", almostAll)).isTrue();
        assertThat(set("app.b", "x".repeat(200))).isFalse();
        assertThat(tracker.onReported("TimeZone", "x".repeat(200), false)).isFalse();
        assertThat(set("app.a", almostAll + "x".repeat(200))).isFalse();
        assertThat(tracker.current().get("app.a")).isEqualTo(new Setting.Statement(almostAll));
        assertThat(set("app.a", "short")).isTrue();
        assertThat(set("app.b", "x".repeat(200))).isTrue();
    }

    @Test
    void whatIsNotFollowedIsNotWhatATransactionChanged() {
        assertThat(set("app.a", "x".repeat(SettingsTracker.MOST_LENGTH))).isFalse();
        assertThat(tracker.hasUncommitted()).isFalse();
        assertThat(tracker.wanted()).isEqualTo(Settings.NONE);
    }
}
