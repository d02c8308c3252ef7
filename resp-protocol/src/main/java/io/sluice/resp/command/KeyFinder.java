package io.sluice.resp.command;

import io.sluice.resp.command.Grammar.Option;
import io.sluice.resp.command.Grammar.Rest;
import io.sluice.resp.command.KeySpec.Counted;
import io.sluice.resp.command.KeySpec.Part;
import io.sluice.resp.command.KeySpec.Range;
import io.sluice.resp.command.KeySpec.Read;
import io.sluice.resp.command.KeySpec.Role;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Finds which arguments of a command are keys, patterns, channels and database numbers, exactly
 * where the server will find them, or says that it cannot tell.
 *
 * <p><b>Threads:</b> one per event loop; what was found is valid until the next {@link #find}.
 * Nothing is allocated unless a command has more keys than any before it.
 */
public final class KeyFinder {
    private static final int KEPT = 1024;

    private final Set<Role> kinds = EnumSet.noneOf(Role.class);
    private int[] found = new int[16];
    private Role[] roles = new Role[16];
    private int count;

    /**
     * Finds them in a command.
     *
     * @param spec the command's
     * @return false if it is not sure: too few arguments, a count that is none, an option that is
     *     not known. What was found is then not to be relied upon, and the server will, as far as
     *     is known, answer with an error.
     */
    public boolean find(CommandSpec spec, Arguments arguments) {
        if (found.length > KEPT) {
            found = new int[KEPT];
            roles = new Role[KEPT];
        }
        count = 0;
        kinds.clear();
        List<Part> parts = spec.keys().parts();
        for (int i = 0; i < parts.size(); i++) {
            boolean sure =
                    switch (parts.get(i)) {
                        case Range range -> range(range, arguments.count());
                        case Counted counted -> counted(counted, arguments);
                        case Read(var grammar) -> read(grammar, arguments);
                    };
            if (!sure) {
                return false;
            }
        }
        return true;
    }

    /** How many arguments were found. */
    public int count() {
        return count;
    }

    /** The index of the {@code i}-th of them; they ascend. */
    public int argument(int i) {
        return found[i];
    }

    /** What the {@code i}-th of them is. */
    public Role role(int i) {
        return roles[i];
    }

    /** Whether there is one of this kind among them. */
    public boolean has(Role role) {
        return kinds.contains(role);
    }

    /** Keys have to be there; channels, patterns and numbers may be left out. */
    private boolean range(Range range, int arguments) {
        int last = range.last() < 0 ? arguments + range.last() : range.last();
        if (range.role() == Role.KEY && (last >= arguments || last < range.first())) {
            return false;
        }
        addAll(range.role(), range.first(), Math.min(last, arguments - 1), range.step());
        return true;
    }

    private boolean counted(Counted counted, Arguments arguments) {
        if (counted.count() >= arguments.count()) {
            return false;
        }
        long keys = arguments.number(counted.count());
        int room = arguments.count() - counted.first();
        if (keys < 0 || keys > room) {
            return false;
        }
        long last = counted.first() + (keys - 1) * counted.step();
        if (last >= arguments.count()) {
            return false;
        }
        addAll(Role.KEY, counted.first(), (int) last, counted.step());
        return true;
    }

    private boolean read(Grammar grammar, Arguments arguments) {
        if (arguments.count() < grammar.start()) {
            return false;
        }
        List<Range> fixed = grammar.fixed();
        for (int i = 0; i < fixed.size(); i++) {
            Range range = fixed.get(i);
            addAll(range.role(), range.first(), range.last(), range.step());
        }
        if (grammar == Grammar.MIGRATE && arguments.length(argument(0)) == 0) {
            found[0] = found[1]; // The key is empty where KEYS names several.
            roles[0] = roles[1];
            count = 1;
        }
        int at = grammar.start();
        while (at < arguments.count()) {
            Option option = grammar.option(arguments, at);
            if (option == null || option.values() >= arguments.count() - at) {
                return false;
            }
            if (option.rest() != Rest.NONE) {
                return rest(option.rest(), at + 1, arguments.count());
            }
            if (option.role() != null) {
                addValues(option, option.role(), at, arguments);
            }
            at += 1 + option.values();
        }
        return true;
    }

    private void addValues(Option option, Role role, int at, Arguments arguments) {
        for (int value = at + 1; value <= at + option.values(); value++) {
            if (role != Role.TEMPLATE || !arguments.is(value, "#")) { // The element itself.
                add(role, value);
            }
        }
    }

    private boolean rest(Rest rest, int first, int arguments) {
        int left = arguments - first;
        int keys = rest == Rest.FIRST_HALF ? left / 2 : left;
        if (keys == 0 || (rest == Rest.FIRST_HALF && left % 2 != 0)) {
            return false;
        }
        addAll(Role.KEY, first, first + keys - 1, 1);
        return true;
    }

    private void addAll(Role role, int first, int last, int step) {
        for (int argument = first; argument <= last; argument += step) {
            add(role, argument);
        }
    }

    private void add(Role role, int argument) {
        if (count == found.length) {
            found = Arrays.copyOf(found, count * 2);
            roles = Arrays.copyOf(roles, count * 2);
        }
        found[count] = argument;
        roles[count++] = role;
        kinds.add(role);
    }
}
