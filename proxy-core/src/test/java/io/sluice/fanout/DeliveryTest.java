package io.sluice.fanout;

import static io.sluice.fanout.HubRig.CHANNEL;
import static io.sluice.fanout.HubRig.PATTERN;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.guard.Refusal;
import io.sluice.metrics.Counter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A message on its way to its subscribers: the many, the slow, and those who come and go. */
class DeliveryTest {
    private static final int MANY = 10_000;

    private final HubRig rig = new HubRig();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void encodesAMessageOnceForEachForm() {
        List<FakeSubscriber> all = subscribed(6);
        for (int i = 0; i < all.size(); i++) {
            all.get(i).form = i % 2;
        }

        publish("hello"); // the link finds fault with a form that is encoded twice

        assertThat(all.get(0).heard()).containsExactly("*channel news=hello");
        assertThat(all.get(1).heard()).containsExactly(">channel news=hello");
        assertThat(all.get(5).heard()).containsExactly(">channel news=hello");
    }

    @Test
    void flushesASubscriberOnceInATurn() {
        FakeSubscriber one = subscribed(1).getFirst();

        rig.turn(() -> {
            for (int i = 0; i < 5; i++) {
                rig.link().publish(CHANNEL, "news", "m" + i);
                rig.link().hear();
            }
            assertThat(one.flushes).isZero();
        });

        assertThat(one.flushes).isEqualTo(1);
        publish("next");
        assertThat(one.flushes).isEqualTo(2);
    }

    @Test
    void flushesManySubscribersSomeAtATimeWithOtherWorkInBetween() {
        List<FakeSubscriber> all = subscribed(2 * Flushes.SLICE + 1);
        CompletableFuture<Integer> inBetween = new CompletableFuture<>();

        rig.loop.execute(() -> {
            rig.link().publish(CHANNEL, "news", "hello");
            rig.link().hear();
            rig.loop.atTurnEnd(() -> rig.loop.execute(() -> inBetween.complete(flushes(all))));
        });

        assertThat(inBetween.join()).isEqualTo(Flushes.SLICE);
        while (rig.ask(() -> flushes(all)) < all.size()) {
            rig.turn(() -> {});
        }
        assertThat(all).allMatch(subscriber -> subscriber.flushes == 1);
    }

    @Test
    void whoLeavesInTheMidstOfADeliveryHearsNoMoreAndTheOthersHearOnce() {
        List<FakeSubscriber> all = subscribed(9);
        FakeSubscriber leaver = all.get(4);
        leaver.onMessage =
                () -> {
                    leaver.subscriptions.leave();
                    all.get(1).subscriptions.leave();
                    all.get(7).subscriptions.leave();
                    all.get(8).unsubscribe(CHANNEL, "news");
                };

        publish("first");

        assertThat(leaver.heard()).containsExactly("*channel news=first");
        assertThat(all.get(7).heard()).isEmpty();
        assertThat(all.get(8).heard()).containsExactly("-news 0");
        for (int i : List.of(0, 1, 2, 3, 5, 6)) {
            assertThat(all.get(i).heard()).as("%d", i).containsExactly("*channel news=first");
        }
        publish("second");
        for (int i : List.of(0, 2, 3, 5, 6)) {
            assertThat(all.get(i).heard()).as("%d", i).containsExactly("*channel news=second");
        }
        assertThat(rig.snapshot().deliveries()).isEqualTo(7 + 5);
        assertThat(rig.snapshot().subscriptions()).isEqualTo(5);
    }

    @Test
    void whoComesInTheMidstOfADeliveryHearsTheNextMessage() {
        FakeSubscriber one = subscribed(1).getFirst();
        FakeSubscriber late = rig.join();
        one.onMessage =
                () -> {
                    one.onMessage = null;
                    late.subscribe(CHANNEL, "news");
                };

        publish("first");
        publish("second");

        assertThat(late.heard()).containsExactly("+news 1", "*channel news=second");
    }

    @Test
    void asksForMoreFromWithinAnAnswer() {
        FakeSubscriber one = rig.join();
        one.onSubscribed =
                () -> {
                    one.onSubscribed = null;
                    one.subscribe(CHANNEL, "more");
                };
        rig.turn(() -> {
            one.subscribe(CHANNEL, "news");
            one.subscribe(PATTERN, "n*");
        });

        rig.open();
        rig.answerAll();

        assertThat(one.heard()).containsExactly("+news 1", "+n* 2", "+more 3");
    }

    @Test
    void aSubscriberThatFailsIsEvictedAlone() {
        List<FakeSubscriber> all = subscribed(3);
        all.get(1).onMessage =
                () -> {
                    throw new IllegalStateException("broken");
                };

        publish("hello");
        publish("again");

        assertThat(all.get(1).evictedBecause).isEqualTo("an error in the proxy");
        assertThat(all.get(0).heard()).hasSize(2);
        assertThat(all.get(2).heard()).hasSize(2);
        assertThat(rig.snapshot().evictions()).as("because they are slow").isZero();
    }

    // ---- slow ones

    @Test
    void whoIsBeyondTheHardLimitIsDroppedAloneAndAtOnce() {
        List<FakeSubscriber> all = subscribed(3);
        FakeSubscriber slow = all.get(1);
        slow.unread = HubRig.HARD + 1;

        publish("too much");

        assertThat(slow.evictedBecause).contains("the limit is " + HubRig.HARD);
        assertThat(all.get(0).heard()).hasSize(1);
        assertThat(all.get(2).heard()).hasSize(1);
        slow.heard();
        publish("next");
        assertThat(slow.heard()).isEmpty();
        assertThat(all.get(2).evictedBecause).isNull();
        assertThat(rig.snapshot().evictions()).isEqualTo(1);
        assertThat(rig.snapshot().subscribers()).isEqualTo(2);
        assertThat(rig.ask(() -> rig.stats.get(Counter.SLOW_SUBSCRIBERS))).isEqualTo(1);
    }

    @Test
    void whoWasOnlyNotFlushedYetIsNotSlow() {
        FakeSubscriber one = subscribed(1).getFirst();
        String large = "x".repeat((int) HubRig.HARD / 10);

        rig.turn(() -> {
            for (int i = 0; i < 100; i++) {
                rig.link().publish(CHANNEL, "news", large);
                rig.link().hear();
            }
        });

        assertThat(one.evictedBecause).isNull();
        assertThat(one.heard()).hasSize(100);
        rig.pass(HubRig.SOFT_FOR);
        assertThat(one.evictedBecause).isNull();
        assertThat(rig.snapshot().slow()).isZero();
    }

    @Test
    void whoIsAboveTheSoftLimitForTooLongIsDroppedAlone() {
        List<FakeSubscriber> all = subscribed(2);
        FakeSubscriber slow = all.get(1);
        slow.unread = HubRig.SOFT + 1;
        publish("a little more");
        assertThat(rig.snapshot().slow()).isEqualTo(1);

        rig.pass(HubRig.SOFT_FOR.minusMillis(1));
        publish("goes on meanwhile");
        assertThat(slow.evictedBecause).isNull();
        assertThat(slow.heard()).hasSize(2);

        rig.pass(Duration.ofMillis(1));
        assertThat(slow.evictedBecause).contains("for 60000 ms");
        assertThat(all.get(0).evictedBecause).isNull();
        assertThat(rig.snapshot().slow()).isZero();
        assertThat(rig.snapshot().evictions()).isEqualTo(1);
    }

    @Test
    void whoCatchesUpHasItsTimeAnew() {
        FakeSubscriber slow = subscribed(1).getFirst();
        slow.unread = HubRig.SOFT + 1;
        publish("hello");
        rig.pass(HubRig.SOFT_FOR.minusMillis(1));
        slow.unread = HubRig.SOFT;
        rig.pass(Duration.ofMillis(1));
        assertThat(rig.snapshot().slow()).isZero();

        slow.unread = HubRig.SOFT + 1;
        publish("hello");
        rig.pass(HubRig.SOFT_FOR.minusMillis(1));
        assertThat(slow.evictedBecause).isNull();
        rig.pass(Duration.ofMillis(1));
        assertThat(slow.evictedBecause).isNotNull();
    }

    // ---- many

    /**
     * That it is not long in the loop is for a benchmark; that it makes no garbage is shown here.
     */
    @Test
    void deliversToManyWithoutAllocating() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<Quiet> all = new ArrayList<>();
        rig.turn(() -> {
            for (int i = 0; i < MANY; i++) {
                Quiet quiet = new Quiet();
                ByteBuf name = Unpooled.copiedBuffer("news", StandardCharsets.UTF_8);
                rig.hub.join(quiet).subscribe(CHANNEL, name, 0, name.readableBytes());
                all.add(quiet);
            }
        });
        rig.open();
        for (int warmUp = 0; warmUp < 3; warmUp++) {
            publish("hello");
            rig.turn(() -> {});
        }
        while (rig.ask(() -> all.stream().anyMatch(quiet -> quiet.flushed < quiet.messages))) {
            rig.turn(() -> {});
        }

        long allocated =
                rig.ask(() -> {
                    rig.link().publish(CHANNEL, "news", "hello");
                    long before = threads.getCurrentThreadAllocatedBytes();
                    rig.link().hear();
                    return threads.getCurrentThreadAllocatedBytes() - before;
                });

        assertThat(all).allMatch(quiet -> quiet.messages == 4);
        assertThat(allocated).as("bytes for all %d together", MANY).isLessThan(8 * MANY);
    }

    private static final class Quiet implements Subscriber {
        int messages;
        int flushed;

        @Override
        public int wireForm() {
            return 0;
        }

        @Override
        public void onSubscribed(Topic topic, int count) {}

        @Override
        public void onUnsubscribed(Topic topic, int count) {}

        @Override
        public void onUnsubscribedAll(TopicKind kind, int topics, int count) {}

        @Override
        public void onRefused(Topic topic, Refusal refusal) {}

        @Override
        public void onRejected(Topic topic, String words) {}

        @Override
        public void onMessage(Topic topic, ByteBuf encoded) {
            messages++;
        }

        @Override
        public void flush() {
            flushed = messages;
        }

        @Override
        public long unsent() {
            return 0;
        }

        @Override
        public void onEvicted(String reason) {}
    }

    private List<FakeSubscriber> subscribed(int count) {
        List<FakeSubscriber> all = new ArrayList<>();
        rig.turn(() -> {
            for (int i = 0; i < count; i++) {
                FakeSubscriber subscriber = new FakeSubscriber(rig.hub);
                subscriber.subscribe(CHANNEL, "news");
                all.add(subscriber);
            }
        });
        rig.open();
        rig.turn(() -> all.forEach(subscriber -> subscriber.told.clear()));
        return all;
    }

    private static int flushes(List<FakeSubscriber> all) {
        return all.stream().mapToInt(subscriber -> subscriber.flushes).sum();
    }

    private void publish(String payload) {
        rig.turn(() -> {
            assertThat(rig.link().publish(CHANNEL, "news", payload)).isTrue();
            rig.link().hear();
        });
    }
}
