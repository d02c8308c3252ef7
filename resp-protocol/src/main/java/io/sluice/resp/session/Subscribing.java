package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.fanout.Acceptance;
import io.sluice.fanout.Hub;
import io.sluice.fanout.Subscriber;
import io.sluice.fanout.Subscriptions;
import io.sluice.fanout.Topic;
import io.sluice.fanout.TopicKind;
import io.sluice.guard.Refusal;
import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.config.RespSettings;
import io.sluice.resp.pubsub.ChannelNames;
import io.sluice.resp.pubsub.Frames;
import io.sluice.resp.pubsub.ServerWords;
import io.sluice.resp.pubsub.SubscriptionKind;
import io.sluice.resp.wire.RespVersion;
import org.jspecify.annotations.Nullable;

/**
 * What a session has subscribed to. A command of these waits until everything before it is
 * answered, and what is behind it waits until the last of its confirmations is written: so both
 * have the order in which Redis answers them.
 *
 * <p>Confirmations and messages are no replies, and CLIENT REPLY does not silence them.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Subscribing implements Subscriber {
    private final RespSession session;
    private @Nullable Subscriptions subscriptions;

    /** Of the server, whose permissions the subscriptions have. */
    private String serverUser = "";

    /** Channels are being asked for: it is not over before all were. */
    private boolean asking;

    /** The command that is under way was answered with an error, once. */
    private boolean failed;

    Subscribing(RespSession session) {
        this.session = session;
    }

    // ---- what it has

    /** How many of a kind; which takes a look at all. */
    int count(SubscriptionKind kind) {
        Subscriptions present = subscriptions;
        return present == null ? 0 : present.countOf(kind.topicKind());
    }

    boolean isSubscribed() {
        Subscriptions present = subscriptions;
        return present != null
                && present.count(SubscriptionKind.CHANNEL.topicKind().tally())
                                + present.count(SubscriptionKind.SHARD_CHANNEL.topicKind().tally())
                        > 0;
    }

    /** Whether its client may use few other commands, since replies would look like messages. */
    boolean limitsCommands() {
        return session.client().version() == RespVersion.RESP2 && isSubscribed();
    }

    /** Gives everything up, without a word. */
    void leave() {
        Subscriptions present = subscriptions;
        if (present != null) {
            subscriptions = null;
            present.leave();
        }
    }

    // ---- commands

    /**
     * Deals with a whole command that subscribes or unsubscribes.
     *
     * @return whether it is done with; otherwise it is asked again
     */
    boolean run(Request request, CommandSpec spec) {
        if (session.hasOpenSlots()) {
            return false;
        }
        SubscriptionKind kind = SubscriptionKind.ofCommand(spec.name());
        if (kind == SubscriptionKind.SHARD_CHANNEL) {
            if (!session.lanes().knowledge().isCertain()) {
                session.lanes().shared().await(session); // the first connection brings it
                return false;
            }
            BackendCommands backend = session.lanes().commands();
            if (!backend.has(spec)) {
                return error(backend.errors().unknownCommand(request));
            }
        }
        return spec.name().contains("unsub")
                ? unsubscribe(kind, request)
                : subscribe(kind, request);
    }

    private boolean error(String text) {
        session.client().onCommand();
        session.answerError(text);
        return true;
    }

    /** PING of a client whose commands are limited. */
    boolean ping(Request request, CommandSpec spec) {
        if (request.count() > 2) {
            return error(session.lanes().commands().errors().wrongArity(spec));
        }
        session.client().onCommand();
        boolean named = request.count() > 1;
        int length = named ? request.length(1) : 0;
        ByteBuf out = session.channel().alloc().buffer(Frames.OVERHEAD + length);
        Frames.pong(out, request.buffer(), named ? request.start(1) : 0, length);
        session.answer(out);
        return true;
    }

    private boolean subscribe(SubscriptionKind kind, Request request) {
        String refusal = refusal(kind, request);
        if (refusal != null) {
            return error(refusal);
        }
        Subscriptions joined = join();
        int room = joined.room();
        if (request.count() - 1 > room) {
            leaveIfEmpty();
            return error(
                    "ERR sluice: %d more subscriptions are too many, %d are left (subscriptions.max-channels %d for a client, subscriptions.max-total for all of the tenant)"
                            .formatted(request.count() - 1, room, limits().maxChannels()));
        }
        session.client().onCommand();
        begin();
        for (int i = 1; i < request.count() && !session.isOver(); i++) {
            Acceptance acceptance =
                    joined.subscribe(
                            kind.topicKind(),
                            request.buffer(),
                            request.start(i),
                            request.length(i));
            if (acceptance != Acceptance.TAKEN) {
                fail("ERR sluice: too many or too long channels are subscribed to by this tenant");
                break;
            }
        }
        end();
        return true;
    }

    /** The error that a command to subscribe is answered with as a whole; null if none. */
    private @Nullable String refusal(SubscriptionKind kind, Request request) {
        int longest = limits().maxName();
        for (int i = 1; i < request.count(); i++) {
            if (request.length(i) > longest) {
                return "ERR sluice: the name of a channel or pattern has %d bytes, %d may be (subscriptions.max-name)"
                        .formatted(request.length(i), longest);
            }
        }
        if (subscriptions != null
                && !serverUser.equals(session.destination().user().serverUser())) {
            return "ERR sluice: there are subscriptions as another user, UNSUBSCRIBE and PUNSUBSCRIBE from them first";
        }
        if (kind != SubscriptionKind.PATTERN) {
            return null;
        }
        ChannelNames names =
                ChannelNames.of(session.policy().settings(), session.destination().tenant().name());
        for (int i = 1; i < request.count(); i++) {
            String inexact =
                    names.refusal(kind, request.buffer(), request.start(i), request.length(i));
            if (inexact != null) {
                return inexact;
            }
        }
        return null;
    }

    private RespSettings.Subscriptions limits() {
        return session.policy().settings().subscriptions();
    }

    private Subscriptions join() {
        Subscriptions present = subscriptions;
        if (present == null) {
            Hub hub = session.home().fanOut().hub(session.destination());
            present = hub.join(this);
            subscriptions = present;
            serverUser = session.destination().user().serverUser();
        }
        return present;
    }

    private boolean unsubscribe(SubscriptionKind kind, Request request) {
        session.client().onCommand();
        Subscriptions present = subscriptions;
        if (present == null) {
            answerUnsubscribed(kind, request);
            return true;
        }
        begin();
        if (request.count() == 1) {
            present.unsubscribeAll(kind.topicKind());
        }
        for (int i = 1; i < request.count(); i++) {
            present.unsubscribe(
                    kind.topicKind(), request.buffer(), request.start(i), request.length(i));
        }
        end();
        return true;
    }

    /** Answers a client that has no subscription at all. */
    private void answerUnsubscribed(SubscriptionKind kind, Request request) {
        RespVersion version = session.client().version();
        if (request.count() == 1) {
            Frames.unsubscribedFromNothing(room(0), version, kind, 0);
        }
        for (int i = 1; i < request.count(); i++) {
            Frames.unsubscribed(
                    room(request.length(i)),
                    version,
                    kind,
                    request.buffer(),
                    request.start(i),
                    request.length(i));
        }
    }

    /** What follows waits until what is asked from now on is answered. */
    private void begin() {
        session.hold();
        asking = true;
        failed = false;
    }

    private void end() {
        asking = false;
        goOnIfAnswered();
    }

    private void goOnIfAnswered() {
        Subscriptions present = subscriptions;
        if (!asking && (present == null || present.unanswered() == 0)) {
            leaveIfEmpty();
            session.resume();
        }
    }

    private void leaveIfEmpty() {
        Subscriptions present = subscriptions;
        if (present != null && present.isEmpty()) {
            leave();
        }
    }

    /** Redis answers a command to subscribe with one error at most. */
    private void fail(String text) {
        if (!failed) {
            failed = true;
            session.answerError(text);
        }
    }

    private ByteBuf room(int names) {
        return session.answers().room(Frames.OVERHEAD + names);
    }

    // ---- what the hub tells

    @Override
    public int wireForm() {
        return ServerWords.form(session.client().version());
    }

    @Override
    public void onSubscribed(Topic topic, int count) {
        Frames.subscribed(room(topic.length()), session.client().version(), topic, count);
        goOnIfAnswered();
    }

    @Override
    public void onUnsubscribed(Topic topic, int count) {
        Frames.unsubscribed(room(topic.length()), session.client().version(), topic, count);
    }

    @Override
    public void onUnsubscribedAll(TopicKind kind, int topics, int count) {
        if (topics == 0) {
            Frames.unsubscribedFromNothing(
                    room(0), session.client().version(), SubscriptionKind.of(kind), count);
        }
    }

    @Override
    public void onRefused(Topic topic, Refusal refusal) {
        fail(Words.of(refusal));
        goOnIfAnswered();
    }

    @Override
    public void onRejected(Topic topic, String words) {
        fail(words);
        goOnIfAnswered();
    }

    @Override
    public void onMessage(Topic topic, ByteBuf encoded) {
        session.answers().share(encoded);
    }

    @Override
    public void flush() {
        session.answers().flush();
        session.noteUnread();
    }

    @Override
    public long unsent() {
        return session.answers().pending();
    }

    @Override
    public void onEvicted(String reason) {
        subscriptions = null;
        session.ending().hangUp(reason);
    }
}
