package io.sluice.pool;

import java.util.LinkedHashSet;
import java.util.Set;

/** What the ledger knows of a pool. Confined to the ledger's loop. */
final class Holding {
    private final Pool pool;
    private final Set<Permit> owed = new LinkedHashSet<>();
    private int open;
    private int expected;

    Holding(Pool pool) {
        this.pool = pool;
    }

    Pool pool() {
        return pool;
    }

    /** Permits that it has: connections that are open or being opened. */
    int open() {
        return open;
    }

    void addOpen(int more) {
        open += more;
    }

    /** Requests of others, for each of which it gives up the next connection that is free. */
    Set<Permit> owed() {
        return owed;
    }

    /** What it has when it has given up what it owes. */
    int remaining() {
        return open - owed.size();
    }

    /** What it has when others have given up for it what they were asked for. */
    int due() {
        return open + expected;
    }

    /** Its requests for which another pool has been asked. */
    void addExpected(int more) {
        expected += more;
    }

    @Override
    public String toString() {
        return "%s open=%d owed=%d expected=%d".formatted(pool, open, owed.size(), expected);
    }
}
