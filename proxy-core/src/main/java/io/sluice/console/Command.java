package io.sluice.console;

import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.Table.Column;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One command of the console, and who may give it. A role that is not named is denied.
 *
 * @param name upper case, as SHOW HELP lists it: {@code SHOW POOLS}, {@code PAUSE}
 * @param roles who may give it
 * @param argument whether something follows the name
 * @param usage what SHOW HELP prints; "" leaves it out
 * @param columns of its rows; none if it is answered otherwise
 */
record Command(
        String name,
        Set<Role> roles,
        Argument argument,
        String usage,
        List<Column> columns,
        Action action) {

    /** What a command does. Any thread; never blocks. */
    @FunctionalInterface
    interface Action {
        /**
         * Begins the command.
         *
         * @param argument as typed; null if there is none
         */
        CompletableFuture<Reply> run(@Nullable String argument);
    }

    /** Whether a command takes an argument. */
    enum Argument {
        NONE,
        OPTIONAL,
        REQUIRED
    }

    static final Set<Role> EVERYBODY = Set.copyOf(EnumSet.of(Role.ADMIN, Role.STATS));
    static final Set<Role> ADMINS = Set.of(Role.ADMIN);

    /** A command that shows rows and changes nothing. */
    static Command show(String topic, List<Column> columns, Action action) {
        return new Command(
                "SHOW " + topic, EVERYBODY, Argument.NONE, "SHOW " + topic, columns, action);
    }

    /** A command that changes something. */
    static Command order(String verb, Argument argument, String usage, Action action) {
        return new Command(verb, ADMINS, argument, usage, List.of(), action);
    }

    /** The answer to a SHOW. */
    static Reply rows(List<Column> columns, List<@Nullable Object[]> rows, List<String> notices) {
        return new Reply.Rows(new Table(columns, rows), "SHOW", notices);
    }

    /** An answer that is there already. */
    static CompletableFuture<Reply> now(Reply reply) {
        return CompletableFuture.completedFuture(reply);
    }

    /** The answer to a command that cannot be given, or not like this. */
    static Reply failure(String message) {
        return new Reply.Failure(Reply.Failure.Kind.WRONG, message);
    }
}
