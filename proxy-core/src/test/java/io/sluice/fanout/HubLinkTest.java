package io.sluice.fanout;

import static io.sluice.fanout.HubRig.CHANNEL;
import static io.sluice.fanout.HubRig.PATTERN;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.metrics.Counter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The life of a hub's link: when there is one, how it is lost, and what happens then. */
class HubLinkTest {
    private final HubRig rig = new HubRig();
    private final FakeSubscriber one = rig.join();
    private final FakeSubscriber two = rig.join();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void keepsNoLinkThatNobodyNeeds() {
        assertThat(rig.upstream.isAsked()).as("before the first topic").isFalse();
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink link = rig.open();

        rig.turn(() -> one.unsubscribe(CHANNEL, "news"));
        assertThat(one.heard()).containsExactly("+news 1", "-news 0");
        assertThat(link.givenBack).as("before the server has acknowledged").isFalse();
        rig.answerAll();
        assertThat(link.givenBack).isTrue();
        assertThat(rig.snapshot().state()).isEqualTo("down");

        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        assertThat(rig.open()).isNotSameAs(link);
        assertThat(one.heard()).containsExactly("+news 1");
    }

    @Test
    void givesALinkBackThatCameWhenNobodyWantedItAnyMore() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        rig.turn(one.subscriptions::leave);

        rig.turn(rig.upstream::accept);

        assertThat(rig.upstream.links.getFirst().givenBack).isTrue();
        assertThat(rig.upstream.links.getFirst().commands).isEmpty();
    }

    @Test
    void hearsNothingFromALinkThatIsNotThePresentOne() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        rig.turn(rig.upstream::accept);
        FakeLink old = rig.link();
        rig.turn(() -> {
            old.serve();
            old.publish(CHANNEL, "news", "stale");
            lose(old);
        });
        rig.turn(rig.upstream::accept);

        rig.turn(() -> {
            old.answerAll();
            rig.hub.onRejected(old, Rejection.FOR_GOOD, "stale");
            rig.hub.onLost(old, "stale");
        });
        assertThat(one.heard()).isEmpty();
        assertThat(rig.snapshot().state()).isEqualTo("up");

        rig.answerAll();
        assertThat(one.heard()).containsExactly("+news 1");
    }

    @Test
    void asksForEverythingAgainWhenTheLinkIsLost() {
        rig.turn(() -> {
            one.subscribe(CHANNEL, "news");
            one.subscribe(PATTERN, "n*");
        });
        FakeLink first = rig.open();
        one.heard();

        rig.turn(() -> lose(first));
        rig.turn(() -> {
            one.subscribe(CHANNEL, "sport");
            two.subscribe(CHANNEL, "news");
        });
        rig.clock.addAndGet(5_000_000);
        FakeLink second = rig.open();

        assertThat(second.subscribed)
                .containsExactlyInAnyOrder("channel news", "channel sport", "pattern n*");
        assertThat(one.heard()).as("told only what is new").containsExactly("+sport 3");
        assertThat(two.heard()).containsExactly("+news 1");
        publish(CHANNEL, "news", "again");
        assertThat(one.heard()).containsExactly("*channel news=again");
        HubSnapshot now = rig.snapshot();
        assertThat(now.losses()).isEqualTo(1);
        assertThat(now.interruptions()).isEqualTo(2);
        assertThat(now.resubscriptions()).isEqualTo(2);
        assertThat(now.interruptedNanos()).isEqualTo(2 * 5_000_000);
        assertThat(rig.stats.get(Counter.RESUBSCRIPTIONS)).as("of the database").isEqualTo(2);
    }

    @Test
    void refusesWhoWaitsWhenTheServerCannotBeReachedAndKeepsTheOthers() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink first = rig.open();
        one.heard();
        rig.turn(() -> lose(first));
        rig.turn(() -> two.subscribe(CHANNEL, "news"));

        rig.turn(() -> rig.upstream.refuse(Duration.ofMillis(500)));
        assertThat(two.heard()).containsExactly("refused news");
        assertThat(one.heard()).isEmpty();
        rig.turn(() -> {
            two.subscribe(CHANNEL, "sport");
            assertThat(two.heard()).as("while nobody tries").containsExactly("refused sport");
            one.unsubscribe(CHANNEL, "sport");
            one.subscribe(CHANNEL, "news");
            assertThat(one.heard()).as("needs no server").containsExactly("-sport 1", "+news 1");
        });
        rig.pass(Duration.ofMillis(499));
        assertThat(rig.upstream.isAsked()).isFalse();

        rig.pass(Duration.ofMillis(1));
        FakeLink second = rig.open();
        assertThat(second.subscribed).containsExactly("channel news");
    }

    @Test
    void triesNoServerForNobody() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        rig.turn(() -> rig.upstream.refuse(Duration.ofMillis(500)));
        assertThat(one.heard()).containsExactly("refused news");

        rig.pass(Duration.ofSeconds(5));
        assertThat(rig.upstream.isAsked()).isFalse();
        assertThat(rig.snapshot().topics()).isZero();

        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        assertThat(rig.upstream.isAsked()).isTrue();
    }

    @Test
    void opensALinkThatIsLostAgainAndAgainEverMoreRarely() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink steady = rig.open();
        rig.clock.addAndGet(Duration.ofMinutes(1).toNanos());
        rig.turn(() -> lose(steady));
        assertThat(rig.upstream.isAsked()).as("at once after it stood for long").isTrue();

        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            rig.turn(rig.upstream::accept);
            rig.turn(() -> lose(rig.link()));
            long lostAt = rig.clock.get();
            while (!rig.upstream.isAsked()) {
                rig.pass(Duration.ofMillis(50));
            }
            pauses.add(Duration.ofNanos(rig.clock.get() - lostAt).toMillis());
        }
        assertThat(pauses.get(0)).isBetween(1000L, 1300L);
        assertThat(pauses.get(1)).isBetween(2000L, 2550L);
        assertThat(pauses.get(2)).isBetween(4000L, 5050L);
        assertThat(pauses.get(5)).isBetween(8000L, 10_050L);
    }

    @Test
    void closesALinkThatAcknowledgesWhatIsNotTheNext() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        rig.turn(rig.upstream::accept);
        FakeLink link = rig.link();

        rig.turn(() -> link.tell(new FakeLink.Event.Ack(Verb.SUBSCRIBE, CHANNEL, "sport")));

        assertThat(link.closedBecause).contains("acknowledged");
        assertThat(one.heard()).isEmpty();
        rig.open();
        assertThat(one.heard()).containsExactly("+news 1");
    }

    @Test
    void closesALinkThatAcknowledgesWhatWasNotAsked() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink link = rig.open();

        rig.turn(() -> link.tell(new FakeLink.Event.Ack(Verb.UNSUBSCRIBE, CHANNEL, "news")));

        assertThat(link.closedBecause).contains("acknowledged");
    }

    @Test
    void closesALinkWhoseServerDoesNotAcknowledge() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        rig.turn(rig.upstream::accept);
        FakeLink link = rig.link();

        rig.pass(HubRig.ANSWER_TIMEOUT.minusMillis(1));
        assertThat(link.closedBecause).isNull();
        rig.pass(Duration.ofMillis(1));
        assertThat(link.closedBecause).isEqualTo("no answer within 30000 ms");

        rig.open();
        assertThat(one.heard()).containsExactly("+news 1");
    }

    @Test
    void asksASilentLinkForASignOfLife() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink link = rig.open();

        rig.pass(HubRig.PROBE_AFTER);
        assertThat(link.probes).isEqualTo(1);
        rig.pass(HubRig.PROBE_AFTER.minusMillis(1));
        assertThat(link.probes).isEqualTo(1);
        link.answersProbes = false;
        rig.pass(Duration.ofMillis(1));
        assertThat(link.probes).isEqualTo(2);
        publish(CHANNEL, "news", "is a sign of life, too");

        rig.pass(HubRig.PROBE_AFTER);
        assertThat(link.probes).isEqualTo(3);
        rig.pass(HubRig.ANSWER_TIMEOUT.minusMillis(1));
        assertThat(link.closedBecause).isNull();
        rig.pass(Duration.ofMillis(1));
        assertThat(link.closedBecause).isNotNull();
        assertThat(rig.upstream.isAsked()).isTrue();
    }

    @Test
    void subscribesOnAnotherLinkWhenTheServerMayHaveChanged() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink first = rig.open();
        one.heard();

        rig.turn(() -> rig.hub.renew("RECONNECT"));
        assertThat(first.closedBecause).isEqualTo("RECONNECT");
        FakeLink second = rig.open();

        assertThat(second.subscribed).containsExactly("channel news");
        assertThat(one.heard()).isEmpty();
    }

    private void publish(TopicKind kind, String name, String payload) {
        rig.turn(() -> {
            assertThat(rig.link().publish(kind, name, payload)).isTrue();
            rig.link().hear();
        });
    }

    private void lose(FakeLink link) {
        link.closedBecause = "lost";
        rig.hub.onLost(link, "lost");
    }
}
