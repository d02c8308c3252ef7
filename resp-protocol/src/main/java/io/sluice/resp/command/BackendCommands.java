package io.sluice.resp.command;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.OperationClass;
import io.sluice.resp.command.ReplyTree.Items;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one server says of its commands, beside what Sluice knows of them: which there are, how many
 * arguments they take, where it sees keys elsewhere than Sluice does, and what it has that Sluice
 * does not know.
 *
 * <p>Immutable: a new reply to COMMAND makes a new one. Finding a command allocates nothing.
 */
public final class BackendCommands {
    /** Commands of which only the server knows; more are a fault. */
    private static final int MOST_UNKNOWN = 4096;

    private final CommandTable table;
    private final CommandErrors errors;
    private final BitSet existing;
    private final int[] arities;
    private final BitSet refusedWithPrefix;
    private final List<Disagreement> disagreements;
    private final NameTable<CommandSpec> others;
    private final Map<CommandSpec, NameTable<CommandSpec>> otherSubcommands;
    private final Map<String, CommandSpec> otherNames;

    /**
     * A command whose keys Sluice and the server find in different places.
     *
     * @param difference what is where, in words
     */
    public record Disagreement(CommandSpec spec, String difference) {}

    private BackendCommands(Reading reading) {
        table = reading.table;
        errors = reading.hasKeySpecs ? CommandErrors.SINCE_7 : CommandErrors.SINCE_6;
        existing = reading.existing;
        arities = reading.arities;
        disagreements = List.copyOf(reading.disagreements);
        refusedWithPrefix = new BitSet();
        disagreements.forEach(one -> refusedWithPrefix.set(one.spec.id()));
        others = new NameTable<>(reading.others);
        var families = new HashMap<CommandSpec, NameTable<CommandSpec>>();
        reading.otherSubcommands.forEach(
                (container, family) -> families.put(container, new NameTable<>(family)));
        otherSubcommands = Map.copyOf(families);
        var names = new HashMap<String, CommandSpec>();
        reading.others.values().forEach(spec -> names.put(spec.name(), spec));
        reading.otherSubcommands
                .values()
                .forEach(family -> family.values().forEach(spec -> names.put(spec.name(), spec)));
        otherNames = Map.copyOf(names);
    }

    /**
     * Reads the reply to COMMAND, in RESP2 or RESP3.
     *
     * @param reply the whole reply from its reader index on; borrowed, its indexes stay
     * @throws MalformedCommands if it is something else
     */
    public static BackendCommands read(ByteBuf reply, CommandTable table) {
        if (!(ReplyTree.read(reply) instanceof Items(var commands)) || commands.isEmpty()) {
            throw new MalformedCommands("is no list of commands");
        }
        var reading = new Reading(table);
        for (ReplyTree command : commands) {
            reading.add(ServerCommand.read(command));
        }
        return new BackendCommands(reading);
    }

    /** What is taken for granted before a server was asked: it has what the table has. */
    public static BackendCommands assumed(CommandTable table) {
        var reading = new Reading(table);
        reading.existing.set(0, table.size());
        reading.hasKeySpecs = true;
        return new BackendCommands(reading);
    }

    /**
     * The command that arguments name, of the table or else of the server's own; of a container the
     * subcommand, or the container where that is missing or not known.
     *
     * @return null if neither knows it
     */
    public @Nullable CommandSpec find(Arguments arguments) {
        CommandSpec spec = table.find(arguments);
        if (spec == null) {
            return others.find(arguments.buffer(), arguments.start(0), arguments.length(0));
        }
        if (!spec.isContainer() || arguments.count() < 2) {
            return spec;
        }
        NameTable<CommandSpec> family = otherSubcommands.get(spec);
        if (family == null) {
            return spec;
        }
        CommandSpec other =
                family.find(arguments.buffer(), arguments.start(1), arguments.length(1));
        return other == null ? spec : other;
    }

    /** The command of a name as {@link CommandSpec#name} has it; null if neither knows it. */
    public @Nullable CommandSpec named(String name) {
        CommandSpec spec = table.get(name);
        return spec == null ? otherNames.get(name) : spec;
    }

    /** The subcommands of a container, those of which only the server knows among them. */
    public List<CommandSpec> subcommands(CommandSpec container) {
        String first = container.name() + " ";
        return Stream.concat(table.commands().stream(), otherNames.values().stream())
                .filter(spec -> spec.name().startsWith(first))
                .toList();
    }

    /** Whether the server has a command; what it does not tell of containers is taken as there. */
    public boolean has(CommandSpec spec) {
        return existing.get(spec.id());
    }

    /**
     * The error for a command that the server does not have, or has not with that subcommand.
     *
     * @param spec what {@link #find} has found for the arguments
     * @return null if it has it, as far as it tells
     */
    public @Nullable String unknown(CommandSpec spec, Arguments arguments) {
        int space = spec.name().indexOf(' ');
        CommandSpec first = space < 0 ? spec : named(spec.name().substring(0, space));
        if (first == null || !has(first)) {
            return errors.unknownCommand(arguments);
        }
        boolean isNone = spec.isContainer() && arguments.count() > 1;
        return isNone || !has(spec) ? errors.unknownSubcommand(arguments) : null;
    }

    /** Whether a command has as many arguments as it takes, as far as the server says. */
    public boolean arityFits(CommandSpec spec, Arguments arguments) {
        int arity = arities[spec.id()];
        return arity < 0 ? arguments.count() >= -arity : arity == 0 || arguments.count() == arity;
    }

    /** Whether a command goes where keys have a prefix, because both know its keys alike. */
    public boolean allowsPrefix(CommandSpec spec) {
        return spec.prefix() != PrefixUse.REFUSED && !refusedWithPrefix.get(spec.id());
    }

    /** The commands that prefixes refuse although the table would allow them. */
    public List<Disagreement> disagreements() {
        return disagreements;
    }

    /** The words that this server has for what it will not run. */
    public CommandErrors errors() {
        return errors;
    }

    /** How many ids there are: of the table's commands, then of the server's own. */
    public int ids() {
        return arities.length;
    }

    /** Gathers what a reply says, command by command. */
    private static final class Reading {
        private final CommandTable table;
        private final BitSet existing = new BitSet();
        private final List<Disagreement> disagreements = new ArrayList<>();
        private final Map<String, CommandSpec> others = new HashMap<>();
        private final Map<CommandSpec, Map<String, CommandSpec>> otherSubcommands = new HashMap<>();
        private int[] arities;
        private int ids;
        private boolean hasKeySpecs;

        Reading(CommandTable table) {
            this.table = table;
            ids = table.size();
            arities = new int[ids];
        }

        void add(ServerCommand command) {
            hasKeySpecs |= command.keys() != null;
            CommandSpec spec = table.get(command.name());
            if (spec == null) {
                addOther(command, others, command.name());
                return;
            }
            addKnown(spec, command);
            if (!spec.isContainer()) {
                return;
            }
            if (command.keys() == null) {
                addUntold(spec, command);
            }
            for (ServerCommand subcommand : command.subcommands()) {
                CommandSpec known = table.get(subcommand.name());
                if (known == null) {
                    addOtherSubcommand(spec, subcommand);
                } else {
                    addKnown(known, subcommand);
                }
            }
        }

        private void addKnown(CommandSpec spec, ServerCommand command) {
            existing.set(spec.id());
            arities[spec.id()] = command.arity();
            if (!spec.isContainer()) {
                compare(spec, command);
            }
        }

        private void compare(CommandSpec spec, ServerCommand command) {
            String difference = Agreement.difference(spec, command);
            if (difference != null) {
                disagreements.add(new Disagreement(spec, difference));
            }
        }

        /** Before 7.0 a container's subcommands are not told, but share its key positions. */
        private void addUntold(CommandSpec container, ServerCommand command) {
            String first = container.name() + " ";
            for (CommandSpec spec : table.commands()) {
                if (spec.name().startsWith(first)) {
                    existing.set(spec.id());
                    if (!spec.keys().parts().isEmpty() && !command.isMovable()) {
                        compare(spec, command);
                    }
                }
            }
        }

        private void addOtherSubcommand(CommandSpec container, ServerCommand subcommand) {
            String first = container.name() + " ";
            if (!subcommand.name().startsWith(first)) {
                throw new MalformedCommands("has a subcommand of another container");
            }
            Map<String, CommandSpec> family =
                    otherSubcommands.computeIfAbsent(container, c -> new HashMap<>());
            addOther(subcommand, family, subcommand.name().substring(first.length()));
        }

        /** A name longer than any of Redis' own is left unknown. */
        private void addOther(ServerCommand command, Map<String, CommandSpec> family, String name) {
            if (ids == table.size() + MOST_UNKNOWN) {
                throw new MalformedCommands("has more than " + MOST_UNKNOWN + " unknown commands");
            }
            if (name.length() > NameTable.MAX_NAME || family.containsKey(name)) {
                return;
            }
            CommandSpec spec = unclassified(command);
            family.put(name, spec);
            existing.set(spec.id());
            arities = Arrays.copyOf(arities, ids);
            arities[spec.id()] = command.arity();
        }

        private CommandSpec unclassified(ServerCommand command) {
            OperationClass operationClass = OperationClass.OTHER;
            if (command.is("readonly")) {
                operationClass = OperationClass.COMPLEX_READ;
            } else if (command.is("write")) {
                operationClass = OperationClass.WRITE;
            }
            return new CommandSpec(
                    ids++,
                    command.name(),
                    KeySpec.NONE,
                    Placement.UNCLASSIFIED,
                    operationClass,
                    PrefixUse.REFUSED,
                    command.is("admin") ? Danger.NEVER : Danger.OWN_SERVER,
                    null,
                    Set.of(),
                    "");
        }
    }
}
