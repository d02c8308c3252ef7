package io.sluice.pool;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Requests of other pools, for each of which the next connection of this one that is free is
 * closed.
 *
 * <p><b>Threads:</b> confined to the loop of the pool.
 */
final class Debts {
    private final Set<Permit> owed = new LinkedHashSet<>();

    void add(Permit request) {
        owed.add(request);
    }

    /** The request has been served otherwise, or is no more. */
    void remove(Permit request) {
        owed.remove(request);
    }

    /** Closes {@code connection} if one is owed to another pool. */
    boolean pay(ServerConnection connection) {
        if (owed.isEmpty()) {
            return false;
        }
        Iterator<Permit> oldest = owed.iterator();
        Permit request = oldest.next();
        oldest.remove();
        giveUp(connection, request);
        return true;
    }

    /** Closes {@code connection} to make room for {@code request}. */
    static void giveUp(ServerConnection connection, Permit request) {
        connection.permit().giveUpFor(request);
        connection.retire("gave way to another pool");
    }
}
