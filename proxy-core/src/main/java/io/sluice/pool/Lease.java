package io.sluice.pool;

import org.jspecify.annotations.Nullable;

/**
 * The exclusive right to one server connection, until it is given back. A connection has one lease
 * object, reused; a session forgets it when it gives it back.
 *
 * <p><b>Threads:</b> confined to the pool's loop.
 */
public final class Lease {
    private final ServerConnection connection;
    private @Nullable Waiter holder;

    Lease(ServerConnection connection) {
        this.connection = connection;
    }

    public ServerConnection connection() {
        return connection;
    }

    /** Who holds it; null between two leases. */
    public @Nullable Waiter holder() {
        return holder;
    }

    void begin(Waiter newHolder) {
        if (holder != null) {
            throw new IllegalStateException("leased already");
        }
        holder = newHolder;
    }

    /** Ends this lease. */
    public void giveBack(Condition condition) {
        if (holder == null) {
            throw new IllegalStateException("lease already given back");
        }
        holder = null;
        connection.pool().onGivenBack(connection, condition);
    }
}
