package io.sluice.console;

import io.sluice.config.ConfigView;
import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.Command.Argument;
import io.sluice.console.Reply.Failure.Kind;
import io.sluice.console.Statement.Assignment;
import io.sluice.console.Statement.Empty;
import io.sluice.console.Statement.Order;
import io.sluice.console.Statement.Show;
import io.sluice.console.Statement.Wrong;
import io.sluice.net.Clock;
import io.sluice.spi.Lifecycle;
import io.sluice.spi.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The console: PgBouncer's commands with PgBouncer's answers, and some of Sluice's own.
 *
 * <p>Every command has, beside its name, the roles that may give it; whoever is not named is denied
 * before anything is done. Who gives a command that changes something is logged, and who is denied
 * one.
 *
 * <p><b>Threads:</b> has one of its own, where answers are put together, so that loops only ever
 * count and list.
 */
public final class CommandConsole implements Console, AutoCloseable {
    /** The PgBouncer version whose answers these are. */
    public static final String COMPATIBLE_VERSION = PgBouncerColumns.VERSION;

    /** Averages are taken over the present period and the one before it. */
    static final Duration STATS_PERIOD = Duration.ofSeconds(60);

    private static final Logger LOG = LogManager.getLogger(CommandConsole.class);

    /** How long a loop may let a question wait before it is told as silent. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Duration LOOK_INTERVAL = Duration.ofMillis(50);

    private final ScheduledExecutorService executor =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("sluice-console").factory());
    private final Survey survey;
    private final Overview overview;
    private final Clock clock;
    private final StatsPeriods periods;
    private final Commands commands;

    /**
     * @param version of this Sluice, for SHOW VERSION
     * @param settings the settings in force, for SHOW CONFIG; asked each time
     */
    public CommandConsole(
            Proxy proxy, Lifecycle lifecycle, String version, Supplier<ConfigView> settings) {
        this(proxy, lifecycle, version, settings, PATIENCE);
    }

    CommandConsole(
            Proxy proxy,
            Lifecycle lifecycle,
            String version,
            Supplier<ConfigView> settings,
            Duration patience) {
        this.survey = new Survey(proxy.loops(), executor, patience);
        this.overview = new Overview(proxy, survey);
        this.clock = proxy.loops().clock();
        this.periods = new StatsPeriods(proxy.stats(), clock.nanos());
        this.commands =
                new Commands(
                        List.of(
                                new PoolShows(overview).commands(),
                                new ConnectionShows(overview).commands(),
                                new LaneShows(overview).commands(),
                                new KindShows(overview).commands(),
                                new StatsShows(overview, periods, clock).commands(),
                                new ProcessShows(overview, lifecycle, version, settings).commands(),
                                new OperatorCommands(overview, new Waits(executor, LOOK_INTERVAL))
                                        .commands(),
                                new LifecycleCommands(lifecycle).commands(),
                                List.of(fileDescriptors())));
        executor.scheduleAtFixedRate(
                this::endPeriod,
                STATS_PERIOD.toNanos(),
                STATS_PERIOD.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    /** The executor would never call again what has failed once. */
    private void endPeriod() {
        try {
            periods.endPeriod(clock.nanos());
        } catch (RuntimeException e) {
            LOG.error("console: averages of this period could not be taken", e);
        }
    }

    /** The way to the loops, for others that show how the process stands. */
    public Survey survey() {
        return survey;
    }

    /** Every pool on every loop. Any thread. */
    public CompletableFuture<Survey.Found<PoolFigures>> pools() {
        return overview.pools();
    }

    private static Command fileDescriptors() {
        return new Command(
                "SHOW FDS",
                Command.ADMINS,
                Argument.NONE,
                "",
                List.of(),
                _ ->
                        Command.now(
                                new Reply.Failure(
                                        Kind.DENIED,
                                        "SHOW FDS is not given: its rows are passwords and keys")));
    }

    // ---- executing

    @Override
    public CompletionStage<Reply> execute(Operator operator, String command) {
        return switch (Statement.parse(command)) {
            case Empty _ -> Command.now(new Reply.Done(""));
            case Wrong wrong -> Command.now(Command.failure(wrong.message()));
            case Assignment assignment -> Command.now(set(operator, assignment));
            case Show show when show.topic().equals("HELP") -> Command.now(help(operator.role()));
            case Show show -> run(operator, "SHOW " + show.topic(), null);
            case Order order -> run(operator, order.verb(), order.argument());
        };
    }

    @Override
    public List<Table.Column> columnsOf(String command) {
        if (Statement.parse(command) instanceof Show show) {
            Command known = commands.find("SHOW " + show.topic());
            return known == null ? List.of() : known.columns();
        }
        return List.of();
    }

    /** Every command, for tests of who may give it. */
    Commands commands() {
        return commands;
    }

    private Reply help(Role role) {
        return new Reply.Notice("Console usage", commands.usage(role), "SHOW");
    }

    private static Reply set(Operator operator, Assignment assignment) {
        String key = assignment.key().toLowerCase(Locale.ROOT);
        return operator.role() == Role.ADMIN
                ? Command.failure(
                        "%s is set in the configuration file: change it there, then RELOAD"
                                .formatted(key))
                : denied(operator, "SET " + key);
    }

    private static Reply denied(Operator operator, String command) {
        LOG.warn(
                "console: user={} client={} was denied {}",
                operator.name(),
                operator.client(),
                command);
        return new Reply.Failure(Kind.DENIED, "admin access needed: your role may not " + command);
    }

    private CompletionStage<Reply> run(Operator operator, String name, @Nullable String argument) {
        Command command = commands.find(name);
        if (command == null) {
            return Command.now(
                    Command.failure("invalid command '%s', use SHOW HELP;".formatted(name)));
        }
        if (!command.roles().contains(operator.role())) {
            return Command.now(denied(operator, name));
        }
        if (argument != null && command.argument() == Argument.NONE) {
            return Command.now(Command.failure(name + " takes no argument"));
        }
        if (argument == null && command.argument() == Argument.REQUIRED) {
            return Command.now(Command.failure(name + " needs an argument: " + command.usage()));
        }
        if (!command.roles().contains(Role.STATS)) {
            LOG.info(
                    "console: user={} client={} {}{}",
                    operator.name(),
                    operator.client(),
                    name,
                    argument == null ? "" : " " + argument);
        }
        return answered(name, command.action().run(argument));
    }

    /** Turns a failure into an answer, and hands a cancellation on. */
    private static CompletionStage<Reply> answered(String name, CompletableFuture<Reply> work) {
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        work.whenComplete((reply, failure) -> {
            if (failure == null) {
                answer.complete(reply);
            } else if (!work.isCancelled()) {
                LOG.warn("console: {} failed", name, failure);
                answer.complete(
                        new Reply.Failure(Kind.FAILED, name + " failed, see the log for why"));
            }
        });
        answer.whenComplete((_, _) -> {
            if (answer.isCancelled()) {
                work.cancel(false);
            }
        });
        return answer;
    }

    /** Ends the thread; commands that still wait are not answered. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
