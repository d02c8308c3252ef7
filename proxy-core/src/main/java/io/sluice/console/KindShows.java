package io.sluice.console;

import io.sluice.metrics.KindCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * SHOW COMMANDS: how each tenant's commands have gone since the process began. No loop is asked.
 */
final class KindShows {
    private static final List<Table.Column> COMMANDS =
            Columns.of(
                    "sssqqqqqqqqq",
                    "protocol",
                    "tenant",
                    "command",
                    "calls",
                    "errors",
                    "timeouts",
                    "p50_us",
                    "p99_us",
                    "max_us",
                    "total_us",
                    "received",
                    "sent");

    private final Overview overview;

    KindShows(Overview overview) {
        this.overview = overview;
    }

    List<Command> commands() {
        return List.of(Command.show("COMMANDS", COMMANDS, _ -> Command.now(shownCommands())));
    }

    private record Kind(String protocol, String tenant, String name) implements Comparable<Kind> {
        @Override
        public int compareTo(Kind other) {
            int byProtocol = protocol.compareTo(other.protocol);
            int byTenant = byProtocol != 0 ? byProtocol : tenant.compareTo(other.tenant);
            return byTenant != 0 ? byTenant : name.compareTo(other.name);
        }
    }

    private Reply shownCommands() {
        var book = overview.proxy().kinds();
        Map<Kind, KindCounts.Sums> sums = new TreeMap<>();
        book.forEach((key, counts) -> {
            List<String> names = book.names(key.protocol());
            for (int i = 0; i < counts.kinds(); i++) {
                if (counts.isUsed(i)) {
                    Kind kind = new Kind(key.protocol(), key.tenant(), names.get(i));
                    counts.addTo(i, sums.computeIfAbsent(kind, _ -> new KindCounts.Sums()));
                }
            }
        });
        List<@Nullable Object[]> rows = new ArrayList<>(sums.size());
        sums.forEach((kind, sum) -> rows.add(row(kind, sum)));
        return Command.rows(COMMANDS, rows, List.of());
    }

    private static @Nullable Object[] row(Kind kind, KindCounts.Sums sum) {
        return new @Nullable Object[] {
            kind.protocol(),
            kind.tenant(),
            kind.name(),
            sum.calls(),
            sum.errors(),
            sum.timeouts(),
            sum.quantileMicros(50),
            sum.quantileMicros(99),
            TimeUnit.NANOSECONDS.toMicros(sum.mostNanos()),
            TimeUnit.NANOSECONDS.toMicros(sum.nanos()),
            sum.bytesIn(),
            sum.bytesOut()
        };
    }
}
