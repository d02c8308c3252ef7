package io.sluice.console;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.sluice.config.ConfigView;
import io.sluice.config.ConfigView.Row;
import io.sluice.config.SluiceConfig;
import io.sluice.net.Loop;
import io.sluice.spi.Lifecycle;
import io.sluice.spi.Lifecycle.Shutdown;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * SHOW of the process itself: VERSION, CONFIG, STATE, MEM, LOOPS; and what there is none of here:
 * peers, a DNS cache.
 */
final class ProcessShows {
    private static final List<Table.Column> LOOPS =
            Columns.of(
                    "issiiiiq",
                    "loop",
                    "thread",
                    "state",
                    "sessions",
                    "pools",
                    "servers",
                    "cl_waiting",
                    "answer_us");

    /** The unit that SHOW MEM counts in: its columns are too narrow for bytes. */
    private static final int KIB = 1024;

    private final Overview overview;
    private final Lifecycle lifecycle;
    private final String version;
    private final Supplier<ConfigView> settings;

    ProcessShows(
            Overview overview, Lifecycle lifecycle, String version, Supplier<ConfigView> settings) {
        this.overview = overview;
        this.lifecycle = lifecycle;
        this.version = version;
        this.settings = settings;
    }

    List<Command> commands() {
        return List.of(
                Command.show(
                        "VERSION", PgBouncerColumns.VERSION_COLUMNS, _ -> Command.now(version())),
                Command.show("CONFIG", PgBouncerColumns.CONFIG, _ -> Command.now(config())),
                Command.show("STATE", PgBouncerColumns.STATE, _ -> Command.now(state())),
                Command.show("MEM", PgBouncerColumns.MEM, _ -> Command.now(memory())),
                Command.show("LOOPS", LOOPS, _ -> loops()),
                empty("PEERS", PgBouncerColumns.PEERS),
                empty("PEER_POOLS", PgBouncerColumns.PEER_POOLS),
                empty("DNS_HOSTS", PgBouncerColumns.DNS_HOSTS),
                empty("DNS_ZONES", PgBouncerColumns.DNS_ZONES));
    }

    private static Command empty(String topic, List<Table.Column> columns) {
        return Command.show(
                topic, columns, _ -> Command.now(Command.rows(columns, List.of(), List.of())));
    }

    private Reply version() {
        // Tools read the version behind the first word, so what we are comes after it.
        String text = "PgBouncer %s (Sluice %s)".formatted(PgBouncerColumns.VERSION, version);
        return Command.rows(
                PgBouncerColumns.VERSION_COLUMNS,
                List.<@Nullable Object[]>of(new @Nullable Object[] {text}),
                List.of());
    }

    // ---- CONFIG

    private Reply config() {
        Map<String, Row> sorted = new TreeMap<>();
        aliases(overview.config()).forEach(alias -> sorted.put(alias.key(), alias));
        settings.get().rows().forEach(setting -> sorted.put(setting.key(), setting));
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (Row setting : sorted.values()) {
            rows.add(
                    new @Nullable Object[] {
                        setting.key(),
                        setting.value(),
                        setting.defaultValue(),
                        setting.changeable() ? "yes" : "no"
                    });
        }
        return Command.rows(PgBouncerColumns.CONFIG, rows, List.of());
    }

    /** What tools look for under PgBouncer's names. */
    private static List<Row> aliases(SluiceConfig config) {
        InetSocketAddress listener =
                config.listeners().values().stream()
                        .flatMap(List::stream)
                        .map(each -> each.address())
                        .filter(InetSocketAddress.class::isInstance)
                        .map(InetSocketAddress.class::cast)
                        .findFirst()
                        .orElse(null);
        return List.of(
                alias("listen_addr", listener == null ? "" : listener.getHostString(), false),
                alias("listen_port", listener == null ? "0" : "" + listener.getPort(), false),
                alias("max_client_conn", "" + config.limits().maxClients(), true),
                // Caps of users and databases are their own, see SHOW USERS and SHOW DATABASES.
                alias("max_db_connections", "0", true),
                alias("max_user_connections", "0", true),
                alias("stats_period", "" + CommandConsole.STATS_PERIOD.toSeconds(), false));
    }

    private static Row alias(String key, String value, boolean changeable) {
        return new Row(key, value, "", changeable);
    }

    // ---- STATE, MEM

    private Reply state() {
        // As in PgBouncer, where a shutdown that waits for servers is a PAUSE.
        boolean paused =
                overview.proxy().switches().isAllPaused()
                        || lifecycle.shutdownUnderWay() == Shutdown.WAIT_FOR_SERVERS;
        return Command.rows(
                PgBouncerColumns.STATE,
                List.of(
                        new @Nullable Object[] {"active", paused ? "no" : "yes"},
                        new @Nullable Object[] {"paused", paused ? "yes" : "no"},
                        new @Nullable Object[] {"suspended", "no"}),
                List.of());
    }

    private static Reply memory() {
        var beans = ManagementFactory.getMemoryMXBean();
        long direct = 0;
        long onHeap = 0;
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator) {
            direct = allocator.metric().usedDirectMemory();
            onHeap = allocator.metric().usedHeapMemory();
        }
        return Command.rows(
                PgBouncerColumns.MEM,
                List.of(
                        memory("heap", beans.getHeapMemoryUsage()),
                        memory("non_heap", beans.getNonHeapMemoryUsage()),
                        memory("netty_direct", direct, direct),
                        memory("netty_heap", onHeap, onHeap)),
                List.of());
    }

    private static @Nullable Object[] memory(String name, MemoryUsage usage) {
        return memory(name, usage.getUsed(), usage.getCommitted());
    }

    private static @Nullable Object[] memory(String name, long used, long total) {
        return new @Nullable Object[] {
            name, KIB, narrow(used / KIB), narrow((total - used) / KIB), narrow(total)
        };
    }

    private static int narrow(long value) {
        return (int) Math.min(value, Integer.MAX_VALUE);
    }

    // ---- LOOPS

    private record LoopFigures(
            int index,
            String thread,
            int sessions,
            int pools,
            int servers,
            int waiting,
            long answerNanos) {}

    private CompletableFuture<Reply> loops() {
        long asked = System.nanoTime();
        return overview.survey()
                .askOne(loop -> figures(loop, asked))
                .thenApply(found -> {
                    List<@Nullable Object[]> rows = new ArrayList<>();
                    for (Loop loop : overview.proxy().loops()) {
                        rows.add(
                                found.rows().stream()
                                        .filter(figures -> figures.index() == loop.index())
                                        .findFirst()
                                        .map(ProcessShows::answering)
                                        .orElseGet(() -> silent(loop)));
                    }
                    return Command.rows(LOOPS, rows, List.of());
                });
    }

    private LoopFigures figures(Loop loop, long asked) {
        var pools = overview.proxy().pools(loop).all();
        return new LoopFigures(
                loop.index(),
                Thread.currentThread().getName(),
                overview.proxy().sessions(loop).size(),
                pools.size(),
                pools.stream().mapToInt(pool -> pool.connections().size()).sum(),
                pools.stream().mapToInt(pool -> pool.waiting()).sum(),
                System.nanoTime() - asked);
    }

    private static @Nullable Object[] answering(LoopFigures figures) {
        return new @Nullable Object[] {
            figures.index(),
            figures.thread(),
            "active",
            figures.sessions(),
            figures.pools(),
            figures.servers(),
            figures.waiting(),
            TimeUnit.NANOSECONDS.toMicros(figures.answerNanos())
        };
    }

    private static @Nullable Object[] silent(Loop loop) {
        return new @Nullable Object[] {loop.index(), null, "silent", null, null, null, null, null};
    }
}
