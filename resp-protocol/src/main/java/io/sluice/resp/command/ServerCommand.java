package io.sluice.resp.command;

import io.sluice.resp.command.KeySpec.Counted;
import io.sluice.resp.command.KeySpec.Part;
import io.sluice.resp.command.KeySpec.Range;
import io.sluice.resp.command.KeySpec.Role;
import io.sluice.resp.command.ReplyTree.Count;
import io.sluice.resp.command.ReplyTree.Items;
import io.sluice.resp.command.ReplyTree.Text;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One command in the words of a server's COMMAND.
 *
 * @param name lower case; of a subcommand both words: {@code client setname}
 * @param arity how many arguments it takes, the name (and the container's) among them; if negative,
 *     at least so many
 * @param firstKey the legacy form of key positions, with {@code lastKey} and {@code keyStep}: 0 if
 *     there are none
 * @param keys the key specs, channels left out; null if the server is older than they are (7.0)
 * @param subcommands empty if there are none, or if the server does not tell
 */
record ServerCommand(
        String name,
        int arity,
        Set<String> flags,
        int firstKey,
        int lastKey,
        int keyStep,
        @Nullable PublishedKeys keys,
        List<ServerCommand> subcommands) {

    /** How many elements tell of a command: more from 7.0 on, which begins with tips. */
    private static final int LEAST_ELEMENTS = 6;

    private static final int KEY_SPECS = 8;
    private static final int SUBCOMMANDS = 9;
    private static final int LARGEST = 1 << 20;
    private static final Pattern NAME = Pattern.compile("[!-{}~]{1,64}");

    /**
     * Key specs, as far as positions are fixed.
     *
     * @param fixed ranges and counts, in the server's order
     * @param isMovable whether there are others, which have to be searched for
     */
    record PublishedKeys(List<Part> fixed, boolean isMovable) {}

    ServerCommand {
        flags = Set.copyOf(flags);
        subcommands = List.copyOf(subcommands);
    }

    /** Whether its keys are not only where the legacy form says. */
    boolean isMovable() {
        return flags.contains("movablekeys");
    }

    /** Whether it has a flag, as COMMAND writes it. */
    boolean is(String flag) {
        return flags.contains(flag);
    }

    /**
     * Reads the element of a command.
     *
     * @throws MalformedCommands if it has another shape
     */
    static ServerCommand read(ReplyTree element) {
        List<ReplyTree> parts = items(element);
        if (parts.size() < LEAST_ELEMENTS) {
            throw new MalformedCommands(
                    "tells of a command in %d elements, not %d"
                            .formatted(parts.size(), LEAST_ELEMENTS));
        }
        var subcommands = new ArrayList<ServerCommand>();
        if (parts.size() > SUBCOMMANDS) {
            for (ReplyTree subcommand : items(parts.get(SUBCOMMANDS))) {
                subcommands.add(read(subcommand));
            }
        }
        return new ServerCommand(
                name(parts.getFirst()),
                number(parts.get(1)),
                words(parts.get(2)),
                number(parts.get(3)),
                number(parts.get(4)),
                number(parts.get(5)),
                parts.size() > KEY_SPECS ? published(items(parts.get(KEY_SPECS))) : null,
                subcommands);
    }

    private static PublishedKeys published(List<ReplyTree> specs) {
        var fixed = new ArrayList<Part>();
        boolean movable = false;
        for (ReplyTree spec : specs) {
            Map<String, ReplyTree> fields = fields(spec);
            Set<String> flags = words(fields.getOrDefault("flags", new Items(List.of())));
            if (flags.contains("not_key")) {
                continue;
            }
            Part part = fixedPart(fields);
            if (part == null || flags.contains("incomplete")) {
                movable = true;
            }
            if (part != null) {
                fixed.add(part);
            }
        }
        return new PublishedKeys(fixed, movable);
    }

    /** A spec that begins at an index; null if its keys have to be searched for. */
    private static @Nullable Part fixedPart(Map<String, ReplyTree> spec) {
        Map<String, ReplyTree> begin = fields(field(spec, "begin_search"));
        Map<String, ReplyTree> find = fields(field(spec, "find_keys"));
        if (!text(field(begin, "type")).equals("index")) {
            return null;
        }
        int index = number(field(fields(field(begin, "spec")), "index"));
        Map<String, ReplyTree> how = fields(field(find, "spec"));
        return switch (text(field(find, "type"))) {
            case "range" -> range(index, how);
            case "keynum" ->
                    new Counted(
                            index + number(field(how, "keynumidx")),
                            index + number(field(how, "firstkey")),
                            number(field(how, "keystep")));
            default -> null;
        };
    }

    private static @Nullable Part range(int index, Map<String, ReplyTree> how) {
        int last = number(field(how, "lastkey"));
        int step = number(field(how, "keystep"));
        boolean isPart = number(field(how, "limit")) > 1; // Only that part of the range.
        return isPart ? null : new Range(Role.KEY, index, last < 0 ? last : index + last, step);
    }

    private static Map<String, ReplyTree> fields(ReplyTree tree) {
        List<ReplyTree> items = items(tree);
        var fields = new HashMap<String, ReplyTree>();
        for (int i = 0; i + 1 < items.size(); i += 2) {
            fields.put(text(items.get(i)), items.get(i + 1));
        }
        return fields;
    }

    private static ReplyTree field(Map<String, ReplyTree> fields, String name) {
        ReplyTree field = fields.get(name);
        if (field == null) {
            throw new MalformedCommands("has a key spec without " + name);
        }
        return field;
    }

    private static Set<String> words(ReplyTree tree) {
        var words = new LinkedHashSet<String>();
        for (ReplyTree item : items(tree)) {
            words.add(text(item));
        }
        return words;
    }

    /** A name that can be shown: nothing that a terminal would act upon. */
    private static String name(ReplyTree tree) {
        String name = text(tree);
        int bar = name.indexOf('|');
        String first = bar < 0 ? name : name.substring(0, bar);
        String second = bar < 0 ? "x" : name.substring(bar + 1);
        if (!NAME.matcher(first).matches() || !NAME.matcher(second).matches()) {
            throw new MalformedCommands("has a name that is none");
        }
        return name.replace('|', ' ').toLowerCase(Locale.ROOT);
    }

    private static List<ReplyTree> items(ReplyTree tree) {
        return switch (tree) {
            case Items(var items) -> items;
            case Text text -> throw unexpected(text);
            case Count count -> throw unexpected(count);
        };
    }

    private static String text(ReplyTree tree) {
        return switch (tree) {
            case Text(var text) -> text;
            case Items items -> throw unexpected(items);
            case Count count -> throw unexpected(count);
        };
    }

    private static int number(ReplyTree tree) {
        return switch (tree) {
            case Count(var number) when number >= -LARGEST && number <= LARGEST -> (int) number;
            case Count count -> throw unexpected(count);
            case Text text -> throw unexpected(text);
            case Items items -> throw unexpected(items);
        };
    }

    private static MalformedCommands unexpected(ReplyTree tree) {
        return new MalformedCommands(
                "has a %s where something else belongs"
                        .formatted(tree.getClass().getSimpleName().toLowerCase(Locale.ROOT)));
    }
}
