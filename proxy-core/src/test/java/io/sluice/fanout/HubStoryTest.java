package io.sluice.fanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.fanout.FakeLink.Event;
import io.sluice.guard.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Long stories of subscribers who come, ask, and go at any time, on links that answer late, reject
 * and get lost, told beside a model that knows what each must hear.
 */
class HubStoryTest {
    private static final int STORIES = 150;
    private static final int TURNS = 250;
    private static final TopicKind[] KINDS = {HubRig.CHANNEL, HubRig.PATTERN, HubRig.SHARD};

    @Test
    void everybodyHearsWhatItAskedForAndNothingElse() {
        int heard = 0;
        int losses = 0;
        int rejected = 0;
        for (int seed = 0; seed < STORIES; seed++) {
            try (var rig = new HubRig()) {
                var story = new Story(rig, seed);
                try {
                    story.tell();
                } catch (RuntimeException | AssertionError failure) {
                    throw new AssertionError("seed " + seed, failure);
                }
                heard += story.messagesHeard;
                losses += story.losses;
                rejected += story.rejected;
            }
        }
        // else the stories were too quiet to prove anything
        assertThat(heard).isGreaterThan(STORIES * 30);
        assertThat(losses).isGreaterThan(STORIES / 2);
        assertThat(rejected).isGreaterThan(STORIES / 2);
    }

    /** One story. Everything but {@link #tell} runs on the loop. */
    private static final class Story {
        final HubRig rig;
        final SplittableRandom random;
        final List<Listener> listeners = new ArrayList<>();

        /** Topics whose subscribers may miss messages: lost, and not confirmed again yet. */
        final Set<String> interrupted = new HashSet<>();

        /** Topics that the server has rejected for good, of which subscribers may be evicted. */
        final Set<String> forbidden = new HashSet<>();

        int published;
        int messagesHeard;
        int losses;
        int rejected;
        int hearing = -1;

        Story(HubRig rig, long seed) {
            this.rig = rig;
            this.random = new SplittableRandom(seed);
        }

        void tell() {
            for (int turn = 0; turn < TURNS; turn++) {
                rig.turn(() -> {
                    for (int i = random.nextInt(1, 6); i > 0; i--) {
                        act();
                    }
                });
                if (random.nextInt(8) == 0) {
                    rig.pass(Duration.ofMillis(random.nextInt(1, 700)));
                }
            }
            comeToRest();
            everybodyLeaves();
        }

        void act() {
            int dice = random.nextInt(100);
            FakeLink link = rig.upstream.link();
            if (dice < 6) {
                listeners.add(new Listener(this));
            } else if (dice < 9) {
                someone(Listener::leave);
            } else if (dice < 29) {
                someone(Listener::subscribe);
            } else if (dice < 42) {
                someone(Listener::unsubscribe);
            } else if (dice < 44) {
                someone(Listener::unsubscribeAll);
            } else if (link == null) {
                if (rig.upstream.isAsked()) {
                    if (dice < 85) {
                        rig.upstream.accept();
                    } else {
                        rig.upstream.refuse(Duration.ofMillis(random.nextInt(1, 400)));
                    }
                }
            } else if (dice < 65) {
                several(() -> publish(link));
            } else if (dice < 75) {
                several(link::serve);
            } else if (dice < 77) {
                reject(link);
            } else if (dice < 99) {
                several(() -> hear(link));
                several(() -> hear(link));
            } else {
                lose(link);
            }
            stale();
        }

        void several(Runnable does) {
            for (int i = random.nextInt(1, 5); i > 0; i--) {
                does.run();
            }
        }

        /** What a link that is no more still tells must change nothing. */
        void stale() {
            int links = rig.upstream.links.size();
            if (links > 1 && random.nextInt(20) == 0) {
                FakeLink old = rig.upstream.links.get(random.nextInt(links - 1));
                Event late = old.underWay.poll();
                if (late != null) {
                    old.tell(late);
                }
                rig.hub.onLost(old, "late");
            }
        }

        void publish(FakeLink link) {
            TopicKind kind = kind();
            String name = name();
            String key = FakeLink.key(kind, name);
            boolean sent = link.publish(kind, name, Integer.toString(published++));
            if (!sent && !interrupted.contains(key)) {
                for (Listener listener : listeners) {
                    assertThat(listener.active).as("those who miss a message").doesNotContain(key);
                }
            }
        }

        void hear(FakeLink link) {
            Event event = link.underWay.peek();
            switch (event) {
                case null -> {}
                case Event.Ack ack -> {
                    link.hear();
                    if (ack.verb() == Verb.SUBSCRIBE) {
                        interrupted.remove(FakeLink.key(ack.kind(), ack.name()));
                    }
                }
                case Event.No error -> {
                    if (error.rejection() == Rejection.FOR_GOOD) {
                        forbidden.add(error.words());
                    }
                    link.hear();
                    forbidden.clear();
                }
                case Event.Message message -> {
                    String key = FakeLink.key(message.kind(), message.name());
                    hearing = Integer.parseInt(message.payload());
                    List<Listener> expected = new ArrayList<>();
                    for (Listener listener : listeners) {
                        if (listener.active.contains(key)) {
                            listener.expected = key;
                            expected.add(listener);
                        }
                    }
                    link.hear();
                    for (Listener listener : expected) {
                        assertThat(listener.expected).as("a message not heard").isNull();
                    }
                    hearing = -1;
                }
            }
        }

        void reject(FakeLink link) {
            FakeLink.Sent next = link.atServer.peek();
            if (next != null && next.verb() == Verb.SUBSCRIBE) {
                var rejection = random.nextInt(3) == 0 ? Rejection.FOR_GOOD : Rejection.FOR_NOW;
                link.refuse(rejection, "no " + next.kind().word() + " " + next.names());
            }
        }

        void lose(FakeLink link) {
            losses++;
            for (Listener listener : listeners) {
                interrupted.addAll(listener.active);
            }
            link.closedBecause = "lost";
            rig.hub.onLost(link, "lost");
        }

        void someone(Consumer<Listener> does) {
            if (!listeners.isEmpty()) {
                does.accept(listeners.get(random.nextInt(listeners.size())));
            }
        }

        TopicKind kind() {
            return KINDS[random.nextInt(KINDS.length)];
        }

        String name() {
            return "t" + random.nextInt(4);
        }

        /** The server is well from now on: everything that was asked comes to its end. */
        void comeToRest() {
            for (int i = 0; i < 200; i++) {
                rig.turn(() -> {
                    FakeLink link = rig.upstream.link();
                    if (link == null) {
                        if (rig.upstream.isAsked()) {
                            rig.upstream.accept();
                        }
                    } else {
                        link.serve();
                        for (int j = 0; j < 20; j++) {
                            hear(link);
                        }
                    }
                });
                if (i % 10 == 0) {
                    rig.pass(HubRig.RETRY_PAUSE.multipliedBy(12));
                }
            }
            Set<String> wanted = new TreeSet<>();
            for (Listener listener : listeners) {
                assertThat(listener.requests).as("unanswered requests").isEmpty();
                wanted.addAll(listener.active);
            }
            FakeLink link = rig.upstream.link();
            if (link == null) {
                assertThat(wanted).isEmpty();
            } else {
                assertThat(link.subscribed).containsExactlyInAnyOrderElementsOf(wanted);
            }
            HubSnapshot now = rig.snapshot();
            assertThat(now.topics()).isEqualTo(wanted.size());
            assertThat(now.subscribers()).isEqualTo(listeners.size());
            assertThat(now.waiting()).isZero();
            assertThat(now.underWay()).isZero();
            assertThat(now.interruptions()).isGreaterThanOrEqualTo(now.resubscriptions());
            assertThat(now.deliveries()).isEqualTo(messagesHeard);
        }

        void everybodyLeaves() {
            rig.turn(() -> {
                for (Listener listener : List.copyOf(listeners)) {
                    listener.leave();
                }
            });
            rig.turn(() -> {
                FakeLink link = rig.upstream.link();
                if (link != null) {
                    link.answerAll();
                }
            });
            assertThat(rig.upstream.link()).as("a link that nobody needs").isNull();
            HubSnapshot end = rig.snapshot();
            assertThat(end.state()).isEqualTo("down");
            assertThat(end.topics() + end.subscribers() + end.subscriptions()).isZero();
        }
    }

    private record Asked(@Nullable Verb verb, TopicKind kind, String name) {}

    /** A subscriber that knows what it must be told next, and what not. */
    private static final class Listener implements Subscriber {
        final Story story;
        final Subscriptions subscriptions;
        final int form;

        /** In the order in which they must be answered; no verb: all of the kind are given up. */
        final Deque<Asked> requests = new ArrayDeque<>();

        /** What it was told it is subscribed to. */
        final Set<String> active = new HashSet<>();

        @Nullable String expected;
        private final Set<String> givingUp = new HashSet<>();
        private int last = -1;
        private boolean gone;

        @SuppressWarnings("this-escape") // final
        Listener(Story story) {
            this.story = story;
            this.form = story.random.nextInt(2);
            this.subscriptions = story.rig.hub.join(this);
        }

        void subscribe() {
            Asked asked = new Asked(Verb.SUBSCRIBE, story.kind(), story.name());
            requests.add(asked);
            ByteBuf in = bytes(asked);
            assertThat(subscriptions.subscribe(asked.kind(), in, 0, in.readableBytes()))
                    .isEqualTo(Acceptance.TAKEN);
        }

        void unsubscribe() {
            Asked asked = new Asked(Verb.UNSUBSCRIBE, story.kind(), story.name());
            requests.add(asked);
            ByteBuf in = bytes(asked);
            assertThat(subscriptions.unsubscribe(asked.kind(), in, 0, in.readableBytes()))
                    .isEqualTo(Acceptance.TAKEN);
        }

        void unsubscribeAll() {
            Asked asked = new Asked(null, story.kind(), "");
            requests.add(asked);
            assertThat(subscriptions.unsubscribeAll(asked.kind())).isEqualTo(Acceptance.TAKEN);
        }

        void leave() {
            gone = true;
            subscriptions.leave();
            story.listeners.remove(this);
        }

        private static ByteBuf bytes(Asked asked) {
            return Unpooled.copiedBuffer(asked.name(), StandardCharsets.UTF_8);
        }

        private static String key(Topic topic) {
            return FakeLink.key(topic.kind(), new String(topic.name(), StandardCharsets.UTF_8));
        }

        private int count(TopicKind kind) {
            int count = 0;
            for (String key : active) {
                if (key.startsWith("shard") == kind.equals(HubRig.SHARD)) {
                    count++;
                }
            }
            return count;
        }

        private void isAlive() {
            assertThat(gone).as("told after its end").isFalse();
        }

        private Asked answered(Verb verb, Topic topic) {
            isAlive();
            Asked asked = Objects.requireNonNull(requests.poll(), "told what it did not ask");
            assertThat(asked.verb()).isEqualTo(verb);
            assertThat(FakeLink.key(asked.kind(), asked.name())).isEqualTo(key(topic));
            return asked;
        }

        @Override
        public int wireForm() {
            return form;
        }

        @Override
        public void onSubscribed(Topic topic, int count) {
            Asked asked = answered(Verb.SUBSCRIBE, topic);
            active.add(key(topic));
            assertThat(count).isEqualTo(count(asked.kind()));
        }

        @Override
        public void onUnsubscribed(Topic topic, int count) {
            isAlive();
            Asked next = Objects.requireNonNull(requests.peek(), "told what it did not ask");
            if (next.verb() == null) {
                assertThat(active.remove(key(topic))).as("had it").isTrue();
                givingUp.add(key(topic));
            } else {
                answered(Verb.UNSUBSCRIBE, topic);
                active.remove(key(topic));
            }
            assertThat(count).isEqualTo(count(topic.kind()));
        }

        @Override
        public void onUnsubscribedAll(TopicKind kind, int topics, int count) {
            isAlive();
            Asked asked = requests.remove();
            assertThat(asked.verb()).isNull();
            assertThat(asked.kind()).isEqualTo(kind);
            assertThat(active).noneMatch(key -> key.startsWith(kind.word() + " "));
            assertThat(topics).isEqualTo(givingUp.size());
            assertThat(count).isEqualTo(count(kind));
            givingUp.clear();
        }

        @Override
        public void onRefused(Topic topic, Refusal refusal) {
            answered(Verb.SUBSCRIBE, topic);
            assertThat(active).doesNotContain(key(topic));
            assertThat(story.rig.upstream.link()).as("refused although there is a link").isNull();
        }

        @Override
        public void onRejected(Topic topic, String words) {
            story.rejected++;
            answered(Verb.SUBSCRIBE, topic);
            assertThat(words).contains(topic.kind().word()).contains(name(topic));
        }

        private static String name(Topic topic) {
            return new String(topic.name(), StandardCharsets.UTF_8);
        }

        @Override
        public void onMessage(Topic topic, ByteBuf encoded) {
            isAlive();
            assertThat(key(topic)).as("subscribed to").isEqualTo(expected);
            expected = null;
            assertThat(story.hearing).as("in order").isGreaterThan(last);
            last = story.hearing;
            story.messagesHeard++;
            assertThat(encoded.toString(StandardCharsets.UTF_8))
                    .isEqualTo((form == 0 ? "*" : ">") + key(topic) + "=" + story.hearing);
        }

        @Override
        public void flush() {
            if (gone) {
                story.rig.upstream.faults.add("flushed after its end");
            }
        }

        @Override
        public long unsent() {
            return 0;
        }

        @Override
        public void onEvicted(String reason) {
            isAlive();
            if (story.forbidden.stream().noneMatch(reason::contains)) {
                fail("evicted without need: " + reason);
            }
            leave();
        }
    }
}
