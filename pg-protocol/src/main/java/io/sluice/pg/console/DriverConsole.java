package io.sluice.pg.console;

import io.sluice.console.Console;
import io.sluice.console.Operator;
import io.sluice.console.Reply;
import io.sluice.console.Statement;
import io.sluice.console.Statement.Assignment;
import io.sluice.console.Statement.Order;
import io.sluice.console.Statement.Show;
import io.sluice.console.Table;
import io.sluice.console.Table.Column;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The console as PostgreSQL drivers want it: what they send by themselves, at connect or around a
 * command, is answered so that they are content. None of it changes anything, so everybody may.
 */
final class DriverConsole implements Console {
    /** What SHOW answers for settings that drivers ask for, and SELECT 1. */
    private static final Map<String, String> CANNED =
            Map.of(
                    "CLIENT_ENCODING", "UTF8",
                    "SERVER_ENCODING", "UTF8",
                    "DEFAULT_TRANSACTION_ISOLATION", "read committed",
                    "STANDARD_CONFORMING_STRINGS", "on",
                    "DATESTYLE", "ISO",
                    "TIMEZONE", "GMT",
                    "TRANSACTION_ISOLATION", "read committed",
                    "TRANSACTION ISOLATION LEVEL", "read committed",
                    "TRANSACTION_READ_ONLY", "off",
                    "1", "1");

    private static final Set<String> IGNORED_SETTINGS =
            Set.of(
                    "CLIENT_ENCODING",
                    "DEFAULT_TRANSACTION_ISOLATION",
                    "STANDARD_CONFORMING_STRINGS",
                    "DATESTYLE",
                    "TIMEZONE",
                    "APPLICATION_NAME",
                    "BYTEA_OUTPUT",
                    "CLIENT_MIN_MESSAGES",
                    "EXTRA_FLOAT_DIGITS",
                    "INTERVALSTYLE",
                    "LOCK_TIMEOUT",
                    "SEARCH_PATH",
                    "SESSION CHARACTERISTICS",
                    "STATEMENT_TIMEOUT");

    /** Commands that do nothing here, and the tag that each is answered with. */
    private static final Map<String, String> IGNORED_ORDERS =
            Map.of(
                    "BEGIN", "BEGIN",
                    "START", "START TRANSACTION",
                    "COMMIT", "COMMIT",
                    "END", "COMMIT",
                    "ROLLBACK", "ROLLBACK",
                    "ABORT", "ROLLBACK",
                    "DISCARD", "DISCARD",
                    "RESET", "RESET",
                    "DEALLOCATE", "DEALLOCATE",
                    "UNLISTEN", "UNLISTEN");

    private final Console console;

    DriverConsole(Console console) {
        this.console = console;
    }

    @Override
    public CompletionStage<Reply> execute(Operator operator, String command) {
        Reply known = known(Statement.parse(command));
        return known == null
                ? console.execute(operator, command)
                : CompletableFuture.completedFuture(known);
    }

    @Override
    public List<Column> columnsOf(String command) {
        return known(Statement.parse(command)) instanceof Reply.Rows rows
                ? rows.table().columns()
                : console.columnsOf(command);
    }

    private static @Nullable Reply known(Statement statement) {
        if (statement instanceof Show(String topic)) {
            String value = CANNED.get(topic);
            return value == null ? null : canned(topic, value);
        }
        if (statement instanceof Order order) {
            String tag = IGNORED_ORDERS.get(order.verb());
            return tag == null ? null : new Reply.Done(tag);
        }
        return statement instanceof Assignment assignment
                        && IGNORED_SETTINGS.contains(assignment.key())
                ? new Reply.Notice("SET ignored", "", "SET")
                : null;
    }

    private static Reply canned(String topic, String value) {
        String name =
                topic.equals("1") ? "?column?" : topic.toLowerCase(Locale.ROOT).replace(' ', '_');
        List<Column> columns = List.of(new Column(name, Table.Type.TEXT));
        return new Reply.Rows(
                new Table(columns, List.<@Nullable Object[]>of(new @Nullable Object[] {value})),
                "SHOW",
                List.of());
    }
}
