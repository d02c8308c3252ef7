package io.sluice.fanout;

import static io.sluice.fanout.HubRig.CHANNEL;
import static io.sluice.fanout.HubRig.PATTERN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much a hub takes on. */
class HubLimitsTest {
    @Test
    void oneSubscriberHasOnlySoManyTopics() {
        try (var rig = new HubRig(HubRig.settings(2, 100, 1000))) {
            FakeSubscriber one = rig.join();
            FakeSubscriber two = rig.join();
            rig.turn(() -> one.subscribe(CHANNEL, "a"));
            rig.open();
            rig.turn(() -> {
                assertThat(one.subscriptions.room()).isEqualTo(1);
                assertThat(one.subscribe(CHANNEL, "b")).isEqualTo(Acceptance.TAKEN);
            });
            rig.answerAll();
            one.heard();

            rig.turn(() -> {
                assertThat(one.subscriptions.room()).isZero();
                assertThat(one.subscribe(CHANNEL, "c")).isEqualTo(Acceptance.TOO_MANY_OF_ONE);
                assertThat(one.subscribe(CHANNEL, "a")).as("has it").isEqualTo(Acceptance.TAKEN);
                assertThat(one.heard()).containsExactly("+a 2");
                assertThat(two.subscribe(CHANNEL, "c")).isEqualTo(Acceptance.TAKEN);
            });
            assertThat(rig.snapshot().subscriptions()).isEqualTo(3);
            rig.turn(() -> {
                one.unsubscribe(CHANNEL, "a");
                assertThat(one.subscribe(CHANNEL, "c")).isEqualTo(Acceptance.TAKEN);
            });
        }
    }

    @Test
    void oneSubscriberWaitsForOnlySoManyAnswers() {
        try (var rig = new HubRig(HubRig.settings(3, 100, 1000))) {
            FakeSubscriber one = rig.join();
            rig.turn(() -> {
                assertThat(one.subscribe(CHANNEL, "a")).isEqualTo(Acceptance.TAKEN);
                assertThat(one.unsubscribe(CHANNEL, "a")).isEqualTo(Acceptance.TAKEN);
                assertThat(one.subscriptions.unsubscribeAll(CHANNEL)).isEqualTo(Acceptance.TAKEN);

                assertThat(one.subscribe(CHANNEL, "a")).isEqualTo(Acceptance.TOO_MANY_OF_ONE);
                assertThat(one.unsubscribe(CHANNEL, "a")).isEqualTo(Acceptance.TOO_MANY_OF_ONE);
                assertThat(one.subscriptions.unsubscribeAll(PATTERN))
                        .isEqualTo(Acceptance.TOO_MANY_OF_ONE);
                assertThat(one.subscriptions.room()).isZero();
            });
            rig.open();
            assertThat(one.heard()).containsExactly("+a 1", "-a 0", "-all channel 0 0");
        }
    }

    @Test
    void allSubscribersTogetherHaveOnlySoManyTopics() {
        try (var rig = new HubRig(HubRig.settings(10, 2, 1000))) {
            FakeSubscriber one = rig.join();
            FakeSubscriber two = rig.join();
            rig.turn(() -> {
                one.subscribe(CHANNEL, "a");
                two.subscribe(CHANNEL, "a");
                assertThat(two.subscribe(PATTERN, "a")).isEqualTo(Acceptance.TOO_MANY_IN_ALL);
                assertThat(two.subscriptions.room()).isZero();

                one.subscriptions.leave();
                assertThat(two.subscriptions.room()).isEqualTo(1);
                assertThat(two.subscribe(PATTERN, "a")).isEqualTo(Acceptance.TAKEN);
            });
        }
    }

    @Test
    void namesTakeOnlySoMuchMemory() {
        try (var rig = new HubRig(HubRig.settings(10, 10, 8))) {
            FakeSubscriber one = rig.join();
            FakeSubscriber two = rig.join();
            rig.turn(() -> {
                one.subscribe(CHANNEL, "12345");
                assertThat(one.subscribe(CHANNEL, "6789")).isEqualTo(Acceptance.NAMES_TOO_LONG);
                assertThat(one.subscribe(CHANNEL, "678")).isEqualTo(Acceptance.TAKEN);
                assertThat(two.subscribe(CHANNEL, "12345"))
                        .as("kept once")
                        .isEqualTo(Acceptance.TAKEN);
            });
            rig.turn(one.subscriptions::leave);
            rig.turn(() -> assertThat(two.subscribe(CHANNEL, "678")).isEqualTo(Acceptance.TAKEN));
        }
    }

    @Test
    void whoHasLeftAsksForNothing() {
        try (var rig = new HubRig()) {
            FakeSubscriber one = rig.join();
            rig.turn(() -> {
                one.subscriptions.leave();
                one.subscriptions.leave();
                assertThatThrownBy(() -> one.subscribe(CHANNEL, "a"))
                        .isInstanceOf(IllegalStateException.class);
            });
            assertThat(rig.snapshot().subscribers()).isZero();
        }
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> HubRig.settings(0, 1, 1)).hasMessageContaining("at least 1");
        assertThatThrownBy(() ->
                        new HubSettings(
                                1,
                                1,
                                1,
                                1,
                                1,
                                Duration.ZERO,
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1)))
                .hasMessageContaining("softFor");
        for (int tally : List.of(-1, TopicKind.TALLIES)) {
            assertThatThrownBy(() -> new TopicKind("x", 0, tally)).hasMessageContaining("tally");
        }
    }
}
