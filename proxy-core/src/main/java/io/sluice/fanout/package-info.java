/**
 * Publish and subscribe by fan-out: however many sessions want a topic, the server is asked for it
 * once.
 *
 * <p>A {@link Hub} serves the sessions of one pool. A session joins it as a {@link Subscriber} and
 * gets its {@link Subscriptions}; the first that wants a {@link Topic} has it asked for upstream,
 * the last that leaves has it given up, and a message that comes is encoded once for each wire form
 * and given to everybody. Whoever does not read is dropped alone.
 *
 * <p>Upstream there is one {@link Link}, opened by the protocol's {@link Upstream} with the first
 * topic and given back after the last. What it acknowledges is checked against what was asked, in
 * order; when it is lost, all topics are asked for again, and what may have been missed is counted.
 *
 * <p>Start with {@link Hub}. {@link Hubs} are all hubs of a loop. What topics are, and how they are
 * asked for on the wire, the protocol knows.
 */
@NullMarked
package io.sluice.fanout;

import org.jspecify.annotations.NullMarked;
