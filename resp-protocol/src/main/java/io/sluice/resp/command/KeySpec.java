package io.sluice.resp.command;

import java.util.List;

/**
 * Which arguments of a command are keys, or otherwise named by a tenant and not by the command.
 * Positions are argument indexes; 0 is the command's name.
 *
 * @param parts in ascending order
 */
public record KeySpec(List<Part> parts) {

    /** No argument at all. */
    public static final KeySpec NONE = new KeySpec(List.of());

    public KeySpec {
        parts = List.copyOf(parts);
    }

    /** Whether a command may have an argument of that role. */
    public boolean mayName(Role role) {
        return parts.stream()
                .anyMatch(part ->
                        switch (part) {
                            case Range range -> range.role() == role;
                            case Counted _ -> role == Role.KEY;
                            case Read(var grammar) -> grammar.mayName(role);
                        });
    }

    /** What an argument is. */
    public enum Role {
        /** The name of a key. */
        KEY,
        /** The names of keys, made by putting an element into it (BY and GET of SORT); no glob. */
        TEMPLATE,
        /** A glob pattern that keys are to match. */
        GLOB,
        /** The name of a channel. */
        CHANNEL,
        /** A glob pattern that channels are to match. */
        CHANNEL_GLOB,
        /** The number of a database. */
        DATABASE
    }

    /** One rule for finding some of them. */
    public sealed interface Part {}

    /**
     * Every {@code step}-th argument of a range.
     *
     * @param last the last argument that may be one; if negative, counted from the end: -1 is the
     *     last argument
     */
    public record Range(Role role, int first, int last, int step) implements Part {}

    /**
     * As many as an argument says.
     *
     * @param count the argument that is the number
     */
    public record Counted(int count, int first, int step) implements Part {}

    /** Where the command's own grammar has them. */
    public record Read(Grammar grammar) implements Part {}
}
