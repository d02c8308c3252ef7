package io.sluice.http;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import io.sluice.config.TenantConfig;
import io.sluice.console.CommandConsole;
import io.sluice.console.PoolFigures;
import io.sluice.console.Survey.Found;
import io.sluice.metrics.Latencies;
import io.sluice.net.Loop;
import io.sluice.spi.Proxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The page that Prometheus scrapes: {@link PoolGauges}, {@link CounterSeries}, {@link KindSeries},
 * and what stands here.
 *
 * <p>Gauges are asked of the loops at each scrape, counters are read where loops keep them. Tenants
 * are a label for the {@link #NAMED_TENANTS} busiest only; for the others there is SHOW TENANTS.
 *
 * <p><b>Threads:</b> any may ask; pages are put together one at a time, on the console's thread.
 */
final class MetricsPage implements AutoCloseable {
    private static final Logger LOG = LogManager.getLogger(MetricsPage.class);
    private static final int NAMED_TENANTS = 50;
    private static final Duration CHOOSE_INTERVAL = Duration.ofMinutes(1);
    private static final String NO_TIER = "none";
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final String OPEN_METRICS_TYPE = OPEN_METRICS + "; version=1.0.0; charset=utf-8";
    private static final String TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Proxy proxy;
    private final CommandConsole console;
    private final String version;
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collector = new JvmGcMetrics();

    /** Guarded by this object, as what follows is. */
    private final Tallies tallies = new Tallies(NAMED_TENANTS);

    private Found<PoolFigures> surveyed = new Found<>(List.of(), List.of());
    private long chosenAt = System.nanoTime();

    MetricsPage(Proxy proxy, CommandConsole console, String version) {
        this.proxy = proxy;
        this.console = console;
        this.version = version;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator) {
            new NettyAllocatorMetrics(allocator).bindTo(registry);
        }
        collector.bindTo(registry);
        registry.getPrometheusRegistry().register((MultiCollector) this::collect);
    }

    /**
     * Makes a page.
     *
     * @param accept the Accept header; OpenMetrics is understood, everything else gets Prometheus'
     *     text format
     */
    CompletableFuture<Page> page(String accept) {
        return console.pools().thenApply(found -> page(accept, found));
    }

    private synchronized Page page(String accept, Found<PoolFigures> found) {
        readCounters();
        surveyed = found;
        String type = accept.contains(OPEN_METRICS) ? OPEN_METRICS_TYPE : TEXT_TYPE;
        return new Page(HttpResponseStatus.OK, type, registry.scrape(type));
    }

    /** Called by the registry within a scrape, with this object's lock held. */
    private MetricSnapshots collect() {
        List<MetricSnapshot> all = new ArrayList<>();
        PoolGauges.add(all, surveyed.rows(), tallies, this::tierOf);
        new CounterSeries(tallies, proxy.pinCounts()).add(all);
        new KindSeries(proxy.kinds()).add(all);
        addDurations(all);
        addUnread(all);
        addProcess(all, surveyed.silent());
        return new MetricSnapshots(all);
    }

    private void readCounters() {
        tallies.read(proxy.stats(), this::tierOf);
        long now = System.nanoTime();
        if (now - chosenAt >= CHOOSE_INTERVAL.toNanos()) {
            tallies.choose();
            chosenAt = now;
        }
    }

    private String tierOf(String tenant) {
        TenantConfig config = proxy.config().tenants().get(tenant);
        return config == null ? NO_TIER : config.tier().name();
    }

    // ---- histograms

    private void addDurations(List<MetricSnapshot> all) {
        HistogramSnapshot.Builder queries =
                HistogramSnapshot.builder()
                        .name("db_query_duration_seconds")
                        .unit(Unit.SECONDS)
                        .help("Operations, from sent to answered.");
        HistogramSnapshot.Builder acquires =
                HistogramSnapshot.builder()
                        .name("db_connection_acquire_duration_seconds")
                        .unit(Unit.SECONDS)
                        .help("Waits for a server connection; zero where one was free.");
        tallies.durations()
                .forEach((group, durations) -> {
                    Labels labels = Labels.of("protocol", group.protocol(), "tier", group.tier());
                    queries.dataPoint(histogram(labels, durations.queries));
                    acquires.dataPoint(histogram(labels, durations.acquires));
                });
        all.add(queries.build());
        all.add(acquires.build());
    }

    private static HistogramSnapshot.HistogramDataPointSnapshot histogram(
            Labels labels, long[] cells) {
        double[] finite = Latencies.boundsSeconds();
        double[] bounds = Arrays.copyOf(finite, finite.length + 1);
        bounds[finite.length] = Double.POSITIVE_INFINITY;
        return HistogramSnapshot.HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(
                        ClassicHistogramBuckets.of(bounds, Arrays.copyOf(cells, bounds.length)))
                .sum(cells[bounds.length] / 1e9)
                .labels(labels)
                .build();
    }

    private void addUnread(List<MetricSnapshot> all) {
        GaugeSnapshot.Builder unread =
                GaugeSnapshot.builder()
                        .name("sluice_unread_bytes")
                        .unit(Unit.BYTES)
                        .help("Memory of answers that slow clients have not read yet.");
        proxy.unread()
                .forEach((protocol, bytes) ->
                        unread.dataPoint(
                                GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                        .labels(Labels.of("protocol", protocol))
                                        .value((double) bytes)
                                        .build()));
        all.add(unread.build());
    }

    // ---- the process

    private void addProcess(List<MetricSnapshot> all, List<Loop> silent) {
        all.add(
                InfoSnapshot.builder()
                        .name("sluice_build")
                        .help("Which Sluice this is.")
                        .dataPoint(
                                InfoSnapshot.InfoDataPointSnapshot.builder()
                                        .labels(Labels.of("version", version))
                                        .build())
                        .build());
        addResidentMemory(all);
        all.add(
                single(
                        "sluice_clients",
                        "Clients that are logged in.",
                        proxy.admission().clients()));
        all.add(
                single(
                        "sluice_clients_limit",
                        "Clients that may be logged in at once.",
                        proxy.config().limits().maxClients()));
        all.add(
                single(
                        "sluice_unauthenticated_clients",
                        "Connections that are not logged in yet.",
                        proxy.admission().unauthenticated()));
        all.add(
                count(
                        "sluice_failed_logins",
                        "Logins with a wrong name or password.",
                        proxy.failedLogins().total()));
        all.add(
                count(
                        "sluice_refused_logins",
                        "Logins refused because too many had failed before.",
                        proxy.failedLogins().refused()));
        all.add(
                single(
                        "sluice_draining",
                        "1 while the process is on its way down.",
                        proxy.isDraining() ? 1 : 0));
        all.add(
                single(
                        "sluice_paused",
                        "1 while PAUSE of everything is in force.",
                        proxy.switches().isAllPaused() ? 1 : 0));
        GaugeSnapshot.Builder up =
                GaugeSnapshot.builder()
                        .name("sluice_loop_up")
                        .help("1 while an event loop answers.");
        GaugeSnapshot.Builder sessions =
                GaugeSnapshot.builder()
                        .name("sluice_loop_sessions")
                        .help("Sessions at home on an event loop.");
        for (Loop loop : proxy.loops()) {
            Labels labels = Labels.of("loop", Integer.toString(loop.index()));
            up.dataPoint(
                    GaugeSnapshot.GaugeDataPointSnapshot.builder()
                            .labels(labels)
                            .value(silent.contains(loop) ? 0 : 1)
                            .build());
            sessions.dataPoint(
                    GaugeSnapshot.GaugeDataPointSnapshot.builder()
                            .labels(labels)
                            .value(proxy.homes().sessionsOn(loop))
                            .build());
        }
        all.add(up.build());
        all.add(sessions.build());
    }

    private static void addResidentMemory(List<MetricSnapshot> all) {
        try {
            ResidentMemory.bytes()
                    .ifPresent(bytes ->
                            all.add(
                                    single(
                                            "process_resident_memory_bytes",
                                            "Memory of the machine that the process takes.",
                                            (double) bytes)));
        } catch (IOException e) {
            LOG.debug("metrics: how much memory the process takes cannot be read", e);
        }
    }

    private static CounterSnapshot count(String name, String help, long value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(
                        CounterSnapshot.CounterDataPointSnapshot.builder()
                                .value((double) value)
                                .build())
                .build();
    }

    private static GaugeSnapshot single(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).build())
                .build();
    }

    @Override
    public void close() {
        collector.close();
        registry.close();
    }
}
