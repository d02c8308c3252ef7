/**
 * Threads, sockets and the way bytes take between two of them.
 *
 * <p>{@link Loops} are the threads that carry traffic, one {@link Loop} a core. A {@link Transport}
 * makes channels for them, a {@link Listener} accepts clients, {@link ChannelMove} brings an
 * accepted channel to the loop it is at home on, {@link Homes} says which that is. A {@link Dialer}
 * connects to servers. {@link ClientTls} and {@link ServerTls} are TLS on either side. Nothing here
 * knows sessions, pools or protocols.
 */
@NullMarked
package io.sluice.net;

import org.jspecify.annotations.NullMarked;
