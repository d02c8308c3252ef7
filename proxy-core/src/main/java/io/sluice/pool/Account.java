package io.sluice.pool;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How many server connections something may have, and how many it has: a backend, a tenant, the
 * process. Confined to the ledger's loop, but for {@link #limit}.
 */
public final class Account {
    private final String name;
    private final SortedSet<Permit> waiting =
            new TreeSet<>(Comparator.comparingLong(Permit::number));
    private final Set<Holding> holders = new LinkedHashSet<>();
    private volatile int limit;
    private int used;

    /**
     * @param limit 0: none
     */
    Account(String name, int limit) {
        this.name = name;
        this.limit = limit;
    }

    boolean hasRoom() {
        return limit == 0 || used < limit;
    }

    void draw(Holding holding) {
        used++;
        holders.add(holding);
    }

    void release(Holding holding) {
        if (used == 0) {
            throw new IllegalStateException("released more than drawn: " + name);
        }
        used--;
        if (holding.open() == 0) {
            holders.remove(holding);
        }
    }

    int used() {
        return used;
    }

    /** The requests that wait for room here, the oldest first. */
    SortedSet<Permit> waiting() {
        return waiting;
    }

    /** The pools that have connections which count here. */
    Set<Holding> holders() {
        return holders;
    }

    /** 0: none. Any thread. */
    public int limit() {
        return limit;
    }

    /** Takes effect for the next permit: what is open stays open. Any thread. */
    void setLimit(int newLimit) {
        limit = newLimit;
    }

    @Override
    public String toString() {
        return name + " " + used + "/" + limit;
    }
}
