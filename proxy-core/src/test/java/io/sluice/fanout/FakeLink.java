package io.sluice.fanout;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A link with a server behind it that does one thing at a time when it is told to, and what the
 * server has sent arrives when it is told to. Confined to the hub's loop.
 */
final class FakeLink implements Link {
    /** What the server has subscribed, as {@code kind name}. */
    final Set<String> subscribed = new HashSet<>();

    /** Commands that have arrived at the server and wait to be served. */
    final Deque<Sent> atServer = new ArrayDeque<>();

    /** What the server has sent and the hub has not heard yet. */
    final Deque<Event> underWay = new ArrayDeque<>();

    /** Every command, for tests that look at them. */
    final List<String> commands = new ArrayList<>();

    final Hub hub;

    /** What the hub must not have done, wherever on the loop it did it. */
    final List<String> faults;

    int flushes;
    int probes;
    boolean answersProbes = true;
    boolean givenBack;
    @Nullable String closedBecause;
    private final List<Sent> unflushed = new ArrayList<>();

    record Sent(Verb verb, TopicKind kind, List<String> names) {}

    /** Something the server sends. */
    sealed interface Event {
        record Ack(Verb verb, TopicKind kind, String name) implements Event {}

        record No(Rejection rejection, String words) implements Event {}

        record Message(TopicKind kind, String name, String payload) implements Event {}
    }

    FakeLink(Hub hub, List<String> faults) {
        this.hub = hub;
        this.faults = faults;
    }

    boolean isOpen() {
        return !givenBack && closedBecause == null;
    }

    static String key(TopicKind kind, String name) {
        return kind.word() + " " + name;
    }

    // ---- as the hub uses it

    @Override
    public void subscribe(TopicKind kind, List<Topic> topics) {
        write(Verb.SUBSCRIBE, kind, topics);
    }

    @Override
    public void unsubscribe(TopicKind kind, List<Topic> topics) {
        write(Verb.UNSUBSCRIBE, kind, topics);
    }

    private void write(Verb verb, TopicKind kind, List<Topic> topics) {
        List<String> names = new ArrayList<>();
        for (Topic topic : topics) {
            if (!topic.kind().equals(kind)) {
                faults.add(topic + " in a command for " + kind);
            }
            names.add(new String(topic.name(), StandardCharsets.UTF_8));
        }
        if (!isOpen()) {
            faults.add("used after its end");
        }
        unflushed.add(new Sent(verb, kind, names));
        commands.add(verb + " " + kind.word() + " " + String.join(",", names));
    }

    @Override
    public void flush() {
        flushes++;
        atServer.addAll(unflushed);
        unflushed.clear();
    }

    @Override
    public void probe() {
        probes++;
        if (answersProbes) {
            hub.onAlive(this);
        }
    }

    @Override
    public void giveBack() {
        if (!isOpen() || !subscribed.isEmpty() || !atServer.isEmpty() || !unflushed.isEmpty()) {
            faults.add("given back while it was not clean");
        }
        givenBack = true;
    }

    @Override
    public void close(String reason) {
        closedBecause = reason;
        hub.onLost(this, reason); // as a channel that is closed tells
    }

    // ---- the server

    /** Serves the oldest command; whether there was one. */
    boolean serve() {
        Sent sent = atServer.poll();
        if (sent == null) {
            return false;
        }
        for (String name : sent.names()) {
            switch (sent.verb()) {
                case SUBSCRIBE -> subscribed.add(key(sent.kind(), name));
                case UNSUBSCRIBE -> subscribed.remove(key(sent.kind(), name));
            }
            underWay.add(new Event.Ack(sent.verb(), sent.kind(), name));
        }
        return true;
    }

    /** Answers the oldest command with an error. */
    Sent refuse(Rejection rejection, String words) {
        Sent sent = atServer.remove();
        underWay.add(new Event.No(rejection, words));
        return sent;
    }

    /** Somebody publishes; whether the server sends it on this link. */
    boolean publish(TopicKind kind, String name, String payload) {
        boolean wanted = subscribed.contains(key(kind, name));
        if (wanted) {
            underWay.add(new Event.Message(kind, name, payload));
        }
        return wanted;
    }

    /** The hub hears the next thing that the server has sent; null if there is nothing. */
    @Nullable Event hear() {
        Event event = underWay.poll();
        if (event != null) {
            tell(event);
        }
        return event;
    }

    void tell(Event event) {
        switch (event) {
            case Event.Ack(var verb, var kind, var name) -> {
                ByteBuf in = bytes(name);
                hub.onAcknowledged(this, verb, kind, in, 1, in.readableBytes() - 1);
            }
            case Event.No(var rejection, var words) -> hub.onRejected(this, rejection, words);
            case Event.Message(var kind, var name, var payload) -> {
                ByteBuf in = bytes(name);
                int[] encoded = new int[2];
                hub.onMessage(
                        this,
                        kind,
                        in,
                        1,
                        in.readableBytes() - 1,
                        (form, topic) -> {
                            if (encoded[form]++ > 0) {
                                faults.add("encoded twice");
                            }
                            return encode(form, topic, payload);
                        });
            }
        }
    }

    /** Serves and hears until nothing is left to do; needs turns of the loop in between. */
    void answerAll() {
        while (serve() || hear() != null) {}
    }

    /** Name behind another byte, since names lie in the midst of what was read. */
    private static ByteBuf bytes(String name) {
        return Unpooled.copiedBuffer("#" + name, StandardCharsets.UTF_8);
    }

    private static ByteBuf encode(int form, Topic topic, String payload) {
        ByteBuf out = UnpooledByteBufAllocator.DEFAULT.buffer();
        out.writeByte(form == 0 ? '*' : '>');
        out.writeCharSequence(topic.kind().word() + " ", StandardCharsets.UTF_8);
        topic.writeTo(out);
        out.writeCharSequence("=" + payload, StandardCharsets.UTF_8);
        return out;
    }
}
