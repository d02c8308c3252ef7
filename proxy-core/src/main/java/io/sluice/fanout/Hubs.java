package io.sluice.fanout;

import io.sluice.guard.Refusal;
import io.sluice.net.Loop;
import io.sluice.pool.PoolKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** All hubs of one loop. Confined to it. */
public final class Hubs {
    private final Loop loop;
    private final Map<PoolKey, Hub> hubs = new LinkedHashMap<>();

    public Hubs(Loop loop) {
        this.loop = loop;
    }

    /** Begins to look after the hubs; on the loop. */
    public void start() {
        loop.addSweep(this::sweep);
    }

    /**
     * The hub of that key, made by {@code maker} on first use. It is kept as long as somebody has
     * joined: whoever asks for it joins it in the same turn.
     */
    public Hub get(PoolKey key, Supplier<Hub> maker) {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        Hub hub = hubs.get(key);
        if (hub == null || hub.isClosed()) {
            hub = maker.get();
            hubs.put(key, hub);
        }
        return hub;
    }

    public Collection<Hub> all() {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        return Collections.unmodifiableCollection(hubs.values());
    }

    void sweep(long now) {
        if (hubs.isEmpty()) {
            return;
        }
        for (Map.Entry<PoolKey, Hub> each : new ArrayList<>(hubs.entrySet())) {
            Hub hub = each.getValue();
            hub.sweep(now);
            if (hub.isIdle()) {
                hub.close(new Refusal.ShuttingDown());
            }
            if (hub.isClosed()) {
                hubs.remove(each.getKey(), hub);
            }
        }
    }
}
