package io.sluice.resp.command;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The commands that Sluice knows, of Redis 6.2 to 8.x and its modules; what a server has of them is
 * {@link BackendCommands}.
 *
 * <p>Immutable. Finding a command allocates nothing and makes no String.
 */
public final class CommandTable {
    private static final String RESOURCE = "commands.txt";

    private final Map<String, CommandSpec> named;
    private final List<CommandSpec> commands;
    private final NameTable<Word> words;

    private CommandTable(Map<String, CommandSpec> named) {
        this.named = Map.copyOf(named);
        commands =
                named.values().stream().sorted(Comparator.comparingInt(CommandSpec::id)).toList();
        var families = new HashMap<String, Map<String, CommandSpec>>();
        for (CommandSpec spec : commands) {
            int space = spec.name().indexOf(' ');
            if (space > 0) {
                families.computeIfAbsent(spec.name().substring(0, space), c -> new HashMap<>())
                        .put(spec.name().substring(space + 1), spec);
            }
        }
        var childless = new NameTable<CommandSpec>(Map.of());
        var first = new HashMap<String, Word>();
        for (CommandSpec spec : commands) {
            String name = spec.name();
            Map<String, CommandSpec> family = families.get(name);
            if (name.indexOf(' ') < 0) {
                first.put(
                        name, new Word(spec, family == null ? childless : new NameTable<>(family)));
            }
        }
        words = new NameTable<>(first);
    }

    /** A first word: a command, or a container with its subcommands. */
    private record Word(CommandSpec spec, NameTable<CommandSpec> subcommands) {}

    /** The table that Sluice comes with. */
    public static CommandTable shipped() {
        return Shipped.TABLE;
    }

    /**
     * A table from its text form.
     *
     * @throws IllegalStateException if a line is wrong
     */
    static CommandTable of(List<String> lines) {
        return new CommandTable(CommandFile.read(lines));
    }

    /**
     * The command, or container, of a name.
     *
     * @param in borrowed
     * @param start index in {@code in} of the name's first byte
     * @return null if there is none
     */
    public @Nullable CommandSpec find(ByteBuf in, int start, int length) {
        Word word = words.find(in, start, length);
        return word == null ? null : word.spec;
    }

    /**
     * The command that arguments name; of a container the subcommand, or, where that is missing or
     * not known, the container.
     *
     * @return null if there is none
     */
    public @Nullable CommandSpec find(Arguments arguments) {
        ByteBuf in = arguments.buffer();
        Word word = words.find(in, arguments.start(0), arguments.length(0));
        if (word == null) {
            return null;
        }
        if (!word.spec.isContainer() || arguments.count() < 2) {
            return word.spec;
        }
        CommandSpec subcommand = word.subcommands.find(in, arguments.start(1), arguments.length(1));
        return subcommand == null ? word.spec : subcommand;
    }

    /**
     * The command of a name as {@link CommandSpec#name} has it.
     *
     * @throws IllegalArgumentException if there is none
     */
    public CommandSpec named(String name) {
        CommandSpec spec = named.get(name);
        if (spec == null) {
            throw new IllegalArgumentException("no command '" + name + "' in " + RESOURCE);
        }
        return spec;
    }

    /**
     * The commands that a name in a configuration stands for: the one of that name, of a container
     * all its subcommands.
     */
    public List<CommandSpec> all(String name) {
        return commands.stream()
                .filter(spec -> !spec.isContainer())
                .filter(spec -> spec.name().equals(name) || spec.name().startsWith(name + " "))
                .toList();
    }

    /** All of them, by {@link CommandSpec#id}. */
    public List<CommandSpec> commands() {
        return commands;
    }

    /** How many there are; ids are below this. */
    public int size() {
        return commands.size();
    }

    /** The command of a name; null if there is none. */
    @Nullable CommandSpec get(String name) {
        return named.get(name);
    }

    private static final class Shipped {
        static final CommandTable TABLE = of(lines());

        private static List<String> lines() {
            try (InputStream in = CommandTable.class.getResourceAsStream(RESOURCE)) {
                if (in == null) {
                    throw new IllegalStateException(RESOURCE + " is missing in this installation");
                }
                return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + RESOURCE, e);
            }
        }
    }
}
