package io.sluice.guard;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Lets at most so many operations of one tenant be unanswered at once, wherever they are.
 *
 * <p><b>Threads:</b> one instance a loop, confined to it. What runs is counted in one place for all
 * loops; a tenant with one backend has one home, so that no two loops touch the count except while
 * the tenant moves.
 */
public final class ConcurrencyGuard implements Guard {
    private final String tenant;
    private final AtomicInteger running;
    private int limit;

    /**
     * @param limit 0: none
     * @param running operations of the tenant on all loops; shared by their guards
     */
    public ConcurrencyGuard(String tenant, int limit, AtomicInteger running) {
        this.tenant = tenant;
        this.limit = limit;
        this.running = running;
    }

    /** Takes another limit; 0: none. What is running goes on. */
    public void setLimit(int newLimit) {
        limit = newLimit;
    }

    @Override
    public @Nullable Refusal check(Operation operation) {
        if (running.incrementAndGet() > limit && limit > 0) {
            running.decrementAndGet();
            return new Refusal.TooManyOperations(tenant, limit);
        }
        return null;
    }

    @Override
    public void settled(Operation operation, Outcome outcome) {
        running.decrementAndGet();
    }
}
