package io.sluice.fanout;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.guard.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Notes what it is told, in words. Confined to the hub's loop. */
final class FakeSubscriber implements Subscriber {
    final List<String> told = new ArrayList<>();
    final Subscriptions subscriptions;
    int form;
    int flushes;

    /** What flushing does not get rid of. */
    long unread;

    /** What flushing gets rid of. */
    long unflushed;

    @Nullable Runnable onMessage;
    @Nullable Runnable onSubscribed;
    @Nullable String evictedBecause;

    @SuppressWarnings("this-escape") // final
    FakeSubscriber(Hub hub) {
        subscriptions = hub.join(this);
    }

    Acceptance subscribe(TopicKind kind, String name) {
        ByteBuf in = Unpooled.copiedBuffer("#" + name + "#", StandardCharsets.UTF_8);
        return subscriptions.subscribe(kind, in, 1, in.readableBytes() - 2);
    }

    Acceptance unsubscribe(TopicKind kind, String name) {
        ByteBuf in = Unpooled.copiedBuffer("#" + name + "#", StandardCharsets.UTF_8);
        return subscriptions.unsubscribe(kind, in, 1, in.readableBytes() - 2);
    }

    /** What it was told since it was asked last. */
    List<String> heard() {
        List<String> heard = List.copyOf(told);
        told.clear();
        return heard;
    }

    private static String name(Topic topic) {
        return new String(topic.name(), StandardCharsets.UTF_8);
    }

    @Override
    public int wireForm() {
        return form;
    }

    @Override
    public void onSubscribed(Topic topic, int count) {
        told.add("+" + name(topic) + " " + count);
        if (onSubscribed != null) {
            onSubscribed.run();
        }
    }

    @Override
    public void onUnsubscribed(Topic topic, int count) {
        told.add("-" + name(topic) + " " + count);
    }

    @Override
    public void onUnsubscribedAll(TopicKind kind, int topics, int count) {
        told.add("-all " + kind.word() + " " + topics + " " + count);
    }

    @Override
    public void onRefused(Topic topic, Refusal refusal) {
        told.add("refused " + name(topic));
    }

    @Override
    public void onRejected(Topic topic, String words) {
        told.add("rejected " + name(topic) + " " + words);
    }

    @Override
    public void onMessage(Topic topic, ByteBuf encoded) {
        told.add(encoded.toString(StandardCharsets.UTF_8));
        unflushed += encoded.readableBytes();
        if (onMessage != null) {
            onMessage.run();
        }
    }

    @Override
    public void flush() {
        flushes++;
        unflushed = 0;
    }

    @Override
    public long unsent() {
        return unread + unflushed;
    }

    @Override
    public void onEvicted(String reason) {
        if (evictedBecause != null) {
            throw new AssertionError("evicted twice");
        }
        evictedBecause = reason;
    }
}
