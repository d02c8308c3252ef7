package io.sluice.fanout;

/**
 * A hub at one moment, for the console.
 *
 * @param name whose it is
 * @param state of its link: down, opening, up or closed
 * @param topics different topics
 * @param subscribers who have joined
 * @param subscriptions topics of all subscribers together
 * @param waiting subscribers with unanswered requests
 * @param slow subscribers above the soft limit
 * @param underWay topics asked for or given up upstream and not acknowledged yet
 * @param messages messages that came
 * @param deliveries messages given to subscribers
 * @param unwanted messages that came when nobody wanted them any more
 * @param evictions subscribers dropped because they were too slow
 * @param losses links lost
 * @param interruptions topics that had subscribers when a link was lost: what was published until
 *     they were asked for again has been missed
 * @param resubscriptions such topics that the server has confirmed again
 * @param interruptedNanos how long those were interrupted, summed up
 */
public record HubSnapshot(
        String name,
        String state,
        int topics,
        int subscribers,
        int subscriptions,
        int waiting,
        int slow,
        int underWay,
        long messages,
        long deliveries,
        long unwanted,
        long evictions,
        long losses,
        long interruptions,
        long resubscriptions,
        long interruptedNanos) {}
