package io.sluice.fanout;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The feeds of a hub by their topics: a hash table that is asked with bytes where they lie, so that
 * finding allocates nothing. Confined to the hub's loop.
 */
final class Feeds {
    private static final int FIRST_CAPACITY = 8;

    private @Nullable Feed[] buckets = new Feed[FIRST_CAPACITY];
    private int size;
    private long nameBytes;

    /** Looks at a feed; must not change the table. */
    @FunctionalInterface
    interface Visitor {
        void visit(Feed feed);
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Bytes of all names. */
    long nameBytes() {
        return nameBytes;
    }

    @Nullable Feed find(TopicKind kind, ByteBuf in, int index, int length) {
        int hash = Topic.hash(kind, in, index, length);
        Feed feed = buckets[hash & (buckets.length - 1)];
        while (feed != null
                && (feed.topic.hashCode() != hash || !feed.topic.is(kind, in, index, length))) {
            feed = feed.next;
        }
        return feed;
    }

    /** Adds a feed whose topic is not there yet. */
    void add(Feed feed) {
        if (size >= buckets.length) {
            resize(buckets.length * 2);
        }
        put(feed);
        size++;
        nameBytes += feed.topic.length();
    }

    void remove(Feed feed) {
        int at = feed.topic.hashCode() & (buckets.length - 1);
        Feed before = null;
        Feed found = buckets[at];
        while (found != feed) {
            if (found == null) {
                throw new IllegalStateException(feed.topic + " is not there");
            }
            before = found;
            found = found.next;
        }
        if (before == null) {
            buckets[at] = feed.next;
        } else {
            before.next = feed.next;
        }
        feed.next = null;
        size--;
        nameBytes -= feed.topic.length();
        if (buckets.length > FIRST_CAPACITY && size < buckets.length / 8) {
            resize(buckets.length / 4);
        }
    }

    void forEach(Visitor visitor) {
        for (@Nullable Feed bucket : buckets) {
            for (Feed feed = bucket; feed != null; feed = feed.next) {
                visitor.visit(feed);
            }
        }
    }

    private void put(Feed feed) {
        int at = feed.topic.hashCode() & (buckets.length - 1);
        feed.next = buckets[at];
        buckets[at] = feed;
    }

    private void resize(int capacity) {
        @Nullable Feed[] old = buckets;
        buckets = new Feed[Math.max(FIRST_CAPACITY, capacity)];
        for (@Nullable Feed bucket : old) {
            Feed feed = bucket;
            while (feed != null) {
                Feed next = feed.next;
                put(feed);
                feed = next;
            }
        }
    }
}
