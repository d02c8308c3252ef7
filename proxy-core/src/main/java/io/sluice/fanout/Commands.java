package io.sluice.fanout;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was asked of a link and is not answered yet, oldest first. Servers acknowledge each topic of
 * a command by itself, in order. Confined to the hub's loop.
 */
final class Commands {
    private final ArrayDeque<Command> queue = new ArrayDeque<>();

    /** How many topics of the oldest command are acknowledged. */
    private int acknowledged;

    private int topics;

    /** One command; {@code sentAt} in nanoseconds of the loop's clock. */
    record Command(Verb verb, List<Feed> feeds, long sentAt) {}

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** Topics that are not acknowledged yet. */
    int topics() {
        return topics;
    }

    void add(Verb verb, List<Feed> feeds, long now) {
        queue.add(new Command(verb, List.copyOf(feeds), now));
        topics += feeds.size();
    }

    /** The oldest; null if everything is answered. */
    @Nullable Command oldest() {
        return queue.peek();
    }

    /** Takes the topic that is acknowledged; null if it is not the one whose turn it is. */
    @Nullable Feed acknowledge(Verb verb, TopicKind kind, ByteBuf in, int index, int length) {
        Command command = queue.peek();
        if (command == null || command.verb() != verb) {
            return null;
        }
        Feed feed = command.feeds().get(acknowledged);
        if (!feed.topic.is(kind, in, index, length)) {
            return null;
        }
        acknowledged++;
        topics--;
        if (acknowledged == command.feeds().size()) {
            queue.remove();
            acknowledged = 0;
        }
        return feed;
    }

    /** Takes the oldest command, which is rejected; null if a part of it was acknowledged. */
    @Nullable Command reject() {
        if (acknowledged > 0) {
            return null;
        }
        Command command = queue.poll();
        if (command != null) {
            topics -= command.feeds().size();
        }
        return command;
    }

    void clear() {
        queue.clear();
        acknowledged = 0;
        topics = 0;
    }
}
