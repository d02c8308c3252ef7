package io.sluice.fanout;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.Refusal;
import io.sluice.metrics.Counter;
import io.sluice.net.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A hub's one link upstream, and what is asked for on it.
 *
 * <p>What changes within a turn of the loop is looked at when the turn ends: only the difference
 * between what is wanted then and what was asked last is sent. A topic is held, that is its
 * subscribers are told so, when the last command sent for it was to subscribe and every command for
 * it is acknowledged: an acknowledgement that a later command has overtaken confirms nothing. What
 * a link tells that is not the present one is not heard.
 *
 * <p><b>Threads:</b> confined to the hub's loop.
 */
final class Trunk {
    /** Topics in one command. */
    static final int MOST_IN_COMMAND = 128;

    /**
     * Topics asked for and not acknowledged; more of them wait, lest either side's buffers grow.
     */
    static final int MOST_UNDER_WAY = 4096;

    private static final Logger LOG = LogManager.getLogger(Hub.class);

    private final Hub hub;
    private final Loop loop;
    private final Upstream upstream;
    private final Feeds feeds;
    private final Counts counts;
    private final Reopening reopening;
    private final Commands commands = new Commands();
    private final ArrayDeque<Feed> changed = new ArrayDeque<>();

    /** Feeds that were postponed since the pause began. */
    private final List<Feed> postponed = new ArrayList<>();

    private final List<Feed> run = new ArrayList<>();
    private final List<Topic> runTopics = new ArrayList<>();
    private final Loop.TurnEnd turnEnded = this::onTurnEnded;
    private State state = State.DOWN;
    private @Nullable Link link;
    private @Nullable Refusal closedBecause;
    private boolean scheduled;
    private long postponedUntil;
    private long heardAt;
    private long probedAt;
    private boolean probed;
    private int interrupted;

    /** Where the link stands. */
    enum State {
        /** There is none, because nobody needs it or it cannot be had. */
        DOWN,
        OPENING,
        UP,
        /** The hub is closed. */
        CLOSED;

        /** For the console. */
        String word() {
            return switch (this) {
                case DOWN -> "down";
                case OPENING -> "opening";
                case UP -> "up";
                case CLOSED -> "closed";
            };
        }
    }

    Trunk(Hub hub, Upstream upstream, Feeds feeds, Counts counts) {
        this.hub = hub;
        this.loop = hub.loop();
        this.upstream = upstream;
        this.feeds = feeds;
        this.counts = counts;
        this.reopening = new Reopening(hub.name());
    }

    State state() {
        return state;
    }

    /** Topics asked for or given up and not acknowledged yet. */
    int underWay() {
        return commands.topics();
    }

    /** Whether {@code from} is the present link; it is heard then. */
    boolean hears(Link from) {
        if (!isPresent(from)) {
            return false;
        }
        heardAt = loop.now();
        probed = false;
        return true;
    }

    @SuppressWarnings("ReferenceEquality") // it is this one, or another
    private boolean isPresent(Link some) {
        return some == link;
    }

    /** What to tell those who wait; null if they shall go on waiting. */
    @Nullable Refusal refusal() {
        return switch (state) {
            case DOWN -> reopening.refusal(loop.now());
            case OPENING, UP -> null;
            case CLOSED -> closedBecause;
        };
    }

    /** Who wants the topic has changed, or how it stands: looked at when the turn ends. */
    void review(Feed feed) {
        if (!feed.changed) {
            feed.changed = true;
            changed.add(feed);
        }
        schedule();
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            loop.atTurnEnd(turnEnded);
        }
    }

    private void onTurnEnded() {
        scheduled = false;
        switch (state) {
            case DOWN -> {
                forgetUnwanted();
                openIfDue();
            }
            case OPENING, CLOSED -> forgetUnwanted();
            case UP -> send();
        }
    }

    private void forgetUnwanted() {
        for (Feed feed = changed.poll(); feed != null; feed = changed.poll()) {
            feed.changed = false;
            if (!feed.isWanted()) {
                forget(feed);
            }
        }
    }

    private void forget(Feed feed) {
        feeds.remove(feed);
        feed.postponed = false;
        if (feed.interrupted) {
            feed.interrupted = false;
            interrupted--;
        }
    }

    // ---- the link

    private void openIfDue() {
        if (!feeds.isEmpty() && reopening.isDue(loop.now())) {
            state = State.OPENING;
            upstream.open(hub);
        }
    }

    void onOpened(Link opened) {
        if (state == State.CLOSED) {
            opened.giveBack();
            return;
        }
        if (state != State.OPENING) {
            throw new IllegalStateException(hub.name() + " did not ask for a link");
        }
        state = State.UP;
        link = opened;
        heardAt = loop.now();
        probed = false;
        reopening.onOpened(heardAt);
        feeds.forEach(this::review);
        schedule(); // also where nobody wants it any more
    }

    void onUnavailable(Refusal why) {
        if (state == State.CLOSED) {
            return;
        }
        if (state != State.OPENING) {
            throw new IllegalStateException(hub.name() + " did not ask for a link");
        }
        state = State.DOWN;
        reopening.onUnavailable(why, hub.settings().retryPause(), loop.now());
        hub.answerWaiting();
    }

    void onLost(Link from, String reason) {
        if (isPresent(from)) {
            long now = loop.now();
            reopening.onLost(reason, hub.settings().retryPause(), now);
            drop(now);
            LOG.warn(
                    "hub={} lost its subscriptions: {}; interrupted topics={}",
                    hub.name(),
                    reason,
                    interrupted);
            hub.answerWaiting();
        }
    }

    /** The link is of no use any more. */
    private void fail(String reason) {
        Link failed = link;
        if (failed != null) {
            onLost(failed, reason);
            failed.close(reason);
        }
    }

    /** Another link is wanted, at once. */
    void renew(String reason) {
        Link old = link;
        reopening.forget();
        if (old != null) {
            drop(loop.now());
            LOG.info(
                    "hub={} subscribes anew: {}; interrupted topics={}",
                    hub.name(),
                    reason,
                    interrupted);
            old.close(reason);
        } else {
            schedule();
        }
    }

    void close(Refusal why) {
        if (state == State.CLOSED) {
            return;
        }
        Link old = link;
        if (old != null) {
            drop(loop.now());
            old.close(why.message());
        }
        state = State.CLOSED;
        closedBecause = why;
        hub.answerWaiting();
    }

    /** There is no link any more, and nothing is subscribed upstream. */
    private void drop(long now) {
        state = State.DOWN;
        link = null;
        commands.clear();
        postponed.clear();
        feeds.forEach(feed -> {
            if (!feed.interrupted && feed.held && feed.hasActive()) {
                feed.interrupted = true;
                feed.interruptedAt = now;
                interrupted++;
                counts.add(Counter.INTERRUPTIONS, 1);
            }
            feed.asked = false;
            feed.held = false;
            feed.suspect = false;
            feed.postponed = false;
            feed.underWay = 0;
            review(feed);
        });
        schedule();
        counts.add(Counter.SUBSCRIPTION_LOSSES, 1);
    }

    // ---- commands

    /** Sends the difference between what is wanted and what was asked last. */
    private void send() {
        Link to = link;
        boolean written = false;
        while (to != null && commands.topics() + run.size() < MOST_UNDER_WAY) {
            Feed feed = changed.poll();
            if (feed == null) {
                break;
            }
            feed.changed = false;
            boolean wanted = feed.isWanted();
            if (wanted == feed.asked) {
                if (!wanted && feed.underWay == 0) {
                    forget(feed);
                }
            } else if (!feed.postponed) {
                if (!fitsRun(feed) && !sendRun(to)) {
                    review(feed);
                    return;
                }
                feed.asked = wanted;
                feed.held = false;
                feed.underWay++;
                run.add(feed);
                written = true;
            }
        }
        if (to == null || (!run.isEmpty() && !sendRun(to))) {
            return;
        }
        if (written) {
            to.flush();
        } else if (feeds.isEmpty() && commands.isEmpty()) {
            state = State.DOWN;
            link = null;
            postponed.clear();
            to.giveBack();
        }
    }

    /** Whether it can be asked for in one command with those before it. */
    private boolean fitsRun(Feed feed) {
        if (run.isEmpty()) {
            return true;
        }
        Feed first = run.getFirst();
        return run.size() < MOST_IN_COMMAND
                && !first.suspect
                && !feed.suspect
                && first.asked == feed.isWanted()
                && first.topic.kind().index() == feed.topic.kind().index();
    }

    /** Writes a command for those in the run; whether the link is still there. */
    private boolean sendRun(Link to) {
        Feed first = run.getFirst();
        TopicKind kind = first.topic.kind();
        for (Feed feed : run) {
            runTopics.add(feed.topic);
        }
        commands.add(first.asked ? Verb.SUBSCRIBE : Verb.UNSUBSCRIBE, run, loop.now());
        run.clear();
        if (first.asked) {
            to.subscribe(kind, runTopics);
        } else {
            to.unsubscribe(kind, runTopics);
        }
        runTopics.clear();
        return isPresent(to);
    }

    void onAcknowledged(Link from, Verb verb, TopicKind kind, ByteBuf in, int index, int length) {
        if (!hears(from)) {
            return;
        }
        Feed feed = commands.acknowledge(verb, kind, in, index, length);
        if (feed == null) {
            fail("it acknowledged what was not the next to be");
            return;
        }
        feed.underWay--;
        if (feed.underWay == 0) {
            settle(feed);
        }
        if (!changed.isEmpty()) {
            schedule();
        }
    }

    /** All that was sent for it is acknowledged. */
    private void settle(Feed feed) {
        if (!feed.asked) {
            review(feed);
            return;
        }
        feed.held = true;
        feed.suspect = false;
        if (feed.interrupted) {
            feed.interrupted = false;
            interrupted--;
            counts.add(Counter.RESUBSCRIPTIONS, 1);
            counts.add(Counter.INTERRUPTED_NANOS, loop.now() - feed.interruptedAt);
            if (interrupted == 0) {
                LOG.info("hub={} has all its subscriptions again", hub.name());
            }
        }
        hub.answerMembers(feed);
    }

    void onRejected(Link from, Rejection rejection, String words) {
        if (!hears(from)) {
            return;
        }
        Commands.Command command = commands.reject();
        if (command == null || command.verb() == Verb.UNSUBSCRIBE) {
            fail("it rejected what it cannot reject: " + words);
            return;
        }
        boolean alone = command.feeds().size() == 1;
        for (Feed feed : command.feeds()) {
            feed.underWay--;
            if (feed.underWay == 0) { // else a later command decides
                feed.asked = false;
                feed.suspect = !alone;
                if (alone) {
                    reject(feed, rejection, words);
                } else {
                    review(feed);
                }
            }
        }
        schedule();
    }

    /** Those who wait for it hear so; those who had it are not left without a word. */
    private void reject(Feed feed, Rejection rejection, String words) {
        hub.rejectMembers(feed, words);
        switch (rejection) {
            case FOR_NOW -> {}
            case FOR_GOOD ->
                    hub.evictMembers(
                            feed, "the server has rejected %s: %s".formatted(feed.topic, words));
        }
        if (!feed.isWanted()) {
            review(feed);
            return;
        }
        if (postponed.isEmpty()) {
            postponedUntil = loop.now() + hub.settings().retryPause().toNanos();
        }
        feed.postponed = true;
        postponed.add(feed);
    }

    private void askForPostponed() {
        for (Feed feed : postponed) {
            if (feed.postponed) { // else it has been given up meanwhile
                feed.postponed = false;
                review(feed);
            }
        }
        postponed.clear();
    }

    // ---- time

    void sweep(long now) {
        switch (state) {
            case DOWN -> {
                if (!feeds.isEmpty() && reopening.isDue(now)) {
                    schedule();
                }
            }
            case UP -> sweepLink(now);
            case OPENING, CLOSED -> {}
        }
    }

    private void sweepLink(long now) {
        if (!postponed.isEmpty() && now - postponedUntil >= 0) {
            askForPostponed();
        }
        HubSettings settings = hub.settings();
        Commands.Command oldest = commands.oldest();
        long limit = settings.answerTimeout().toNanos();
        boolean silent =
                oldest != null ? now - oldest.sentAt() >= limit : probed && now - probedAt >= limit;
        if (silent) {
            fail("no answer within %d ms".formatted(settings.answerTimeout().toMillis()));
        } else if (!probed
                && oldest == null
                && link != null
                && now - heardAt >= settings.probeAfter().toNanos()) {
            probed = true;
            probedAt = now;
            link.probe();
        }
    }
}
