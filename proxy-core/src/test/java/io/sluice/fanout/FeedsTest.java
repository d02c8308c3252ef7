package io.sluice.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FeedsTest {
    private final Feeds feeds = new Feeds();

    @Test
    void findsWhatIsThereAndNothingElseWhileItGrowsAndShrinks() {
        Map<String, Feed> model = new HashMap<>();
        SplittableRandom random = new SplittableRandom(7);
        for (int step = 0; step < 40_000; step++) {
            // grows for a while, then shrinks
            boolean adds = random.nextInt(10) < (step / 10_000 % 2 == 0 ? 8 : 2);
            TopicKind kind = random.nextBoolean() ? HubRig.CHANNEL : HubRig.PATTERN;
            String name = "x".repeat(random.nextInt(20)) + random.nextInt(400);
            String key = FakeLink.key(kind, name);
            Feed known = model.get(key);
            assertThat(find(kind, name)).isSameAs(known);
            if (adds && known == null) {
                Feed feed = new Feed(topic(kind, name));
                feeds.add(feed);
                model.put(key, feed);
            } else if (!adds && known != null) {
                feeds.remove(known);
                model.remove(key);
            }
            assertThat(feeds.size()).isEqualTo(model.size());
        }
        List<Feed> visited = new ArrayList<>();
        feeds.forEach(visited::add);
        assertThat(visited).containsExactlyInAnyOrderElementsOf(model.values());
        assertThat(feeds.nameBytes())
                .isEqualTo(model.values().stream().mapToLong(feed -> feed.topic.length()).sum());
        model.values().forEach(feeds::remove);
        assertThat(feeds.isEmpty()).isTrue();
        assertThat(feeds.nameBytes()).isZero();
    }

    @Test
    void topicsAreEqualByKindAndBytes() {
        assertThat(topic(HubRig.CHANNEL, "a"))
                .isEqualTo(topic(HubRig.CHANNEL, "a"))
                .hasSameHashCodeAs(topic(HubRig.CHANNEL, "a"))
                .isNotEqualTo(topic(HubRig.PATTERN, "a"))
                .isNotEqualTo(topic(HubRig.CHANNEL, "b"))
                .isNotEqualTo(topic(HubRig.CHANNEL, "a\0"));
        assertThat(topic(HubRig.CHANNEL, "")).hasToString("channel ");
        assertThat(topic(HubRig.CHANNEL, "a\r\n" + "b".repeat(100)).toString())
                .isEqualTo("channel a??" + "b".repeat(61) + "…");
    }

    /** Wherever names begin and end, and whatever is before and behind them. */
    @Test
    void hashesTheNameAndNothingAroundIt() {
        for (int length = 0; length < 40; length++) {
            String name = "0123456789".repeat(4).substring(0, length);
            int hash = topic(HubRig.CHANNEL, name).hashCode();
            for (String around : List.of("", "#", "###########")) {
                ByteBuf in = Unpooled.copiedBuffer(around + name + around, StandardCharsets.UTF_8);
                assertThat(Topic.hash(HubRig.CHANNEL, in, around.length(), length)).isEqualTo(hash);
            }
        }
    }

    private @Nullable Feed find(TopicKind kind, String name) {
        ByteBuf in = Unpooled.copiedBuffer("#" + name + "#", StandardCharsets.UTF_8);
        return feeds.find(kind, in, 1, in.readableBytes() - 2);
    }

    private static Topic topic(TopicKind kind, String name) {
        ByteBuf in = Unpooled.copiedBuffer("#" + name, StandardCharsets.UTF_8);
        return new Topic(kind, in, 1, in.readableBytes() - 1);
    }
}
