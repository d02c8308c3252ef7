package io.sluice.fanout;

import static io.sluice.fanout.HubRig.CHANNEL;
import static io.sluice.fanout.HubRig.PATTERN;
import static io.sluice.fanout.HubRig.SHARD;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.guard.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a hub asks upstream, and what its subscribers are told. */
class HubTest {
    private final HubRig rig = new HubRig();
    private final FakeSubscriber one = rig.join();
    private final FakeSubscriber two = rig.join();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void asksUpstreamOnceHoweverManySubscribe() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        rig.turn(() -> two.subscribe(CHANNEL, "news"));
        assertThat(one.heard()).isEmpty();

        rig.open();

        assertThat(rig.link().commands).containsExactly("SUBSCRIBE channel news");
        assertThat(one.heard()).containsExactly("+news 1");
        assertThat(two.heard()).containsExactly("+news 1");
    }

    @Test
    void confirmsAtOnceWhatTheServerHasConfirmedAlready() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        rig.open();

        rig.turn(() -> {
            two.subscribe(CHANNEL, "news");
            assertThat(two.heard()).containsExactly("+news 1");
        });
        assertThat(rig.link().commands).hasSize(1);
    }

    @Test
    void sendsNothingForATopicThatIsLeftAndTakenAgainInOneTurn() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink link = rig.open();

        rig.turn(() -> {
            one.unsubscribe(CHANNEL, "news");
            two.subscribe(CHANNEL, "news");
        });

        assertThat(one.heard()).containsExactly("+news 1", "-news 0");
        assertThat(two.heard()).containsExactly("+news 1");
        assertThat(link.commands).hasSize(1);
    }

    @Test
    void anAcknowledgementThatALaterCommandHasOvertakenConfirmsNothing() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        rig.turn(rig.upstream::accept);
        rig.turn(one.subscriptions::leave);
        rig.turn(() -> two.subscribe(CHANNEL, "news"));
        FakeLink link = rig.link();
        assertThat(link.commands)
                .containsExactly(
                        "SUBSCRIBE channel news",
                        "UNSUBSCRIBE channel news",
                        "SUBSCRIBE channel news");

        rig.turn(() -> {
            link.serve();
            link.hear();
            link.serve();
            link.hear();
            assertThat(two.heard()).as("told by acknowledgements of the past").isEmpty();
            link.serve();
            link.hear();
            assertThat(two.heard()).containsExactly("+news 1");
        });
    }

    @Test
    void answersInTheOrderOfTheRequests() {
        rig.turn(() -> two.subscribe(CHANNEL, "held"));
        rig.open();

        rig.turn(() -> {
            one.subscribe(CHANNEL, "late");
            one.subscribe(CHANNEL, "held");
            one.unsubscribe(CHANNEL, "late");
            one.subscribe(PATTERN, "h*");
            one.unsubscribe(CHANNEL, "never");
            one.subscribe(SHARD, "part");
            one.subscriptions.unsubscribeAll(CHANNEL);
            assertThat(one.heard()).isEmpty();
        });
        rig.answerAll();

        assertThat(one.heard())
                .containsExactly(
                        "+late 1",
                        "+held 2",
                        "-late 1",
                        "+h* 2",
                        "-never 2",
                        "+part 1",
                        "-held 1",
                        "-all channel 1 1");
    }

    @Test
    void givesAMessageToThoseWhoAreSubscribedAndNobodyElse() {
        FakeSubscriber pattern = rig.join();
        rig.turn(() -> {
            one.subscribe(CHANNEL, "news");
            two.subscribe(CHANNEL, "sport");
            pattern.subscribe(PATTERN, "news");
            two.form = 1;
        });
        rig.open();
        one.heard();
        two.heard();
        pattern.heard();

        publish(CHANNEL, "news", "first");
        publish(CHANNEL, "sport", "second");
        publish(PATTERN, "news", "third");

        assertThat(one.heard()).containsExactly("*channel news=first");
        assertThat(two.heard()).containsExactly(">channel sport=second");
        assertThat(pattern.heard()).containsExactly("*pattern news=third");
        assertThat(rig.snapshot().deliveries()).isEqualTo(3);
    }

    @Test
    void whoUnsubscribesHearsNothingThatWasStillUnderWay() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink link = rig.open();
        one.heard();

        rig.turn(() -> link.publish(CHANNEL, "news", "late"));
        rig.turn(() -> one.unsubscribe(CHANNEL, "news"));
        rig.answerAll();

        assertThat(one.heard()).containsExactly("-news 0");
        assertThat(rig.snapshot().unwanted()).isEqualTo(1);
    }

    @Test
    void asksOneByOneWhenACommandForSeveralIsRejected() {
        rig.turn(() -> {
            one.subscribe(CHANNEL, "allowed");
            one.subscribe(CHANNEL, "forbidden");
            one.subscribe(CHANNEL, "too");
        });
        rig.turn(rig.upstream::accept);
        FakeLink link = rig.link();
        rig.turn(() -> {
            link.refuse(Rejection.FOR_GOOD, "no");
            link.hear();
        });
        assertThat(one.heard()).isEmpty();
        assertThat(link.atServer).hasSize(3);

        rig.turn(() -> serveAllBut(link, "forbidden"));
        rig.answerAll();

        assertThat(one.heard())
                .containsExactly("+allowed 1", "rejected forbidden no permission", "+too 2");
        assertThat(link.subscribed).containsExactlyInAnyOrder("channel allowed", "channel too");
        assertThat(rig.snapshot().topics()).isEqualTo(2);
    }

    @Test
    void tellsARejectionInItsTurn() {
        FakeSubscriber first = rig.join();
        rig.turn(() -> first.subscribe(CHANNEL, "news"));
        FakeLink link = rig.open();
        rig.turn(() -> two.subscribe(PATTERN, "bad"));
        rig.turn(() -> {
            one.subscribe(CHANNEL, "late");
            one.subscribe(PATTERN, "bad");
            one.subscribe(PATTERN, "bad");
        });

        rig.turn(() -> {
            link.refuse(Rejection.FOR_GOOD, "no");
            link.hear();
        });
        assertThat(two.heard()).containsExactly("rejected bad no");
        assertThat(one.heard()).as("what was asked before is not answered").isEmpty();

        rig.answerAll();
        assertThat(one.heard()).containsExactly("+late 1", "rejected bad no", "rejected bad no");
        assertThat(rig.snapshot().topics()).isEqualTo(2);
    }

    @Test
    void evictsWhoseTopicIsRejectedForGoodAfterALoss() {
        rig.turn(() -> {
            one.subscribe(CHANNEL, "news");
            two.subscribe(CHANNEL, "sport");
        });
        FakeLink first = rig.open();
        rig.turn(() -> lose(first));
        rig.turn(rig.upstream::accept);
        FakeLink link = rig.link();
        rig.turn(() -> {
            link.refuse(Rejection.FOR_GOOD, "no");
            link.hear();
        });

        rig.turn(() -> serveAllBut(link, "news"));
        rig.answerAll();

        assertThat(one.evictedBecause).contains("channel news").contains("no permission");
        assertThat(two.evictedBecause).isNull();
        assertThat(rig.snapshot().subscribers()).isEqualTo(1);
    }

    @Test
    void asksAgainLaterForWhatWasRejectedForNow() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink first = rig.open();
        one.heard();
        rig.turn(() -> lose(first));
        rig.turn(() -> two.subscribe(CHANNEL, "news"));
        rig.turn(rig.upstream::accept);
        FakeLink link = rig.link();

        rig.turn(() -> {
            link.refuse(Rejection.FOR_NOW, "busy");
            link.hear();
        });
        assertThat(two.heard()).as("who is new").containsExactly("rejected news busy");
        assertThat(one.evictedBecause).as("who had it").isNull();
        assertThat(link.atServer).isEmpty();
        rig.pass(HubRig.RETRY_PAUSE.minusMillis(1));
        assertThat(link.atServer).isEmpty();

        rig.pass(Duration.ofMillis(1));
        rig.answerAll();
        publish(CHANNEL, "news", "again");
        assertThat(one.heard()).containsExactly("*channel news=again");
    }

    @Test
    void forgetsWhatIsGivenUpBeforeItIsAskedForAgain() {
        rig.turn(() -> {
            one.subscribe(CHANNEL, "news");
            two.subscribe(CHANNEL, "sport");
        });
        FakeLink first = rig.open();
        rig.turn(() -> lose(first));
        rig.turn(rig.upstream::accept);
        FakeLink link = rig.link();
        rig.turn(() -> {
            link.refuse(Rejection.FOR_NOW, "busy");
            link.hear();
        });
        rig.turn(() -> {
            link.refuse(Rejection.FOR_NOW, "busy");
            link.refuse(Rejection.FOR_NOW, "busy");
            link.hear();
            link.hear();
        });
        rig.turn(one.subscriptions::leave);
        assertThat(rig.snapshot().topics()).isEqualTo(1);

        rig.pass(HubRig.RETRY_PAUSE);
        rig.answerAll();

        assertThat(link.subscribed).containsExactly("channel sport");
        assertThat(rig.snapshot().topics()).isEqualTo(1);
    }

    @Test
    void asksForManyInFewCommandsAndNotForAllAtOnce() {
        int topics = Trunk.MOST_UNDER_WAY + 10;
        try (var many = new HubRig(HubRig.settings(topics, topics, 1_000_000))) {
            FakeSubscriber subscriber = many.join();
            many.turn(() -> {
                for (int i = 0; i < topics; i++) {
                    subscriber.subscribe(CHANNEL, "t" + i);
                }
            });
            many.turn(many.upstream::accept);
            FakeLink link = many.link();
            assertThat(link.atServer).hasSize(Trunk.MOST_UNDER_WAY / Trunk.MOST_IN_COMMAND);
            assertThat(link.flushes).isEqualTo(1);

            many.answerAll();
            many.answerAll();
            assertThat(link.subscribed).hasSize(topics);
            assertThat(subscriber.told.getLast()).isEqualTo("+t" + (topics - 1) + " " + topics);
        }
    }

    @Test
    void endsEverybodyWhenItIsClosed() {
        rig.turn(() -> one.subscribe(CHANNEL, "news"));
        FakeLink link = rig.open();
        one.heard();
        rig.turn(() -> two.subscribe(CHANNEL, "sport"));

        rig.turn(() -> rig.hub.close(new Refusal.ShuttingDown()));

        assertThat(one.evictedBecause).isEqualTo("sluice is shutting down");
        assertThat(two.heard()).containsExactly("refused sport");
        assertThat(link.closedBecause).isNotNull();
        assertThat(rig.upstream.isAsked()).isFalse();
        assertThat(rig.snapshot().topics()).isZero();
    }

    @Test
    void showsItsTopics() {
        rig.turn(() -> {
            one.subscribe(CHANNEL, "news");
            two.subscribe(CHANNEL, "news");
        });
        rig.open();
        List<String> shown = new ArrayList<>();

        rig.turn(() -> {
            two.subscribe(PATTERN, "späť");
            rig.hub.forEachTopic((topic, subscribers, confirmed) ->
                    shown.add(topic + " " + subscribers + " " + confirmed));
        });

        assertThat(shown)
                .containsExactlyInAnyOrder("channel news 2 true", "pattern sp???? 1 false");
    }

    private void publish(TopicKind kind, String name, String payload) {
        rig.turn(() -> {
            assertThat(rig.link().publish(kind, name, payload)).isTrue();
            rig.link().hear();
        });
    }

    /** Rejects the command for that one topic, and serves the others. */
    private static void serveAllBut(FakeLink link, String forbidden) {
        for (int left = link.atServer.size(); left > 0; left--) {
            if (link.atServer.getFirst().names().equals(List.of(forbidden))) {
                link.refuse(Rejection.FOR_GOOD, "no permission");
            } else {
                link.serve();
            }
        }
    }

    private void lose(FakeLink link) {
        link.closedBecause = "lost";
        rig.hub.onLost(link, "lost");
    }
}
