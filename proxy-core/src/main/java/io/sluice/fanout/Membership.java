package io.sluice.fanout;

/** One subscriber's part in one {@link Feed}: wanted, or had. Confined to the hub's loop. */
final class Membership {
    final Feed feed;
    final Subscriptions owner;

    /** Where the feed keeps it; the feed's own. */
    int index;

    /** It was told that it is subscribed, and gets the messages. */
    boolean active;

    /** Its unanswered requests for this topic. */
    int queued;

    Membership(Feed feed, Subscriptions owner) {
        this.feed = feed;
        this.owner = owner;
    }
}
