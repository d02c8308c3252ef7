package io.sluice.http;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import io.sluice.metrics.KindBook;
import io.sluice.metrics.KindCounts.Sums;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * How commands went, of the protocols that tell them apart; over all tenants, whose commands SHOW
 * COMMANDS tells.
 */
final class KindSeries {
    private final Map<Kind, Sums> sums = new TreeMap<>();

    private record Kind(String protocol, String name) implements Comparable<Kind> {
        @Override
        public int compareTo(Kind other) {
            int byProtocol = protocol.compareTo(other.protocol);
            return byProtocol != 0 ? byProtocol : name.compareTo(other.name);
        }
    }

    KindSeries(KindBook book) {
        book.forEach((key, counts) -> {
            List<String> names = book.names(key.protocol());
            for (int i = 0; i < counts.kinds(); i++) {
                if (counts.isUsed(i)) {
                    Kind kind = new Kind(key.protocol(), names.get(i));
                    counts.addTo(i, sums.computeIfAbsent(kind, _ -> new Sums()));
                }
            }
        });
    }

    /** Adds all of them to {@code all}. */
    void add(List<MetricSnapshot> all) {
        all.add(counter("sluice_commands", "Commands that a server answered.", Sums::calls));
        all.add(counter("sluice_command_errors", "Commands that ended in an error.", Sums::errors));
        all.add(
                counter(
                        "sluice_command_timeouts",
                        "Commands that ran into a timeout.",
                        Sums::timeouts));
        all.add(
                counter(
                        CounterSnapshot.builder()
                                .name("sluice_command_seconds")
                                .help("Time in commands, from sent to answered.")
                                .unit(Unit.SECONDS),
                        Sums::nanos,
                        1e9));
    }

    private CounterSnapshot counter(String name, String help, ToLongFunction<Sums> figure) {
        return counter(CounterSnapshot.builder().name(name).help(help), figure, 1);
    }

    private CounterSnapshot counter(
            CounterSnapshot.Builder builder, ToLongFunction<Sums> figure, double divisor) {
        sums.forEach((kind, sum) ->
                builder.dataPoint(
                        CounterSnapshot.CounterDataPointSnapshot.builder()
                                .labels(
                                        Labels.of(
                                                "protocol",
                                                kind.protocol(),
                                                "command",
                                                kind.name()))
                                .value(figure.applyAsLong(sum) / divisor)
                                .build()));
        return builder.build();
    }
}
