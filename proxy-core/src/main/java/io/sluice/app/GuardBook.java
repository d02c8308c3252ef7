package io.sluice.app;

import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.guard.ConcurrencyGuard;
import io.sluice.guard.Guards;
import io.sluice.net.Loop;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The guards of every tenant on one loop. Confined to it. */
final class GuardBook {
    private final Loop loop;
    private final ConcurrentMap<String, AtomicInteger> running;
    private final Map<String, Entry> byTenant = new HashMap<>();

    private record Entry(ConcurrencyGuard concurrency, Guards guards) {}

    /**
     * @param running unanswered operations by tenant; shared by the books of all loops
     */
    GuardBook(Loop loop, ConcurrentMap<String, AtomicInteger> running) {
        this.loop = loop;
        this.running = running;
    }

    /** The guards of {@code tenant}, made when its first session comes. */
    Guards of(TenantConfig tenant) {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        return byTenant.computeIfAbsent(tenant.name(), _ -> make(tenant)).guards();
    }

    /** Gives every guard the limits now in force; those of vanished tenants are forgotten. */
    void reconfigure(SluiceConfig config) {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        byTenant.keySet().retainAll(config.tenants().keySet());
        byTenant.forEach((name, entry) -> {
            TenantConfig tenant = config.tenants().get(name);
            if (tenant != null) {
                entry.concurrency().setLimit(tenant.tier().maxConcurrent());
            }
        });
    }

    private Entry make(TenantConfig tenant) {
        var concurrency =
                new ConcurrencyGuard(
                        tenant.name(),
                        tenant.tier().maxConcurrent(),
                        running.computeIfAbsent(tenant.name(), _ -> new AtomicInteger()));
        return new Entry(concurrency, new Guards(List.of(concurrency)));
    }
}
