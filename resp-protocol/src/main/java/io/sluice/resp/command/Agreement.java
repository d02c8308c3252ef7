package io.sluice.resp.command;

import io.sluice.resp.command.KeySpec.Counted;
import io.sluice.resp.command.KeySpec.Part;
import io.sluice.resp.command.KeySpec.Range;
import io.sluice.resp.command.KeySpec.Read;
import io.sluice.resp.command.KeySpec.Role;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares where the table finds a command's keys with where a server says that they are. What the
 * server itself has to search for is taken as agreed if the table reads the command's grammar.
 */
final class Agreement {
    private Agreement() {}

    /** How the two differ, in words; null if they agree. */
    static @Nullable String difference(CommandSpec spec, ServerCommand server) {
        if (spec.isPublishedWrongly()) {
            return null;
        }
        var ours = new ArrayList<Part>();
        boolean searched = false;
        for (Part part : spec.keys().parts()) {
            switch (part) {
                case Range range -> ours.add(range);
                case Counted counted -> ours.add(counted);
                case Read(var grammar) -> {
                    ours.addAll(grammar.fixed());
                    searched = true;
                }
            }
        }
        List<Part> fixed = merged(ours);
        return server.keys() == null
                ? legacyDifference(fixed, searched, server)
                : difference(fixed, searched, server.keys());
    }

    private static @Nullable String difference(
            List<Part> ours, boolean searched, ServerCommand.PublishedKeys server) {
        if (server.isMovable() && !searched) {
            return "the server has to search for keys, Sluice does not";
        }
        List<Part> theirs = merged(server.fixed());
        return ours.equals(theirs)
                ? null
                : "Sluice finds keys at %s, the server at %s"
                        .formatted(inWords(ours), inWords(theirs));
    }

    private static @Nullable String legacyDifference(
            List<Part> ours, boolean searched, ServerCommand server) {
        boolean counted = ours.stream().anyMatch(Counted.class::isInstance);
        if (server.isMovable() && !searched && !counted) {
            return "the server has to search for keys, Sluice does not";
        }
        if (counted && !server.isMovable()) {
            return "Sluice has to count keys, the server does not";
        }
        var ranges = new ArrayList<Part>(ours);
        ranges.removeIf(Counted.class::isInstance);
        var theirs = new ArrayList<Part>();
        if (server.firstKey() != 0) {
            theirs.add(new Range(Role.KEY, server.firstKey(), server.lastKey(), server.keyStep()));
        }
        return ranges.equals(merged(theirs))
                ? null
                : "Sluice finds keys at %s, the server at %s"
                        .formatted(inWords(ranges), inWords(theirs));
    }

    /**
     * Keys only, and ranges that follow one another made one, since servers split them by use. The
     * step of a single argument is 1.
     */
    private static List<Part> merged(List<Part> parts) {
        var merged = new ArrayList<Part>();
        for (Part part : parts) {
            switch (part) {
                case Range range when range.role() != Role.KEY -> {}
                case Range(var role, var first, var last, var step) when first == last ->
                        join(merged, new Range(role, first, last, 1));
                case Range range -> join(merged, range);
                case Counted counted -> merged.add(counted);
                case Read read -> throw new IllegalArgumentException("not a place: " + read);
            }
        }
        return merged;
    }

    private static void join(List<Part> merged, Range range) {
        boolean follows =
                !merged.isEmpty()
                        && merged.getLast() instanceof Range before
                        && before.step() == 1
                        && range.step() == 1
                        && before.last() + 1 == range.first();
        if (follows) {
            Range before = (Range) merged.removeLast();
            merged.add(new Range(Role.KEY, before.first(), range.last(), 1));
        } else {
            merged.add(range);
        }
    }

    private static String inWords(List<Part> parts) {
        if (parts.isEmpty()) {
            return "no argument";
        }
        var words = new ArrayList<String>();
        for (Part part : parts) {
            words.add(
                    switch (part) {
                        case Range range ->
                                range.first()
                                        + (range.last() == range.first() ? "" : ".." + range.last())
                                        + (range.step() == 1 ? "" : " by " + range.step());
                        case Counted counted ->
                                counted.first()
                                        + " on, counted by "
                                        + counted.count()
                                        + (counted.step() == 1 ? "" : ", by " + counted.step());
                        case Read read -> read.grammar().name();
                    });
        }
        return String.join(" and ", words);
    }
}
