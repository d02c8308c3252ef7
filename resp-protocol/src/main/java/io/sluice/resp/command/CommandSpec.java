package io.sluice.resp.command;

import io.sluice.guard.OperationClass;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What Sluice knows of one command, or of one subcommand of a container such as CLIENT.
 *
 * <p>A container's own spec stands for it without a subcommand, and with one that nobody knows. It
 * is never sent to a server: some compare names only up to a zero byte, so that a name which is
 * unknown here may be a known one there.
 *
 * @param id dense, from 0 in the shipped table; those that only a server knows follow
 * @param name lower case; of a subcommand both words: {@code client setname}
 * @param operationClass which timeout it has by default
 * @param prefix REFUSED whenever {@code danger} is not NONE
 * @param danger NEVER exactly where {@code placement} is REFUSED
 * @param blocking which argument says how long it may block; null if none does
 * @param alternative what a refusal recommends, to stand in "use … instead"; empty if nothing
 */
public record CommandSpec(
        int id,
        String name,
        KeySpec keys,
        Placement placement,
        OperationClass operationClass,
        PrefixUse prefix,
        Danger danger,
        @Nullable BlockingArgument blocking,
        Set<Trait> traits,
        String alternative) {

    /** What all commands that only a server knows are counted as. */
    public static final String OTHER = "other";

    /** What else there is to say of some commands. */
    public enum Trait {
        /** Has subcommands. */
        CONTAINER,
        /** Refused by default even to owners, until the configuration allows it. */
        BLOCKED,
        /** Leaves something on the connection that runs it. */
        STATE,
        /** Servers publish other key positions than they use. */
        DIFFERS,
        /** Refused in Redis' words for a subcommand that does not exist. */
        UNKNOWN,
        /** Matches names against a pattern that the client gives. */
        PATTERN
    }

    public CommandSpec {
        traits = Set.copyOf(traits);
    }

    /**
     * Which argument says how long a command may block.
     *
     * @param argument its index, from the end if negative (-1 is the last one); 0 for the value of
     *     the option BLOCK
     * @param unitNanos nanoseconds in one of its units; seconds may have a fraction
     */
    public record BlockingArgument(int argument, long unitNanos) {}

    /** The name for counters, out of a bounded set: one for all that only a server knows. */
    public String label() {
        return placement == Placement.UNCLASSIFIED ? OTHER : name;
    }

    /** Whether it has subcommands; this is then never to be sent. */
    public boolean isContainer() {
        return traits.contains(Trait.CONTAINER);
    }

    /** Whether it is one of a container. */
    public boolean isSubcommand() {
        return name.indexOf(' ') > 0;
    }

    /** Whether it is refused by default even to owners (REQUIREMENTS R5.3). */
    public boolean isBlocked() {
        return traits.contains(Trait.BLOCKED);
    }

    /** Whether it would leave something on the connection that runs it, also from within MULTI. */
    public boolean leavesState() {
        return traits.contains(Trait.STATE);
    }

    /** Whether its refusal is to read as if the server did not have it. */
    public boolean isRefusedAsUnknown() {
        return traits.contains(Trait.UNKNOWN);
    }

    /** Whether it has the server match names against a pattern of the client's. */
    public boolean hasPattern() {
        return traits.contains(Trait.PATTERN);
    }

    /** Whether servers are known to publish wrong key positions for it, so that ours count. */
    boolean isPublishedWrongly() {
        return traits.contains(Trait.DIFFERS);
    }

    @Override
    public String toString() {
        return name;
    }
}
