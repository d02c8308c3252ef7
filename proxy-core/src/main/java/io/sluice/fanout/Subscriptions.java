package io.sluice.fanout;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.Refusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What one {@link Subscriber} has subscribed to at one hub, and what it has asked and was not
 * answered yet.
 *
 * <p>Requests are answered in order. One that can be answered at once, because the topic is
 * confirmed upstream and nothing is before it, is answered within the request; the others wait.
 * Whoever unsubscribes waits for nobody: no message follows, whatever the server still sends.
 *
 * <p><b>Threads:</b> confined to the hub's loop. <b>Buffers:</b> names are read where they lie and
 * copied if they are kept.
 */
public final class Subscriptions {
    private static final Logger LOG = LogManager.getLogger(Hub.class);

    private final Hub hub;
    private final Subscriber subscriber;
    private final Map<Topic, Membership> memberships = new HashMap<>(4);
    private final int[] counts = new int[TopicKind.TALLIES];
    private @Nullable ArrayDeque<Request> requests;
    private boolean left;
    private boolean written;
    private boolean slow;
    private long slowSince;

    /** What is asked, as long as it is not answered. */
    private sealed interface Request {}

    /** To be subscribed. */
    private static final class Claim implements Request {
        final Membership membership;

        /** The server's words, once it has said no. */
        @Nullable String rejection;

        Claim(Membership membership) {
            this.membership = membership;
        }
    }

    private record GiveUp(Topic topic) implements Request {}

    private record GiveUpAll(TopicKind kind) implements Request {}

    Subscriptions(Hub hub, Subscriber subscriber) {
        this.hub = hub;
        this.subscriber = subscriber;
    }

    /** How many topics it has that are counted in {@code tally}. */
    public int count(int tally) {
        return counts[tally];
    }

    /** How many topics of {@code kind} it has, which takes a look at all; for the console. */
    public int countOf(TopicKind kind) {
        int count = 0;
        for (Membership membership : memberships.values()) {
            if (membership.active && membership.feed.topic.kind().index() == kind.index()) {
                count++;
            }
        }
        return count;
    }

    /** Whether it neither has nor waits for anything. */
    public boolean isEmpty() {
        return memberships.isEmpty() && unanswered() == 0;
    }

    /** Requests that are not answered yet. */
    public int unanswered() {
        return requests == null ? 0 : requests.size();
    }

    /**
     * How many further topics and requests will be taken, names permitting: for whoever wants to
     * refuse a list of topics whole.
     */
    public int room() {
        int limit = hub.settings().topicsPerSubscriber();
        int own = limit - Math.max(memberships.size(), unanswered());
        return Math.max(0, Math.min(own, hub.settings().topicsInAll() - hub.subscriptions()));
    }

    // ---- requests

    /**
     * Asks for a topic; if that is {@link Acceptance#TAKEN}, exactly one of {@link
     * Subscriber#onSubscribed}, {@link Subscriber#onRefused} and {@link Subscriber#onRejected}
     * follows.
     *
     * @param in borrowed; the name is the {@code length} bytes from {@code index}
     */
    public Acceptance subscribe(TopicKind kind, ByteBuf in, int index, int length) {
        checkUse();
        Feed feed = hub.feeds().find(kind, in, index, length);
        Membership membership = feed == null ? null : memberships.get(feed.topic);
        Acceptance acceptance = acceptanceOf(feed, membership, length);
        if (acceptance != Acceptance.TAKEN) {
            return acceptance;
        }
        if (feed == null) {
            feed = new Feed(new Topic(kind, in, index, length));
            hub.feeds().add(feed);
        }
        if (membership == null) {
            membership = new Membership(feed, this);
            memberships.put(feed.topic, membership);
            feed.add(membership);
            hub.onSubscriptions(1);
            hub.trunk().review(feed);
        }
        if (unanswered() == 0 && isHad(membership)) {
            confirm(membership);
        } else {
            membership.queued++;
            enqueue(new Claim(membership));
        }
        return Acceptance.TAKEN;
    }

    private Acceptance acceptanceOf(
            @Nullable Feed feed, @Nullable Membership membership, int length) {
        HubSettings settings = hub.settings();
        if (unanswered() >= settings.topicsPerSubscriber()) {
            return Acceptance.TOO_MANY_OF_ONE;
        }
        if (membership != null) {
            return Acceptance.TAKEN;
        }
        if (memberships.size() >= settings.topicsPerSubscriber()) {
            return Acceptance.TOO_MANY_OF_ONE;
        }
        if (hub.subscriptions() >= settings.topicsInAll()) {
            return Acceptance.TOO_MANY_IN_ALL;
        }
        if (feed == null && length > settings.nameBytesInAll() - hub.feeds().nameBytes()) {
            return Acceptance.NAMES_TOO_LONG;
        }
        return Acceptance.TAKEN;
    }

    /**
     * Gives up a topic; if that is {@link Acceptance#TAKEN}, one {@link Subscriber#onUnsubscribed}
     * follows, also if it did not have the topic.
     *
     * @param in as for {@link #subscribe}
     */
    public Acceptance unsubscribe(TopicKind kind, ByteBuf in, int index, int length) {
        checkUse();
        if (unanswered() >= hub.settings().topicsPerSubscriber()) {
            return Acceptance.TOO_MANY_OF_ONE;
        }
        Feed feed = hub.feeds().find(kind, in, index, length);
        Topic topic = feed == null ? new Topic(kind, in, index, length) : feed.topic;
        if (unanswered() == 0) {
            giveUp(topic);
        } else {
            enqueue(new GiveUp(topic));
        }
        return Acceptance.TAKEN;
    }

    /**
     * Gives up all topics of a kind, those included that were asked for before this and are not
     * answered yet; if that is {@link Acceptance#TAKEN}, one {@link Subscriber#onUnsubscribed} for
     * each and one {@link Subscriber#onUnsubscribedAll} follow.
     */
    public Acceptance unsubscribeAll(TopicKind kind) {
        checkUse();
        if (unanswered() >= hub.settings().topicsPerSubscriber()) {
            return Acceptance.TOO_MANY_OF_ONE;
        }
        if (unanswered() == 0) {
            giveUpAll(kind);
        } else {
            enqueue(new GiveUpAll(kind));
        }
        return Acceptance.TAKEN;
    }

    /** Ends everything, without a word to the subscriber; does nothing the second time. */
    public void leave() {
        if (left) {
            return;
        }
        left = true;
        if (unanswered() > 0) {
            hub.onAnswered(this);
        }
        requests = null;
        for (Membership membership : memberships.values()) {
            membership.active = false;
            membership.feed.remove(membership);
            hub.trunk().review(membership.feed);
        }
        hub.onSubscriptions(-memberships.size());
        memberships.clear();
        hub.onLeft();
    }

    private void checkUse() {
        hub.checkLoop();
        if (left) {
            throw new IllegalStateException("the subscriber has left");
        }
    }

    private void enqueue(Request request) {
        ArrayDeque<Request> queue = requests;
        if (queue == null) {
            queue = new ArrayDeque<>(2);
            requests = queue;
        }
        queue.add(request);
        if (queue.size() == 1) {
            hub.onWaiting(this);
        }
        if (hub.trunk().refusal() != null) {
            answer();
        }
    }

    // ---- answers

    /** Answers what can be answered by now, in order. */
    void answer() {
        ArrayDeque<Request> queue = requests;
        while (queue != null) {
            Request request = queue.peek();
            if (request == null || !isAnswerable(request)) {
                return;
            }
            queue.remove();
            if (queue.isEmpty()) {
                hub.onAnswered(this);
                requests = null;
            }
            answer(request);
            queue = requests; // a callback may have asked or left
        }
    }

    private boolean isAnswerable(Request request) {
        return switch (request) {
            case Claim claim ->
                    claim.rejection != null
                            || isHad(claim.membership)
                            || hub.trunk().refusal() != null;
            case GiveUp _, GiveUpAll _ -> true;
        };
    }

    private static boolean isHad(Membership membership) {
        return membership.active || membership.feed.held;
    }

    private void answer(Request request) {
        switch (request) {
            case Claim claim -> answerClaim(claim);
            case GiveUp(var topic) -> giveUp(topic);
            case GiveUpAll(var kind) -> giveUpAll(kind);
        }
    }

    private void answerClaim(Claim claim) {
        Membership membership = claim.membership;
        if (claim.rejection != null) {
            subscriber.onRejected(membership.feed.topic, claim.rejection);
            return;
        }
        membership.queued--;
        if (isHad(membership)) {
            confirm(membership);
        } else {
            Refusal refusal = requireNonNull(hub.trunk().refusal(), "nothing to answer");
            forgetIfUnused(membership);
            subscriber.onRefused(membership.feed.topic, refusal);
        }
    }

    private void confirm(Membership membership) {
        Topic topic = membership.feed.topic;
        int tally = topic.kind().tally();
        if (!membership.active) {
            membership.active = true;
            counts[tally]++;
        }
        subscriber.onSubscribed(topic, counts[tally]);
    }

    private void giveUp(Topic topic) {
        Membership membership = memberships.get(topic);
        if (membership != null) {
            deactivate(membership);
        }
        subscriber.onUnsubscribed(topic, counts[topic.kind().tally()]);
    }

    private void giveUpAll(TopicKind kind) {
        List<Membership> given = new ArrayList<>();
        for (Membership membership : memberships.values()) {
            if (membership.active && membership.feed.topic.kind().index() == kind.index()) {
                given.add(membership);
            }
        }
        for (Membership membership : given) {
            if (membership.active) { // not so where a callback has been faster
                deactivate(membership);
                subscriber.onUnsubscribed(membership.feed.topic, counts[kind.tally()]);
            }
        }
        if (!left) {
            subscriber.onUnsubscribedAll(kind, given.size(), counts[kind.tally()]);
        }
    }

    private void deactivate(Membership membership) {
        if (membership.active) {
            membership.active = false;
            counts[membership.feed.topic.kind().tally()]--;
        }
        forgetIfUnused(membership);
    }

    private void forgetIfUnused(Membership membership) {
        if (membership.active || membership.queued > 0) {
            return;
        }
        memberships.remove(membership.feed.topic);
        membership.feed.remove(membership);
        hub.onSubscriptions(-1);
        hub.trunk().review(membership.feed);
    }

    /** The server has said no: every request for the topic will be answered so, in its turn. */
    void reject(Membership membership, String words) {
        if (requests != null) {
            for (Request request : requests) {
                if (request instanceof Claim claim
                        && claim.membership == membership
                        && claim.rejection == null) {
                    claim.rejection = words;
                    membership.queued--;
                }
            }
        }
        forgetIfUnused(membership);
    }

    // ---- messages

    void deliver(Topic topic, ByteBuf encoded) {
        subscriber.onMessage(topic, encoded);
        if (!written) {
            written = true;
            hub.flushes().add(this);
        }
    }

    /** Its turn to be flushed has come. */
    void flush() {
        written = false;
        flushNow();
    }

    void flushNow() {
        if (!left) {
            try {
                subscriber.flush();
            } catch (RuntimeException failure) {
                failed(failure);
            }
        }
    }

    int wireForm() {
        return subscriber.wireForm();
    }

    long unsent() {
        return subscriber.unsent();
    }

    boolean hasLeft() {
        return left;
    }

    boolean isSlow() {
        return slow;
    }

    long slowSince() {
        return slowSince;
    }

    void slowSince(long now) {
        slow = true;
        slowSince = now;
    }

    void notSlow() {
        slow = false;
    }

    // ---- ends

    /** Ends everything, and has the subscriber closed. */
    void evict(String reason) {
        if (!left) {
            leave();
            subscriber.onEvicted(reason);
        }
    }

    /** A fault in one subscriber must not reach the others, nor the link. */
    void failed(RuntimeException failure) {
        LOG.error("{}: a subscriber failed, and is closed", hub.name(), failure);
        evict("an error in the proxy");
    }
}
