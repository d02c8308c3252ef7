package io.sluice.console;

import io.sluice.console.Command.Argument;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL drivers send by themselves, at connect or around a command, answered so that they
 * are content: none of it changes anything, so everybody may.
 */
final class DriverCommands {
    /** What SHOW answers for settings that drivers ask for. */
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
                    "TRANSACTION_READ_ONLY", "off");

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

    private DriverCommands() {}

    static List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        CANNED.forEach((name, value) -> commands.add(canned(name, value)));
        commands.add(canned("1", "1"));
        ignored(commands, "BEGIN", "BEGIN");
        ignored(commands, "START", "START TRANSACTION");
        ignored(commands, "COMMIT", "COMMIT");
        ignored(commands, "END", "COMMIT");
        ignored(commands, "ROLLBACK", "ROLLBACK");
        ignored(commands, "ABORT", "ROLLBACK");
        ignored(commands, "DISCARD", "DISCARD");
        ignored(commands, "RESET", "RESET");
        ignored(commands, "DEALLOCATE", "DEALLOCATE");
        ignored(commands, "UNLISTEN", "UNLISTEN");
        return commands;
    }

    /** Whether a SET of this is answered with a notice that it does nothing. */
    static boolean isIgnoredSetting(String upperKey) {
        return IGNORED_SETTINGS.contains(upperKey);
    }

    private static Command canned(String name, String value) {
        String column = name.equals("1") ? "?column?" : name.toLowerCase(Locale.ROOT);
        var columns = Columns.of("s", column.replace(' ', '_'));
        Reply reply =
                Command.rows(
                        columns,
                        List.<@Nullable Object[]>of(new @Nullable Object[] {value}),
                        List.of());
        return new Command(
                "SHOW " + name,
                Command.EVERYBODY,
                Argument.NONE,
                "",
                columns,
                _ -> Command.now(reply));
    }

    private static void ignored(List<Command> commands, String verb, String tag) {
        commands.add(
                new Command(
                        verb,
                        Command.EVERYBODY,
                        Argument.OPTIONAL,
                        "",
                        List.of(),
                        _ -> Command.now(new Reply.Done(tag))));
    }
}
