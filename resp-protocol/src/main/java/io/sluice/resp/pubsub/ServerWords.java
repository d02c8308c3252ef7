package io.sluice.resp.pubsub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.fanout.Hub;
import io.sluice.fanout.Link;
import io.sluice.fanout.Topic;
import io.sluice.fanout.TopicKind;
import io.sluice.fanout.Verb;
import io.sluice.resp.wire.BrokenProtocol;
import io.sluice.resp.wire.RespVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What is said on one connection that subscribes for a tenant: commands to the server in its own
 * names, and what it pushes, which the hub hears in the clients' names.
 *
 * <p><b>Threads:</b> the hub's loop.
 */
public final class ServerWords {
    /** More than that is not kept for the next name. */
    private static final int SCRATCH_BYTES = 4096;

    private final Hub hub;
    private final Link link;
    private final ChannelNames names;
    private final Push push = new Push();
    private final Span name = new Span();
    private final ClientMessage message = new ClientMessage();

    /** Names that are not parts of what was read. */
    private ByteBuf scratch = Unpooled.buffer(0);

    /**
     * @param link in whose name the hub is told
     */
    public ServerWords(Hub hub, Link link, ChannelNames names) {
        this.hub = hub;
        this.link = link;
        this.names = names;
    }

    /**
     * Writes the command that subscribes to, or unsubscribes from, all of {@code topics}.
     *
     * @param room gives a buffer with room for that many bytes more
     */
    public void command(
            IntFunction<ByteBuf> room,
            TopicKind topicKind,
            boolean subscribes,
            List<Topic> topics) {
        SubscriptionKind kind = SubscriptionKind.of(topicKind);
        List<byte[]> called = new ArrayList<>(topics.size());
        int size = Frames.OVERHEAD;
        for (Topic topic : topics) {
            byte[] server = names.toServer(kind, topic.name());
            called.add(server);
            size += Frames.HEADER + server.length;
        }
        Frames.command(room.apply(size), kind, subscribes, called);
    }

    /**
     * Tells the hub what a push says.
     *
     * @param in borrowed; a whole push begins at {@code from}
     * @throws BrokenProtocol if it cannot be read
     */
    public void hear(ByteBuf in, int from) {
        push.set(in, from);
        switch (push.word()) {
            case SUBSCRIBED -> acknowledge(Verb.SUBSCRIBE);
            case UNSUBSCRIBED -> acknowledge(Verb.UNSUBSCRIBE);
            case MESSAGE -> deliver();
            case OTHER -> hub.onAlive(link);
        }
        forget();
    }

    /** The topic in the clients' name; returns whether it is this tenant's. */
    private boolean readTopic() {
        name.set(push.in(), push.start(push.topic()), push.length(push.topic()));
        return names.toClient(push.kind(), name, scratch);
    }

    private void acknowledge(Verb verb) {
        if (!readTopic()) {
            throw new BrokenProtocol("an answer for a channel that was not asked for");
        }
        hub.onAcknowledged(
                link, verb, push.kind().topicKind(), name.in(), name.start(), name.length());
    }

    private void deliver() {
        if (readTopic() && message.set(push, names, scratch)) {
            hub.onMessage(
                    link, push.kind().topicKind(), name.in(), name.start(), name.length(), message);
        } else {
            hub.onAlive(link); // of other keys or databases, on a channel that is everybody's
        }
    }

    private void forget() {
        scratch.clear();
        if (scratch.capacity() > SCRATCH_BYTES) {
            scratch = Unpooled.buffer(0);
        }
    }

    /** How hub and subscribers call the encoding for clients of {@code version}. */
    public static int form(RespVersion version) {
        return switch (version) {
            case RESP2 -> 0;
            case RESP3 -> 1;
        };
    }
}
