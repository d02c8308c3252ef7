package io.sluice.http;

import io.prometheus.metrics.model.snapshots.Labels;
import io.sluice.metrics.Counter;
import io.sluice.metrics.Latencies;
import io.sluice.metrics.Stats;
import io.sluice.metrics.StatsBook;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Counters as they are told to Prometheus: those of the busiest tenants by name, those of all
 * others under {@link #OTHER}.
 *
 * <p>Each reading adds to a series what was counted since the last reading, so that no series ever
 * goes back when a tenant gets or loses a name of its own, or changes its tier. Durations are kept
 * by tier only.
 *
 * <p><b>Threads:</b> confined to one, or guarded by its user.
 */
@SuppressWarnings("EnumOrdinal") // indexes of arrays of this process, stored nowhere
final class Tallies {
    /** The tenant label of everybody without one of their own. */
    static final String OTHER = "other";

    private static final Counter[] COUNTERS = Counter.values();

    private final int named;
    private final Map<StatsBook.Key, long[]> lastRead = new HashMap<>();
    private final Map<Series, long[]> counters = new TreeMap<>();
    private final Map<Group, Durations> durations = new TreeMap<>();
    private final Map<String, Long> traffic = new HashMap<>();
    private Set<String> busiest = new HashSet<>();

    /** Whose counters. */
    record Series(String protocol, String tier, String tenant) implements Comparable<Series> {
        Labels labels() {
            return Labels.of("protocol", protocol, "tier", tier, "tenant", tenant);
        }

        @Override
        public int compareTo(Series other) {
            return toString().compareTo(other.toString());
        }
    }

    /** Whose durations. */
    record Group(String protocol, String tier) implements Comparable<Group> {
        @Override
        public int compareTo(Group other) {
            return toString().compareTo(other.toString());
        }
    }

    /**
     * Histograms of a group: counts by bucket, the last beyond all bounds; then the nanoseconds.
     */
    static final class Durations {
        final long[] queries;
        final long[] acquires;

        private Durations(int cells) {
            queries = new long[cells];
            acquires = new long[cells];
        }
    }

    /**
     * @param named how many tenants have series of their own
     */
    Tallies(int named) {
        this.named = named;
    }

    /**
     * Adds what was counted since the last reading. While names are left, who has traffic gets one
     * before that is added, so that all of it is told by name.
     */
    void read(StatsBook book, Function<String, String> tierOf) {
        Map<StatsBook.Key, long[]> increments = new LinkedHashMap<>();
        book.forEach((key, stats) -> {
            long[] cells = cellsOf(stats);
            long[] last = lastRead.put(key, cells);
            long[] increment = cells.clone();
            for (int i = 0; last != null && i < cells.length; i++) {
                increment[i] -= last[i];
            }
            increments.put(key, increment);
            traffic.merge(key.tenant(), increment[Counter.QUERIES.ordinal()], Long::sum);
        });
        nameMore();
        increments.forEach((key, increment) -> add(key, increment, tierOf.apply(key.tenant())));
    }

    private void add(StatsBook.Key key, long[] increment, String tier) {
        long[] sums =
                counters.computeIfAbsent(
                        new Series(key.protocol(), tier, labelOf(key.tenant())),
                        _ -> new long[COUNTERS.length]);
        for (int i = 0; i < sums.length; i++) {
            sums[i] += increment[i];
        }
        int cells = (increment.length - COUNTERS.length) / 2;
        Durations sum =
                durations.computeIfAbsent(
                        new Group(key.protocol(), tier), _ -> new Durations(cells));
        for (int i = 0; i < cells; i++) {
            sum.queries[i] += increment[COUNTERS.length + i];
            sum.acquires[i] += increment[COUNTERS.length + cells + i];
        }
    }

    private static long[] cellsOf(Stats stats) {
        int cells = stats.queries().buckets() + 1;
        long[] all = new long[COUNTERS.length + 2 * cells];
        for (Counter counter : COUNTERS) {
            all[counter.ordinal()] = stats.get(counter);
        }
        copy(stats.queries(), all, COUNTERS.length);
        copy(stats.acquires(), all, COUNTERS.length + cells);
        return all;
    }

    private static void copy(Latencies from, long[] to, int at) {
        for (int i = 0; i < from.buckets(); i++) {
            to[at + i] = from.inBucket(i);
        }
        to[at + from.buckets()] = from.sumNanos();
    }

    /**
     * Chooses anew which tenants have series of their own. Earlier traffic counts half, and half
     * again at each choice; who has a name keeps it against one that is hardly busier.
     */
    void choose() {
        List<String> ranked =
                traffic.entrySet().stream()
                        .filter(entry -> entry.getValue() > 0)
                        .sorted((a, b) -> Long.compare(weight(b), weight(a)))
                        .limit(named)
                        .map(Map.Entry::getKey)
                        .toList();
        busiest = new HashSet<>(ranked);
        traffic.replaceAll((_, queries) -> queries / 2);
        traffic.values().removeIf(queries -> queries == 0);
    }

    private void nameMore() {
        if (busiest.size() < named) {
            traffic.entrySet().stream()
                    .filter(entry -> entry.getValue() > 0 && !busiest.contains(entry.getKey()))
                    .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
                    .limit(named - busiest.size())
                    .map(Map.Entry::getKey)
                    .toList()
                    .forEach(busiest::add);
        }
    }

    private long weight(Map.Entry<String, Long> entry) {
        return busiest.contains(entry.getKey()) ? 2 * entry.getValue() : entry.getValue();
    }

    /** The label that a tenant's series have at present. */
    String labelOf(String tenant) {
        return busiest.contains(tenant) ? tenant : OTHER;
    }

    /** Sums by the order of {@link Counter}. */
    Map<Series, long[]> counters() {
        return counters;
    }

    Map<Group, Durations> durations() {
        return durations;
    }
}
