package io.sluice.guard;

import org.jspecify.annotations.Nullable;

/** Lets at most so many operations of one tenant's home be unanswered at once. */
public final class ConcurrencyGuard implements Guard {
    private final String tenant;
    private int limit;
    private int running;

    /**
     * @param limit 0: none
     */
    public ConcurrencyGuard(String tenant, int limit) {
        this.tenant = tenant;
        this.limit = limit;
    }

    /** Takes another limit; 0: none. What is running goes on. */
    public void setLimit(int newLimit) {
        limit = newLimit;
    }

    @Override
    public @Nullable Refusal check(Operation operation) {
        if (limit > 0 && running >= limit) {
            return new Refusal.TooManyOperations(tenant, limit);
        }
        running++;
        return null;
    }

    @Override
    public void settled(Operation operation, Outcome outcome) {
        running--;
    }
}
