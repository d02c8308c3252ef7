/**
 * Publish and subscribe: what Redis' clients and servers say of it, and what channels are called on
 * either side.
 *
 * <p>{@link SubscriptionKind} has the three kinds of subscriptions with their words. {@link Push}
 * reads what a server sends to a connection that subscribes, {@link Frames} writes what clients of
 * either version of the protocol get. {@link ChannelNames} translates between the names that a
 * tenant's clients use and those of the server, {@link ClientMessage} does so for one message.
 * Nothing here knows a session or a connection: those are of {@code io.sluice.resp.session}.
 */
@NullMarked
package io.sluice.resp.pubsub;

import org.jspecify.annotations.NullMarked;
