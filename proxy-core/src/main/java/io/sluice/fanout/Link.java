package io.sluice.fanout;

import java.util.List;

/**
 * One connection to the server, on which a hub subscribes; supplied by the protocol. What it hears
 * it tells the hub: {@link Hub#onAcknowledged} for each topic of each command, in order, {@link
 * Hub#onRejected} for a command, {@link Hub#onMessage}, {@link Hub#onAlive} and {@link Hub#onLost}.
 *
 * <p><b>Threads:</b> the hub's loop.
 */
public interface Link {
    /**
     * Writes one command for all these topics, without flushing.
     *
     * @param topics borrowed: it is used again afterwards
     */
    void subscribe(TopicKind kind, List<Topic> topics);

    /** As {@link #subscribe}. */
    void unsubscribe(TopicKind kind, List<Topic> topics);

    /** Sends what was written. */
    void flush();

    /** Asks the server for a sign of life, and sends that at once. */
    void probe();

    /** It is not needed any more; nothing is subscribed on it and everything was answered. */
    void giveBack();

    /**
     * Closes it. The hub does not need to be told.
     *
     * @param reason for the log
     */
    void close(String reason);
}
