package io.sluice.console;

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

    StatsShows(Overview overview, StatsPeriods periods) {
        this.overview = overview;
        this.periods = periods;
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
        allTotals()
                .forEach((database, sums) -> {
                    List<@Nullable Object> row = new ArrayList<>(columns.size());
                    String name = names.of(database);
                    row.add(name);
                    if (totals) {
                        addAll(row, sums);
                    }
                    if (averages) {
                        addAll(row, periods.averages(database));
                    }
                    sorted.put(name + "\0" + database, row.toArray());
                });
        return Command.rows(columns, new ArrayList<>(sorted.values()), List.of());
    }

    /** Those that were never used have a row of zeros, as in PgBouncer. */
    private Map<Database, long[]> allTotals() {
        Map<Database, long[]> totals = periods.totals();
        for (Database database : overview.names().all()) {
            totals.putIfAbsent(database, new long[StatsPeriods.figures()]);
        }
        return totals;
    }

    private static void addAll(List<@Nullable Object> row, long[] values) {
        for (long value : values) {
            row.add(value);
        }
    }

    private Reply totals() {
        long[] totals = new long[StatsPeriods.figures()];
        long[] averages = new long[StatsPeriods.figures()];
        periods.totals()
                .forEach((database, sums) -> {
                    long[] average = periods.averages(database);
                    for (int i = 0; i < totals.length; i++) {
                        totals[i] += sums[i];
                        averages[i] += average[i];
                    }
                });
        List<@Nullable Object[]> rows = new ArrayList<>();
        addNamed(rows, "total_", totals);
        addNamed(rows, "avg_", averages);
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
