package io.sluice.console;

import io.sluice.console.StatsPeriods.Figures;
import io.sluice.net.Clock;
import io.sluice.pool.Switches.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * SHOW of counters: STATS, STATS_TOTALS, STATS_AVERAGES, TOTALS. Read as they are, no loop asked.
 */
final class StatsShows {
    private final Overview overview;
    private final StatsPeriods periods;
    private final Clock clock;

    StatsShows(Overview overview, StatsPeriods periods, Clock clock) {
        this.overview = overview;
        this.periods = periods;
        this.clock = clock;
    }

    List<Command> commands() {
        return List.of(
                Command.show(
                        "STATS",
                        PgBouncerColumns.STATS,
                        _ -> Command.now(perDatabase(PgBouncerColumns.STATS, true, true))),
                Command.show(
                        "STATS_TOTALS",
                        PgBouncerColumns.STATS_TOTALS,
                        _ -> Command.now(perDatabase(PgBouncerColumns.STATS_TOTALS, true, false))),
                Command.show(
                        "STATS_AVERAGES",
                        PgBouncerColumns.STATS_AVERAGES,
                        _ ->
                                Command.now(
                                        perDatabase(PgBouncerColumns.STATS_AVERAGES, false, true))),
                Command.show("TOTALS", PgBouncerColumns.TOTALS, _ -> Command.now(totals())));
    }

    private Reply perDatabase(List<Table.Column> columns, boolean totals, boolean averages) {
        DatabaseNames names = overview.names();
        Map<String, @Nullable Object[]> sorted = new TreeMap<>();
        all(names)
                .forEach((database, figures) -> {
                    List<@Nullable Object> row = new ArrayList<>(columns.size());
                    String name = names.of(database);
                    row.add(name);
                    if (totals) {
                        addAll(row, figures.totals());
                    }
                    if (averages) {
                        addAll(row, figures.averages());
                    }
                    sorted.put(name + "\0" + database, row.toArray());
                });
        return Command.rows(columns, new ArrayList<>(sorted.values()), List.of());
    }

    /** Those that were never used have a row of zeros, so that none appears only with traffic. */
    private Map<Database, Figures> all(DatabaseNames names) {
        Map<Database, Figures> all = periods.databases(clock.nanos());
        for (Database database : names.all()) {
            all.computeIfAbsent(database, _ -> Figures.none());
        }
        return all;
    }

    private static void addAll(List<@Nullable Object> row, long[] values) {
        for (long value : values) {
            row.add(value);
        }
    }

    private Reply totals() {
        Figures figures = periods.all(clock.nanos());
        List<@Nullable Object[]> rows = new ArrayList<>();
        addNamed(rows, "total_", figures.totals());
        addNamed(rows, "avg_", figures.averages());
        return Command.rows(PgBouncerColumns.TOTALS, rows, List.of());
    }

    private static void addNamed(List<@Nullable Object[]> rows, String prefix, long[] values) {
        for (int i = 0; i < values.length; i++) {
            rows.add(
                    new @Nullable Object[] {
                        prefix + PgBouncerColumns.TOTALS_NAMES.get(i), values[i]
                    });
        }
    }
}
