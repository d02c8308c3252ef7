package io.sluice.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * The {@link Stats} of every database on every loop. They outlive pools and sessions.
 *
 * <p><b>Threads:</b> any; a pool looks its own up once, when it is made.
 */
public final class StatsBook {
    private final Map<Key, Stats> stats = new ConcurrentHashMap<>();

    /** Whose stats: a tenant's database of one protocol, on one loop. */
    public record Key(String protocol, String tenant, String database, int loop) {}

    public Stats of(String protocol, String tenant, String database, int loop) {
        return stats.computeIfAbsent(new Key(protocol, tenant, database, loop), key -> new Stats());
    }

    public void forEach(BiConsumer<Key, Stats> visitor) {
        stats.forEach(visitor);
    }
}
