package io.sluice.pool;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a pool that nobody uses: warm ones, used last, at one end, cold ones at the
 * other; and how many of them the pool could do without.
 *
 * <p><b>Threads:</b> confined to the pool's loop, but for {@link #spare}.
 */
final class IdleConnections {
    private final ArrayDeque<ServerConnection> coldestFirst = new ArrayDeque<>();
    private final AtomicInteger spare = new AtomicInteger();

    /** How many were idle all the time since the last sweep. */
    private int least;

    /**
     * How many were idle all the time from one sweep to the next, the last time that was looked at:
     * one that is idle for a moment between two uses does not count. Any thread.
     */
    int spare() {
        return spare.getOpaque();
    }

    /** Counts anew what is spare; called in regular intervals. */
    void sweep() {
        spare.setOpaque(least);
        least = coldestFirst.size();
    }

    boolean isEmpty() {
        return coldestFirst.isEmpty();
    }

    void addWarmest(ServerConnection connection) {
        coldestFirst.addLast(connection);
    }

    void addColdest(ServerConnection connection) {
        coldestFirst.addFirst(connection);
    }

    /** Takes the one that was used last, to use it; null if there is none. */
    @Nullable ServerConnection pollWarmest() {
        ServerConnection connection = coldestFirst.pollLast();
        least = Math.min(least, coldestFirst.size());
        return connection;
    }

    /** Takes the one that was unused for longest, to give it up; null if there is none. */
    @Nullable ServerConnection pollColdest() {
        ServerConnection connection = coldestFirst.pollFirst();
        least = Math.max(0, least - 1);
        spare.setOpaque(connection == null ? 0 : Math.max(0, spare.getOpaque() - 1));
        return connection;
    }

    void remove(ServerConnection connection) {
        coldestFirst.remove(connection);
        least = Math.min(least, coldestFirst.size());
    }

    /** All of them, as they are now. */
    List<ServerConnection> copy() {
        return List.copyOf(coldestFirst);
    }
}
