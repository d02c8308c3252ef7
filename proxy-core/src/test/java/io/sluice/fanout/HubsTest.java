package io.sluice.fanout;

import static io.sluice.fanout.HubRig.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.metrics.Stats;
import io.sluice.pool.PoolKey;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HubsTest {
    private static final PoolKey KEY =
            new PoolKey("fake", "acme", "main", "0", "app", "subscription", 0);

    @Test
    void keepsAHubAsLongAsSomebodyHasJoined() {
        try (var rig = new HubRig()) {
            Hubs hubs = new Hubs(rig.loop);
            rig.turn(() -> {
                Hub first = get(hubs, rig);
                FakeSubscriber one = new FakeSubscriber(first);
                assertThat(get(hubs, rig)).isSameAs(first);
                hubs.sweep(rig.clock.get());
                assertThat(hubs.all()).containsExactly(first);

                one.subscriptions.leave();
                hubs.sweep(rig.clock.get());
                assertThat(hubs.all()).isEmpty();
                assertThatThrownBy(() -> new FakeSubscriber(first))
                        .hasMessage("acme/0/app/subscription is closed");
                assertThat(get(hubs, rig)).isNotSameAs(first);
            });
        }
    }

    @Test
    void keepsAHubUntilItsLinkIsGivenBack() {
        try (var rig = new HubRig()) {
            Hubs hubs = new Hubs(rig.loop);
            FakeSubscriber one = rig.ask(() -> new FakeSubscriber(get(hubs, rig)));
            rig.turn(() -> one.subscribe(CHANNEL, "news"));
            rig.open();
            rig.turn(one.subscriptions::leave);
            rig.turn(() -> {
                hubs.sweep(rig.clock.get());
                assertThat(hubs.all()).hasSize(1);
            });

            rig.answerAll();
            rig.turn(() -> {
                hubs.sweep(rig.clock.get());
                assertThat(hubs.all()).isEmpty();
            });
        }
    }

    @Test
    void looksAtTheDeadlinesOfItsHubs() {
        try (var rig = new HubRig()) {
            Hubs hubs = new Hubs(rig.loop);
            FakeSubscriber one = rig.ask(() -> new FakeSubscriber(get(hubs, rig)));
            rig.turn(() -> one.subscribe(CHANNEL, "news"));
            rig.turn(rig.upstream::accept);
            FakeLink link = rig.link();

            rig.clock.addAndGet(HubRig.ANSWER_TIMEOUT.toNanos());
            rig.turn(() -> hubs.sweep(rig.clock.get()));

            assertThat(link.closedBecause).contains("no answer");
            rig.pass(Duration.ofMillis(1));
            assertThat(rig.upstream.isAsked()).isTrue();
        }
    }

    private static Hub get(Hubs hubs, HubRig rig) {
        return hubs.get(
                KEY,
                () ->
                        new Hub(
                                KEY.toString(),
                                rig.loop,
                                HubRig.settings(10, 10, 100),
                                rig.upstream,
                                new Stats()));
    }
}
