package io.sluice.fanout;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.Refusal;
import io.sluice.metrics.Counter;
import io.sluice.metrics.Stats;
import io.sluice.net.Loop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where messages of one server go out to all sessions of a pool that want them.
 *
 * <p>Sessions {@link #join} and have their {@link Subscriptions}. The protocol's {@link Link} tells
 * what it hears through the methods that begin with {@code on}.
 *
 * <p>A message is given to everybody who is subscribed when it comes, one after the other, without
 * allocating anything; what they were given is sent when the turn of the loop ends.
 *
 * <p><b>Threads:</b> confined to its loop.
 */
public final class Hub {
    private static final int FIRST_FORMS = 4;

    private final String name;
    private final Loop loop;
    private final Counts counts;
    private final Feeds feeds = new Feeds();
    private final Flushes flushes;
    private final SlowSubscribers slow;
    private final Trunk trunk;
    private final Set<Subscriptions> waiting = new LinkedHashSet<>();
    private HubSettings settings;
    private @Nullable ByteBuf[] encoded = new ByteBuf[FIRST_FORMS];
    private boolean delivering;
    private int subscribers;
    private int subscriptions;

    /** Looks at a topic that somebody wants. */
    @FunctionalInterface
    public interface TopicVisitor {
        /**
         * Looks at one.
         *
         * @param subscribers how many want it
         * @param confirmed whether the server has confirmed it on the present link
         */
        void topic(Topic topic, int subscribers, boolean confirmed);
    }

    /**
     * @param name whose it is, for the log and the console
     * @param upstream asked for a link when somebody wants a topic
     * @param stats of the database that the sessions use
     */
    @SuppressWarnings("this-escape") // they only keep it
    public Hub(String name, Loop loop, HubSettings settings, Upstream upstream, Stats stats) {
        this.name = name;
        this.loop = loop;
        this.settings = settings;
        this.counts = new Counts(stats);
        this.flushes = new Flushes(loop);
        this.slow = new SlowSubscribers(this);
        this.trunk = new Trunk(this, upstream, feeds, counts);
    }

    public String name() {
        return name;
    }

    public Loop loop() {
        return loop;
    }

    public HubSettings settings() {
        return settings;
    }

    /** Takes new limits; nobody loses what it has. */
    public void reconfigure(HubSettings newSettings) {
        settings = newSettings;
    }

    // ---- sessions

    /** Somebody comes who may subscribe; ends with {@link Subscriptions#leave}. */
    public Subscriptions join(Subscriber subscriber) {
        checkLoop();
        if (isClosed()) {
            throw new IllegalStateException(name + " is closed");
        }
        subscribers++;
        return new Subscriptions(this, subscriber);
    }

    /** Looks at every topic that is wanted. */
    public void forEachTopic(TopicVisitor visitor) {
        checkLoop();
        feeds.forEach(feed -> {
            if (feed.isWanted()) {
                visitor.topic(feed.topic, feed.members(), feed.held);
            }
        });
    }

    public HubSnapshot snapshot() {
        checkLoop();
        return new HubSnapshot(
                name,
                trunk.state().word(),
                feeds.size(),
                subscribers,
                subscriptions,
                waiting.size(),
                slow.size(),
                trunk.underWay(),
                counts.get(Counter.MESSAGES),
                counts.get(Counter.DELIVERIES),
                counts.get(Counter.UNWANTED_MESSAGES),
                counts.get(Counter.SLOW_SUBSCRIBERS),
                counts.get(Counter.SUBSCRIPTION_LOSSES),
                counts.get(Counter.INTERRUPTIONS),
                counts.get(Counter.RESUBSCRIPTIONS),
                counts.get(Counter.INTERRUPTED_NANOS));
    }

    /** Gives the link up and subscribes on another one: the server may have changed. */
    public void renew(String reason) {
        checkLoop();
        if (!isClosed()) {
            trunk.renew(reason);
        }
    }

    /** Ends it: who waits is refused, who is subscribed is evicted. */
    public void close(Refusal why) {
        checkLoop();
        trunk.close(why);
        Set<Subscriptions> all = new LinkedHashSet<>();
        feeds.forEach(feed -> {
            int end = feed.beginIteration();
            for (int i = 0; i < end; i++) {
                Membership member = feed.member(i);
                if (member != null) {
                    all.add(member.owner);
                }
            }
            feed.endIteration();
        });
        for (Subscriptions each : all) {
            each.evict(why.message());
        }
    }

    public boolean isClosed() {
        return trunk.state() == Trunk.State.CLOSED;
    }

    /** Whether nobody has joined, and no link is there or being opened. */
    boolean isIdle() {
        return subscribers == 0 && feeds.isEmpty() && trunk.state() == Trunk.State.DOWN;
    }

    // ---- what the link tells

    /** The link that the hub has asked for is there, logged in and without any subscription. */
    public void onOpened(Link link) {
        checkLoop();
        trunk.onOpened(link);
    }

    /** The link that the hub has asked for cannot be had. */
    public void onUnavailable(Refusal why) {
        checkLoop();
        trunk.onUnavailable(why);
    }

    /** The link is closed, by whomever; does nothing if it is not the present one. */
    public void onLost(Link link, String reason) {
        checkLoop();
        trunk.onLost(link, reason);
    }

    /**
     * The server has acknowledged the next topic of the oldest command. Anything else than the next
     * closes the link.
     *
     * @param in borrowed; the topic's name is the {@code length} bytes from {@code index}
     */
    public void onAcknowledged(
            Link link, Verb verb, TopicKind kind, ByteBuf in, int index, int length) {
        checkLoop();
        trunk.onAcknowledged(link, verb, kind, in, index, length);
    }

    /**
     * The server has answered the oldest command with an error.
     *
     * @param words the server's own, which those who wait for the topics are told
     */
    public void onRejected(Link link, Rejection rejection, String words) {
        checkLoop();
        trunk.onRejected(link, rejection, words);
    }

    /** The server has answered {@link Link#probe}, or sent anything else. */
    public void onAlive(Link link) {
        checkLoop();
        trunk.hears(link);
    }

    /**
     * A message has come; gives it to all who are subscribed to the topic.
     *
     * @param in borrowed; the topic's name is the {@code length} bytes from {@code index}
     * @param message used within this call only
     */
    public void onMessage(
            Link link, TopicKind kind, ByteBuf in, int index, int length, WireForms message) {
        checkLoop();
        if (!trunk.hears(link)) {
            return;
        }
        if (delivering) {
            throw new IllegalStateException("a message in the midst of another");
        }
        counts.add(Counter.MESSAGES, 1);
        Feed feed = feeds.find(kind, in, index, length);
        if (feed == null || !feed.isWanted()) {
            counts.add(Counter.UNWANTED_MESSAGES, 1);
            return;
        }
        delivering = true;
        int end = feed.beginIteration();
        int deliveries = 0;
        try {
            for (int i = 0; i < end; i++) {
                Membership member = feed.member(i);
                if (member != null && member.active) {
                    deliver(feed.topic, member.owner, message);
                    deliveries++;
                }
            }
        } finally {
            feed.endIteration();
            releaseEncoded();
            delivering = false;
            counts.add(Counter.DELIVERIES, deliveries);
        }
    }

    private void deliver(Topic topic, Subscriptions to, WireForms message) {
        ByteBuf bytes = encoded(to.wireForm(), topic, message);
        try {
            to.deliver(topic, bytes);
            slow.look(to);
        } catch (RuntimeException failure) {
            to.failed(failure);
        }
    }

    private ByteBuf encoded(int form, Topic topic, WireForms message) {
        if (form >= encoded.length) {
            encoded = Arrays.copyOf(encoded, form + 1);
        }
        ByteBuf bytes = encoded[form];
        if (bytes == null) {
            bytes = message.encode(form, topic);
            encoded[form] = bytes;
        }
        return bytes;
    }

    private void releaseEncoded() {
        for (int i = 0; i < encoded.length; i++) {
            ByteBuf bytes = encoded[i];
            if (bytes != null) {
                encoded[i] = null;
                bytes.release();
            }
        }
    }

    /** Looks at deadlines; {@code now} in nanoseconds of the loop's clock. */
    void sweep(long now) {
        trunk.sweep(now);
        slow.sweep(now);
    }

    // ---- its parts

    void checkLoop() {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
    }

    Feeds feeds() {
        return feeds;
    }

    Trunk trunk() {
        return trunk;
    }

    Flushes flushes() {
        return flushes;
    }

    int subscriptions() {
        return subscriptions;
    }

    void onSubscriptions(int more) {
        subscriptions += more;
    }

    void onLeft() {
        subscribers--;
    }

    void onWaiting(Subscriptions who) {
        waiting.add(who);
    }

    void onAnswered(Subscriptions who) {
        waiting.remove(who);
    }

    /** Something has changed for everybody who waits. */
    void answerWaiting() {
        if (trunk.refusal() != null) {
            for (Subscriptions each : new ArrayList<>(waiting)) {
                answer(each);
            }
        }
    }

    /** The topic is held: those who wait for it may hear so. */
    void answerMembers(Feed feed) {
        int end = feed.beginIteration();
        for (int i = 0; i < end; i++) {
            Membership member = feed.member(i);
            if (member != null && member.queued > 0) {
                answer(member.owner);
            }
        }
        feed.endIteration();
    }

    /** The topic is rejected: those who wait for it hear so. */
    void rejectMembers(Feed feed, String words) {
        int end = feed.beginIteration();
        for (int i = 0; i < end; i++) {
            Membership member = feed.member(i);
            if (member != null && !member.active) {
                member.owner.reject(member, words);
                answer(member.owner);
            }
        }
        feed.endIteration();
    }

    /** Those who are subscribed are so no longer. */
    void evictMembers(Feed feed, String reason) {
        int end = feed.beginIteration();
        for (int i = 0; i < end; i++) {
            Membership member = feed.member(i);
            if (member != null && member.active) {
                member.owner.evict(reason);
            }
        }
        feed.endIteration();
    }

    void evictSlow(Subscriptions who, String reason) {
        counts.add(Counter.SLOW_SUBSCRIBERS, 1);
        who.evict(reason);
    }

    private void answer(Subscriptions who) {
        try {
            who.answer();
        } catch (RuntimeException failure) {
            who.failed(failure);
        }
    }
}
