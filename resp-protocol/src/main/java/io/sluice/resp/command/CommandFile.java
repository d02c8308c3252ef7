package io.sluice.resp.command;

import io.sluice.guard.OperationClass;
import io.sluice.resp.command.CommandSpec.BlockingArgument;
import io.sluice.resp.command.CommandSpec.Trait;
import io.sluice.resp.command.KeySpec.Counted;
import io.sluice.resp.command.KeySpec.Part;
import io.sluice.resp.command.KeySpec.Range;
import io.sluice.resp.command.KeySpec.Read;
import io.sluice.resp.command.KeySpec.Role;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text form of the command table; {@code commands.txt} says what it is. Anything that is
 * not understood, and anything that contradicts itself, is an {@link IllegalStateException} with
 * the number of its line.
 */
final class CommandFile {
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_.:-]*(\\|[a-z0-9_-]+)?");
    private static final Pattern RANGE =
            Pattern.compile("([1-9])(?:(\\.\\.)(-?[1-9])?)?(?:/([1-9]))?");
    private static final Pattern COUNTED = Pattern.compile("([1-9])#(?:/([1-9]))?");
    private static final Pattern TIMEOUT = Pattern.compile("(-?[1-9])(s|ms)");
    private static final int COLUMNS = 6;
    private static final String TIMEOUT_WORD = "timeout=";

    private static final Map<String, Placement> PLACEMENTS =
            Map.of(
                    "shared", Placement.SHARED,
                    "blocking", Placement.BLOCKING,
                    "block-option", Placement.BLOCKING_BY_ARGUMENT,
                    "transaction", Placement.TRANSACTION,
                    "subscription", Placement.SUBSCRIPTION,
                    "local", Placement.LOCAL,
                    "wait", Placement.WAITING,
                    "stateful", Placement.STATEFUL,
                    "refused", Placement.REFUSED);
    private static final Map<String, OperationClass> CLASSES =
            Map.of(
                    "simple", OperationClass.SIMPLE_READ,
                    "complex", OperationClass.COMPLEX_READ,
                    "write", OperationClass.WRITE,
                    "batch", OperationClass.BATCH,
                    "other", OperationClass.OTHER);
    private static final Map<String, PrefixUse> PREFIX_USES =
            Map.of(
                    "yes", PrefixUse.ALLOWED,
                    "no", PrefixUse.REFUSED,
                    "scan", PrefixUse.SCAN,
                    "key-first", PrefixUse.KEY_FIRST,
                    "streams", PrefixUse.STREAMS,
                    "subscription", PrefixUse.SUBSCRIPTION,
                    "block", PrefixUse.BLOCK);
    private static final Map<String, Danger> DANGERS =
            Map.of(
                    "-", Danger.NONE,
                    "own-database", Danger.OWN_DATABASE,
                    "own-server", Danger.OWN_SERVER,
                    "never", Danger.NEVER);
    private static final Map<String, Role> ROLES =
            Map.of(
                    "glob", Role.GLOB,
                    "channel", Role.CHANNEL,
                    "channel-glob", Role.CHANNEL_GLOB,
                    "database", Role.DATABASE);
    private static final Map<String, Grammar> GRAMMARS =
            Map.of(
                    "sort", Grammar.SORT,
                    "georadius", Grammar.GEORADIUS,
                    "georadius-member", Grammar.GEORADIUS_MEMBER,
                    "streams", Grammar.STREAMS,
                    "ts-read", Grammar.TS_READ,
                    "scan", Grammar.SCAN,
                    "copy", Grammar.COPY,
                    "migrate", Grammar.MIGRATE,
                    "stralgo", Grammar.STRALGO);
    private static final Map<String, Trait> TRAITS =
            Map.of(
                    "blocked", Trait.BLOCKED,
                    "pattern", Trait.PATTERN,
                    "state", Trait.STATE,
                    "differs", Trait.DIFFERS,
                    "unknown", Trait.UNKNOWN);

    private final Map<String, CommandSpec> commands = new LinkedHashMap<>();
    private String line = "";
    private int number;
    private int implied;

    private CommandFile() {}

    /**
     * The commands of a file by name, with the containers that it only implies, numbered in order.
     *
     * @throws IllegalStateException if a line is wrong
     */
    static Map<String, CommandSpec> read(List<String> lines) {
        var file = new CommandFile();
        for (String line : lines) {
            file.number++;
            file.line = line;
            if (!line.isBlank() && !line.startsWith("#")) {
                file.add(line);
            }
        }
        file.number = 0;
        file.line = "";
        file.markContainers();
        return file.commands;
    }

    private void add(String text) {
        String[] halves = text.split(" > ", 2);
        String[] words = halves[0].strip().split(" +", -1);
        check(words.length >= COLUMNS, "has fewer than " + COLUMNS + " columns");
        String name = words[0];
        check(NAME.matcher(name).matches(), "'" + name + "' is no name");
        KeySpec keys = keys(words[1]);
        Placement placement = word(PLACEMENTS, words[2], "place");
        OperationClass operationClass = word(CLASSES, words[3], "class");
        PrefixUse prefix = word(PREFIX_USES, words[4], "prefix");
        Danger danger = word(DANGERS, words[5], "danger");
        Set<Trait> traits = EnumSet.noneOf(Trait.class);
        BlockingArgument blocking = null;
        for (int i = COLUMNS; i < words.length; i++) {
            String word = words[i];
            if (word.startsWith(TIMEOUT_WORD)) {
                check(blocking == null, "has two timeouts");
                blocking = timeout(word.substring(TIMEOUT_WORD.length()), keys);
            } else {
                check(traits.add(word(TRAITS, word, "option")), "says '" + word + "' twice");
            }
        }
        String alternative = halves.length == 2 ? halves[1].strip() : "";
        check(halves.length == 1 || !alternative.isEmpty(), "recommends nothing behind '>'");
        var spec =
                new CommandSpec(
                        commands.size(),
                        name.replace('|', ' '),
                        keys,
                        placement,
                        operationClass,
                        prefix,
                        danger,
                        blocking,
                        traits,
                        alternative);
        checkSense(spec);
        check(commands.put(spec.name(), spec) == null, "is there twice");
    }

    private void checkSense(CommandSpec spec) {
        check(
                spec.danger() == Danger.NONE || spec.prefix() == PrefixUse.REFUSED,
                "is dangerous, so it must be refused with a prefix");
        check(
                spec.danger() == Danger.NEVER == (spec.placement() == Placement.REFUSED),
                "must be 'refused' and 'never' together");
        check(
                spec.placement() != Placement.BLOCKING_BY_ARGUMENT || spec.blocking() != null,
                "blocks by an option, so it needs a timeout");
        check(
                spec.placement() != Placement.BLOCKING || spec.blocking() != null,
                "blocks, so it needs a timeout");
        check(
                !spec.traits().contains(Trait.UNKNOWN) || spec.placement() == Placement.REFUSED,
                "must be refused to be refused as unknown");
    }

    /** Gives every container a spec of its own, which the proxy answers, and marks it as one. */
    private void markContainers() {
        var containers = new LinkedHashMap<String, CommandSpec>();
        for (String name : commands.keySet()) {
            int space = name.indexOf(' ');
            if (space > 0) {
                String container = name.substring(0, space);
                containers.computeIfAbsent(container, this::container);
            }
        }
        commands.putAll(containers);
    }

    private CommandSpec container(String name) {
        CommandSpec own = commands.get(name);
        check(
                own == null || own.placement() == Placement.LOCAL,
                name + " has subcommands, so without one it must be 'local'");
        var spec =
                new CommandSpec(
                        own == null ? nextId() : own.id(),
                        name,
                        own == null ? KeySpec.NONE : own.keys(),
                        Placement.LOCAL,
                        own == null ? OperationClass.SIMPLE_READ : own.operationClass(),
                        PrefixUse.ALLOWED,
                        Danger.NONE,
                        null,
                        Set.of(Trait.CONTAINER),
                        "");
        return spec;
    }

    private int nextId() {
        return commands.size() + implied++;
    }

    private KeySpec keys(String column) {
        if (column.equals("-")) {
            return KeySpec.NONE;
        }
        var parts = new ArrayList<Part>();
        for (String word : column.split(",", -1)) {
            parts.add(part(word));
        }
        return new KeySpec(parts);
    }

    private Part part(String word) {
        int colon = word.indexOf(':');
        String kind = colon < 0 ? "" : word.substring(0, colon);
        String rest = word.substring(colon + 1);
        if (kind.equals("read")) {
            return new Read(word(GRAMMARS, rest, "grammar"));
        }
        Role role = colon < 0 ? Role.KEY : word(ROLES, kind, "kind of argument");
        Matcher counted = COUNTED.matcher(rest);
        if (role == Role.KEY && counted.matches()) {
            int at = Integer.parseInt(counted.group(1));
            return new Counted(at, at + 1, orElse(counted.group(2), 1));
        }
        Matcher range = RANGE.matcher(rest);
        check(range.matches(), "'" + word + "' is no place of an argument");
        int first = Integer.parseInt(range.group(1));
        boolean open = range.group(2) != null || range.group(4) != null;
        int last = orElse(range.group(3), open ? -1 : first);
        check(last < 0 || last >= first, "'" + word + "' ends before it begins");
        return new Range(role, first, last, orElse(range.group(4), 1));
    }

    private BlockingArgument timeout(String text, KeySpec keys) {
        if (text.equals("option")) {
            check(
                    keys.parts().size() == 1
                            && keys.parts().getFirst() instanceof Read read
                            && read.grammar().hasBlock(),
                    "has no grammar with an option BLOCK");
            return new BlockingArgument(0, TimeUnit.MILLISECONDS.toNanos(1));
        }
        Matcher matcher = TIMEOUT.matcher(text);
        check(matcher.matches(), "'" + text + "' is no timeout");
        TimeUnit unit = matcher.group(2).equals("s") ? TimeUnit.SECONDS : TimeUnit.MILLISECONDS;
        return new BlockingArgument(Integer.parseInt(matcher.group(1)), unit.toNanos(1));
    }

    private static int orElse(@Nullable String digits, int otherwise) {
        return digits == null ? otherwise : Integer.parseInt(digits);
    }

    private <V> V word(Map<String, V> words, String word, String column) {
        V value = words.get(word);
        if (value == null) {
            throw wrong("'%s' is no %s; there is %s".formatted(word, column, words.keySet()));
        }
        return value;
    }

    private void check(boolean right, String complaint) {
        if (!right) {
            throw wrong(complaint);
        }
    }

    private IllegalStateException wrong(String complaint) {
        return new IllegalStateException(
                "commands.txt, line %d: %s: %s".formatted(number, complaint, line.strip()));
    }
}
