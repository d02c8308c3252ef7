package io.sluice.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * The {@link KindCounts} of every tenant on every loop, of the protocols that tell kinds apart.
 * They outlive pools and sessions.
 *
 * <p><b>Threads:</b> any; who counts looks its own up once.
 */
public final class KindBook {
    private final Map<String, List<String>> names = new ConcurrentHashMap<>();
    private final Map<Key, KindCounts> counts = new ConcurrentHashMap<>();

    /** Whose counts: a tenant's of one protocol, on one loop. */
    public record Key(String protocol, String tenant, int loop) {}

    /**
     * Makes the kinds of a protocol known, once, when it begins to serve.
     *
     * @param ofKinds by the kinds' numbers; the last is also that of all higher numbers
     */
    public void know(String protocol, List<String> ofKinds) {
        names.put(protocol, List.copyOf(ofKinds));
    }

    /** What a protocol calls its kinds, by their numbers; empty if it has none. */
    public List<String> names(String protocol) {
        return names.getOrDefault(protocol, List.of());
    }

    /** Those of a protocol that has made its kinds known. */
    public KindCounts of(String protocol, String tenant, int loop) {
        return counts.computeIfAbsent(
                new Key(protocol, tenant, loop), key -> new KindCounts(names(protocol).size()));
    }

    public void forEach(BiConsumer<Key, KindCounts> visitor) {
        counts.forEach(visitor);
    }
}
