package io.sluice.http;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.sluice.console.PoolFigures;
import io.sluice.http.Tallies.Series;
import io.sluice.pool.Lane;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** How pools stand at present, summed up by tenant, and by lane. */
final class PoolGauges {
    private PoolGauges() {}

    /** Adds all of {@code pools} to {@code all}. */
    static void add(
            List<MetricSnapshot> all,
            List<PoolFigures> pools,
            Tallies tallies,
            Function<String, String> tierOf) {
        Map<Series, List<PoolFigures>> bySeries = new TreeMap<>();
        for (PoolFigures pool : pools) {
            String tenant = pool.key().tenant();
            bySeries.computeIfAbsent(
                            new Series(
                                    pool.key().protocol(),
                                    tierOf.apply(tenant),
                                    tallies.labelOf(tenant)),
                            _ -> new ArrayList<>())
                    .add(pool);
        }
        all.add(
                gauge(
                        "db_active_connections",
                        "Server connections that sessions use.",
                        bySeries,
                        PoolFigures::active));
        all.add(
                gauge(
                        "db_pool_size",
                        "Server connections that are open, in whatever state.",
                        bySeries,
                        PoolFigures::connections));
        all.add(
                gauge(
                        "db_queue_depth",
                        "Sessions that wait for a server connection.",
                        bySeries,
                        PoolFigures::waiting));
        all.add(
                gauge(
                        "sluice_pool_max_connections",
                        "Server connections that the pools in use may open, without reserves.",
                        bySeries,
                        PoolFigures::max));
        all.add(
                gauge(
                        "sluice_pool_idle_connections",
                        "Server connections that nobody uses.",
                        bySeries,
                        PoolFigures::idle));
        all.add(
                gauge(
                        "sluice_sessions",
                        "Clients that are logged in.",
                        bySeries,
                        PoolFigures::sessions));
        all.add(
                byLane(
                        "sluice_lane_connections",
                        "Server connections that are open, by what they are for.",
                        bySeries,
                        PoolFigures::connections));
        all.add(
                byLane(
                        "sluice_lane_open_requests",
                        "Requests that servers have not answered yet.",
                        bySeries,
                        PoolFigures::openSlots));
        all.add(
                byLane(
                        "sluice_lane_queue_depth",
                        "Sessions that wait for a server connection, or for room on one.",
                        bySeries,
                        PoolFigures::waiting));
    }

    private static GaugeSnapshot gauge(
            String name,
            String help,
            Map<Series, List<PoolFigures>> bySeries,
            ToLongFunction<PoolFigures> figure) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        bySeries.forEach((series, pools) ->
                gauge.dataPoint(
                        GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                .labels(series.labels())
                                .value((double) pools.stream().mapToLong(figure).sum())
                                .build()));
        return gauge.build();
    }

    /** As {@link #gauge}, with a series for each lane that there is. */
    private static GaugeSnapshot byLane(
            String name,
            String help,
            Map<Series, List<PoolFigures>> bySeries,
            ToLongFunction<PoolFigures> figure) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        bySeries.forEach((series, pools) -> {
            Map<Lane, Long> byLane = new EnumMap<>(Lane.class);
            for (PoolFigures pool : pools) {
                byLane.merge(pool.key().lane(), figure.applyAsLong(pool), Long::sum);
            }
            byLane.forEach((lane, sum) ->
                    gauge.dataPoint(
                            GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                    .labels(series.labels().add("lane", lane.word()))
                                    .value((double) sum)
                                    .build()));
        });
        return gauge.build();
    }
}
