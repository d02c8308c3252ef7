package io.sluice.pool;

import io.sluice.net.Homes;
import io.sluice.net.Loop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** All pools of one loop. Confined to it. */
public final class Pools {
    private final Loop loop;
    private final Homes homes;
    private final Map<PoolKey, Pool> pools = new LinkedHashMap<>();

    /**
     * @param homes told of each pool that is made, and torn down
     */
    public Pools(Loop loop, Homes homes) {
        this.loop = loop;
        this.homes = homes;
    }

    /** Begins to look after the pools; on the loop. */
    public void start() {
        loop.addSweep(this::sweep);
    }

    /** The pool of that key, made by {@code maker} on first use and when it was torn down. */
    public Pool get(PoolKey key, Supplier<Pool> maker) {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        Pool pool = pools.get(key);
        if (pool == null || pool.isTornDown()) {
            pool = maker.get();
            if (pools.put(key, pool) == null) {
                homes.settle(key.tenant(), key.backend(), loop);
            }
        }
        return pool;
    }

    public Collection<Pool> all() {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        return Collections.unmodifiableCollection(pools.values());
    }

    void sweep(long now) {
        if (pools.isEmpty()) {
            return;
        }
        for (Pool pool : new ArrayList<>(pools.values())) {
            pool.sweep(now);
            if (pool.isTornDown() && pools.remove(pool.key(), pool)) {
                homes.vacate(pool.key().tenant(), pool.key().backend());
            }
        }
    }
}
