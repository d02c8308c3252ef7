package io.sluice.console;

import io.sluice.console.Command.Argument;
import io.sluice.pool.Pool;
import io.sluice.pool.ServerConnection;
import io.sluice.pool.Switches;
import io.sluice.pool.Switches.Database;
import io.sluice.session.ClientSession;
import io.sluice.session.ClientSession.EndCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Commands that change what databases and sessions do: PAUSE, KILL, DISABLE and their like. */
final class OperatorCommands {
    private static final Command.Action SUSPEND =
            _ ->
                    Command.now(
                            Command.failure(
                                    "SUSPEND is not supported: sockets are not handed over here;"
                                            + " use PAUSE to hold new transactions back"));

    private final Overview overview;
    private final Switches switches;
    private final Pauses pauses;
    private final Waits waits;

    OperatorCommands(Overview overview, Waits waits) {
        this.overview = overview;
        this.switches = overview.proxy().switches();
        this.pauses = new Pauses(switches);
        this.waits = waits;
    }

    List<Command> commands() {
        return List.of(
                onDatabase("PAUSE", Argument.OPTIONAL, this::pause),
                onDatabase("RESUME", Argument.OPTIONAL, this::resume),
                onDatabase("DISABLE", Argument.REQUIRED, target -> setDisabled(target, true)),
                onDatabase("ENABLE", Argument.REQUIRED, target -> setDisabled(target, false)),
                onDatabase("RECONNECT", Argument.OPTIONAL, this::reconnect),
                onDatabase("WAIT_CLOSE", Argument.OPTIONAL, this::waitClose),
                onDatabase("KILL", Argument.OPTIONAL, this::kill),
                Command.order(
                        "KILL_CLIENT", Argument.REQUIRED, "KILL_CLIENT <id>", this::killClient),
                Command.order("SUSPEND", Argument.NONE, "", SUSPEND));
    }

    private Command onDatabase(
            String verb, Argument argument, Function<Target, CompletableFuture<Reply>> action) {
        String usage =
                switch (argument) {
                    case NONE -> verb;
                    case OPTIONAL -> verb + " [<db>]";
                    case REQUIRED -> verb + " <db>";
                };
        return Command.order(
                verb,
                argument,
                usage,
                name -> {
                    if (name == null) {
                        return action.apply(new Target(null));
                    }
                    Database database = overview.names().find(name);
                    return database != null
                            ? action.apply(new Target(database))
                            : Command.now(Command.failure(whyNot(verb, name)));
                });
    }

    private String whyNot(String verb, String name) {
        if (overview.names().isAmbiguous(name)) {
            return "several tenants have a database %s: say tenant/%s".formatted(name, name);
        }
        return isConsole(name)
                ? "cannot %s the admin database %s".formatted(verb.toLowerCase(Locale.ROOT), name)
                : "no such database: " + name;
    }

    private static boolean isConsole(String name) {
        return name.equals("sluice") || name.equals(PgBouncerColumns.CONSOLE);
    }

    // ---- PAUSE, RESUME

    /** A database that is paused already may be paused again, to wait until it is empty. */
    private CompletableFuture<Reply> pause(Target target) {
        if (switches.isAllPaused()) {
            return Command.now(Command.failure("already suspended/paused"));
        }
        Pauses.Waiting waiting = pauses.pause(target);
        CompletableFuture<Reply> reply =
                waits.until("PAUSE", () -> pauses.isPaused(target), () -> countConnections(target));
        reply.whenComplete((_, failure) -> {
            if (failure == null) {
                pauses.isThrough(target, waiting);
            } else if (pauses.giveUp(target, waiting)) {
                onPools(target, "RESUME", Pool::resume);
            }
        });
        return reply;
    }

    /** Closes what is idle, and counts the server connections that are still open. */
    private CompletableFuture<Survey.Found<Integer>> countConnections(Target target) {
        return overview.survey()
                .askOne(loop -> {
                    int open = 0;
                    for (Pool pool : List.copyOf(overview.proxy().pools(loop).all())) {
                        if (target.includes(pool)) {
                            pool.closeIdle("PAUSE");
                            open += pool.connections().size();
                        }
                    }
                    return open;
                });
    }

    private CompletableFuture<Reply> resume(Target target) {
        if (overview.proxy().isDraining()) {
            return Command.now(
                    Command.failure(
                            "the process is shutting down: nothing is resumed any more;"
                                    + " SHUTDOWN again ends at once"));
        }
        if (!pauses.resume(target)) {
            return Command.now(
                    Command.failure(
                            target.database() == null
                                    ? "pooler is not paused/suspended"
                                    : "database %s is not paused"
                                            .formatted(overview.names().of(target.database()))));
        }
        return onPools(target, "RESUME", Pool::resume);
    }

    // ---- DISABLE, ENABLE, RECONNECT, WAIT_CLOSE

    private CompletableFuture<Reply> setDisabled(Target target, boolean on) {
        Database database = target.database();
        if (database != null) {
            switches.setDisabled(database, on);
        }
        return Command.now(new Reply.Done(on ? "DISABLE" : "ENABLE"));
    }

    private CompletableFuture<Reply> reconnect(Target target) {
        return onPools(target, "RECONNECT", Pool::reconnect);
    }

    private CompletableFuture<Reply> waitClose(Target target) {
        return waits.until(
                "WAIT_CLOSE",
                () -> true,
                () ->
                        overview.survey()
                                .askOne(loop -> {
                                    int stale = 0;
                                    for (Pool pool : overview.proxy().pools(loop).all()) {
                                        stale += target.includes(pool) && pool.hasStale() ? 1 : 0;
                                    }
                                    return stale;
                                }));
    }

    /** Does something to every pool of a target; answers when all loops have done it. */
    private CompletableFuture<Reply> onPools(Target target, String tag, Consumer<Pool> action) {
        overview.proxy()
                .loops()
                .onEach(loop -> {
                    for (Pool pool : List.copyOf(overview.proxy().pools(loop).all())) {
                        if (target.includes(pool)) {
                            action.accept(pool);
                        }
                    }
                });
        return whenAllLoopsHave(tag);
    }

    /** Answers when every loop has done what it was given before. */
    private CompletableFuture<Reply> whenAllLoopsHave(String tag) {
        return overview.survey()
                .askOne(_ -> true)
                .thenApply(found ->
                        found.silent().isEmpty()
                                ? new Reply.Done(tag)
                                : new Reply.Notice(
                                        "not everywhere yet",
                                        String.join("; ", found.notices()),
                                        tag));
    }

    // ---- KILL

    private CompletableFuture<Reply> kill(Target target) {
        pauses.hold(target); // until RESUME, as in PgBouncer
        overview.proxy()
                .loops()
                .onEach(loop -> {
                    List<ClientSession> sessions = new ArrayList<>();
                    overview.proxy()
                            .sessions(loop)
                            .forEach(session -> {
                                if (target.includes(session.pool())) {
                                    sessions.add(session);
                                }
                            });
                    for (ClientSession session : sessions) {
                        session.end(EndCode.KILLED, "an administrator closed all sessions (KILL)");
                    }
                    for (Pool pool : List.copyOf(overview.proxy().pools(loop).all())) {
                        if (target.includes(pool)) {
                            closeAll(pool);
                        }
                    }
                });
        return whenAllLoopsHave("KILL");
    }

    private static void closeAll(Pool pool) {
        for (ServerConnection connection : List.copyOf(pool.connections())) {
            if (!connection.isClosed()) {
                connection.retire("KILL");
            }
        }
    }

    private CompletableFuture<Reply> killClient(@Nullable String argument) {
        long id = idOf(argument);
        if (id < 0) {
            return Command.now(
                    Command.failure("KILL_CLIENT needs the id of a client, see SHOW CLIENTS"));
        }
        String message = "an administrator closed this session (KILL_CLIENT)";
        OperatorSession operator = overview.proxy().operators().find(id);
        if (operator != null) {
            operator.conversation().end(message);
            return Command.now(new Reply.Done("KILL_CLIENT"));
        }
        return overview.survey()
                .<ClientSession, Long>ask(
                        loop -> {
                            List<ClientSession> found = new ArrayList<>(1);
                            overview.proxy()
                                    .sessions(loop)
                                    .forEach(session -> {
                                        if (session.id() == id) {
                                            found.add(session);
                                        }
                                    });
                            return found;
                        },
                        (session, killed) -> {
                            session.end(EndCode.KILLED, message);
                            killed.add(session.id());
                        })
                .thenApply(found ->
                        found.rows().isEmpty()
                                ? Command.failure("no client with id " + id)
                                : new Reply.Done("KILL_CLIENT"));
    }

    private static long idOf(@Nullable String argument) {
        try {
            return argument == null ? -1 : Long.parseLong(argument);
        } catch (NumberFormatException _) { // answered by whoever asked
            return -1;
        }
    }
}
