package io.sluice.http;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import io.sluice.metrics.Counter;
import io.sluice.metrics.PinCounts;
import java.util.List;
import java.util.Map;

/** What was counted since the process began. */
final class CounterSeries {
    private static final Map<String, Counter> ERRORS =
            Map.of(
                    "client", Counter.CLIENT_ERRORS,
                    "backend", Counter.BACKEND_ERRORS,
                    "timeout", Counter.TIMEOUTS,
                    "abandoned", Counter.ABANDONED,
                    "refused", Counter.REFUSALS);

    private static final Map<String, Counter> OPERATIONS =
            Map.of(
                    "other", Counter.OTHER_QUERIES,
                    "simple-read", Counter.SIMPLE_READS,
                    "write", Counter.WRITES,
                    "complex-read", Counter.COMPLEX_READS,
                    "aggregation", Counter.AGGREGATIONS,
                    "batch", Counter.BATCHES,
                    "analytics", Counter.ANALYTICS);

    private final Tallies tallies;
    private final PinCounts pins;

    CounterSeries(Tallies tallies, PinCounts pins) {
        this.tallies = tallies;
        this.pins = pins;
    }

    /** Adds all of them to {@code all}. */
    void add(List<MetricSnapshot> all) {
        all.add(counter("db_queries", "Operations that a server answered.", Counter.QUERIES));
        all.add(
                kinds(
                        "sluice_operations_by_class",
                        "Operations that a server answered, by what kind of work their words are.",
                        "class",
                        OPERATIONS));
        all.add(
                kinds(
                        "db_errors",
                        "Operations that did not end well, by whose doing it was.",
                        "reason",
                        ERRORS));
        all.add(counter("sluice_transactions", "Transactions ended.", Counter.TRANSACTIONS));
        all.add(counter("sluice_leases", "Leases of server connections.", Counter.ASSIGNMENTS));
        all.add(counter("sluice_logins", "Sessions that logged in.", Counter.LOGINS));
        all.add(
                counter(
                        "sluice_pins",
                        "Times that a session was pinned to its server connection.",
                        Counter.PINS));
        all.add(pinReasons());
        all.add(counter("sluice_cancels", "Cancel requests sent to servers.", Counter.CANCELS));
        all.add(counter("sluice_server_connects", "Server connections opened.", Counter.CONNECTS));
        all.add(
                counter(
                        "sluice_server_connect_failures",
                        "Connects and logins at servers that failed.",
                        Counter.CONNECT_FAILURES));
        all.add(
                counter(
                        "sluice_client_parses",
                        "Statements that clients prepared.",
                        Counter.CLIENT_PARSES));
        all.add(
                counter(
                        "sluice_server_parses",
                        "Statements that were prepared on servers.",
                        Counter.SERVER_PARSES));
        all.add(counter("sluice_binds", "Prepared statements executed.", Counter.BINDS));
        all.add(bytes("sluice_received_bytes", "Bytes from clients.", Counter.RECEIVED));
        all.add(bytes("sluice_sent_bytes", "Bytes to clients.", Counter.SENT));
        all.add(
                seconds(
                        "sluice_transaction_seconds",
                        "Time in transactions.",
                        Counter.TRANSACTION_NANOS));
        all.add(
                seconds(
                        "sluice_wait_seconds",
                        "Time that sessions waited for a server connection that they got.",
                        Counter.WAIT_NANOS));
        all.add(
                counter(
                        "sluice_lost_pops",
                        "Blocking commands that took something out for a client who had gone.",
                        Counter.LOST_POPS));
        addFanOut(all);
    }

    private void addFanOut(List<MetricSnapshot> all) {
        all.add(
                counter(
                        "sluice_messages",
                        "Messages that came for subscribers, each once however many they are.",
                        Counter.MESSAGES));
        all.add(counter("sluice_deliveries", "Messages given to subscribers.", Counter.DELIVERIES));
        all.add(
                counter(
                        "sluice_unwanted_messages",
                        "Messages that came when their last subscriber had gone.",
                        Counter.UNWANTED_MESSAGES));
        all.add(
                counter(
                        "sluice_slow_subscribers",
                        "Subscribers dropped because they did not read what they were sent.",
                        Counter.SLOW_SUBSCRIBERS));
        all.add(
                counter(
                        "sluice_subscription_losses",
                        "Times that the connection which subscribes for all was lost.",
                        Counter.SUBSCRIPTION_LOSSES));
        all.add(
                counter(
                        "sluice_interruptions",
                        "Topics with subscribers that were lost with it.",
                        Counter.INTERRUPTIONS));
        all.add(
                counter(
                        "sluice_resubscriptions",
                        "Such topics that were subscribed to again.",
                        Counter.RESUBSCRIPTIONS));
        all.add(
                seconds(
                        "sluice_interrupted_seconds",
                        "Time that those were interrupted.",
                        Counter.INTERRUPTED_NANOS));
    }

    private CounterSnapshot pinReasons() {
        CounterSnapshot.Builder reasons =
                CounterSnapshot.builder()
                        .name("sluice_pins_by_reason")
                        .help("Reasons for which sessions were pinned, also those of pinned ones.");
        pins.forEach((reason, count) ->
                reasons.dataPoint(
                        CounterSnapshot.CounterDataPointSnapshot.builder()
                                .labels(
                                        Labels.of(
                                                "protocol",
                                                reason.protocol(),
                                                "reason",
                                                reason.word()))
                                .value((double) count)
                                .build()));
        return reasons.build();
    }

    private CounterSnapshot counter(String name, String help, Counter counter) {
        return counter(CounterSnapshot.builder().name(name).help(help), counter, 1);
    }

    private CounterSnapshot bytes(String name, String help, Counter counter) {
        return counter(
                CounterSnapshot.builder().name(name).help(help).unit(Unit.BYTES), counter, 1);
    }

    private CounterSnapshot seconds(String name, String help, Counter counter) {
        return counter(
                CounterSnapshot.builder().name(name).help(help).unit(Unit.SECONDS), counter, 1e9);
    }

    @SuppressWarnings("EnumOrdinal") // the order in which the tallies are kept
    private CounterSnapshot counter(
            CounterSnapshot.Builder builder, Counter counter, double divisor) {
        tallies.counters()
                .forEach((series, sums) ->
                        builder.dataPoint(
                                CounterSnapshot.CounterDataPointSnapshot.builder()
                                        .labels(series.labels())
                                        .value(sums[counter.ordinal()] / divisor)
                                        .build()));
        return builder.build();
    }

    /** One counter with a series for each kind that it is made of. */
    @SuppressWarnings("EnumOrdinal") // the order in which the tallies are kept
    private CounterSnapshot kinds(
            String name, String help, String label, Map<String, Counter> kinds) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        tallies.counters()
                .forEach((series, sums) ->
                        kinds.forEach((kind, part) ->
                                counter.dataPoint(
                                        CounterSnapshot.CounterDataPointSnapshot.builder()
                                                .labels(series.labels().add(label, kind))
                                                .value((double) sums[part.ordinal()])
                                                .build())));
        return counter.build();
    }
}
