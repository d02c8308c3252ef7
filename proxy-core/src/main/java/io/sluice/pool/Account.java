package io.sluice.pool;

/**
 * How many server connections something may have, and how many it has: a backend, a tenant, the
 * process. Confined to the ledger's loop, but for {@link #limit}.
 */
public final class Account {
    private final String name;
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

    void draw() {
        used++;
    }

    void release() {
        if (used == 0) {
            throw new IllegalStateException("released more than drawn: " + name);
        }
        used--;
    }

    int used() {
        return used;
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
