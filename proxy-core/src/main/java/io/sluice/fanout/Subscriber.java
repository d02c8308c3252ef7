package io.sluice.fanout;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.Refusal;

/**
 * Somebody who subscribes, as the hub sees it: a session.
 *
 * <p>Each request that a {@link Subscriptions} has taken is answered exactly once, in the order of
 * the requests. Messages of a topic come between {@link #onSubscribed} and {@link #onUnsubscribed},
 * in the order in which the server sent them.
 *
 * <p><b>Threads:</b> called on the hub's loop, perhaps from within the request itself. It may
 * subscribe, unsubscribe and leave from within any of these.
 */
public interface Subscriber {
    /** Which encoding of messages it wants at present; a small number of the protocol's, from 0. */
    int wireForm();

    /**
     * The topic's messages follow.
     *
     * @param count how many topics of that tally it has now
     */
    void onSubscribed(Topic topic, int count);

    /**
     * No more of the topic's messages follow; also where it had not been subscribed to.
     *
     * @param count how many topics of that tally it has now
     */
    void onUnsubscribed(Topic topic, int count);

    /**
     * It has no topic of that kind any more; the answer to {@link Subscriptions#unsubscribeAll},
     * behind an {@link #onUnsubscribed} for each topic it had.
     *
     * @param topics how many it had of the kind
     * @param count how many topics of that tally it has now
     */
    void onUnsubscribedAll(TopicKind kind, int topics, int count);

    /** It is not subscribed: the server cannot be reached. */
    void onRefused(Topic topic, Refusal refusal);

    /**
     * It is not subscribed: the server has said no.
     *
     * @param words the server's own, as the protocol gave them
     */
    void onRejected(Topic topic, String words);

    /**
     * Writes a message, without flushing.
     *
     * @param encoded borrowed, and shared by all subscribers: its bytes are copied, or a retained
     *     duplicate of it is written; its indexes are not touched
     */
    void onMessage(Topic topic, ByteBuf encoded);

    /** Sends what was written; called once in a turn of the loop, after however many messages. */
    void flush();

    /** Bytes of memory that are kept for it because it has not read them yet. */
    long unsent();

    /**
     * It has no subscriptions any more, not by its own will, and must be closed, since its client
     * believes that it has.
     *
     * @param reason for people: what, which limit, which value
     */
    void onEvicted(String reason);
}
