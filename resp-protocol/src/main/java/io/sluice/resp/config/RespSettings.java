package io.sluice.resp.config;

import io.sluice.spi.PoolModeSetting;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What holds for the sessions of one tenant, resolved from global and tenant's keys.
 *
 * @param isolation what keeps the tenant's data apart from others'
 * @param prefix of keys and channels; empty: see {@link #prefixOf}
 * @param firstDatabase the server's number of the database that clients know as 0
 * @param databases how many there are from there on
 * @param allow commands, in lower case, that are let through although they are blocked by default
 * @param block commands, in lower case, that are refused
 */
public record RespSettings(
        Isolation isolation,
        Optional<String> prefix,
        int firstDatabase,
        int databases,
        Set<String> allow,
        Set<String> block,
        Shared shared,
        Patience patience,
        Replies replies,
        Requests requests,
        Subscriptions subscriptions)
        implements PoolModeSetting {

    public RespSettings {
        allow = Set.copyOf(allow);
        block = Set.copyOf(block);
    }

    /** What is put before the names of a tenant. */
    public String prefixOf(String tenant) {
        return prefix.orElse(tenant + ":");
    }

    /** A connection of a client's own is given back at the end of its transaction. */
    @Override
    public String poolMode() {
        return "transaction";
    }

    /**
     * Connections that requests of many sessions share.
     *
     * @param connections most of one (user, database number, RESP version)
     * @param slots requests unanswered on one from which on it takes no more
     * @param stall silence of a server that owes answers after which it is asked whether it lives;
     *     after as much again it is given up
     */
    public record Shared(int connections, int slots, Duration stall) {}

    /**
     * Longest a command of each class may take; zero: as {@code timeouts.query}.
     *
     * @param blocking longest for a blocking command that names no time; zero: any
     */
    public record Patience(
            Duration simpleRead,
            Duration complexRead,
            Duration write,
            Duration batch,
            Duration other,
            Duration blocking) {}

    /**
     * What of replies a client may leave unread.
     *
     * @param soft bytes beyond which it is closed after {@code softFor}
     * @param hard bytes beyond which it is closed at once
     * @param total bytes that all clients of the process together may leave; the one that leaves
     *     most is closed beyond that
     */
    public record Replies(long soft, Duration softFor, long hard, long total) {}

    /**
     * What clients may subscribe to.
     *
     * @param maxChannels channels and patterns of one client
     * @param maxTotal channels and patterns of all clients of a tenant's user, each counted as
     *     often as it is subscribed to
     * @param maxName bytes of the name of a channel, or of a pattern
     */
    public record Subscriptions(int maxChannels, int maxTotal, int maxName) {}

    /**
     * What a client may ask at once.
     *
     * @param maxArguments of one command
     * @param maxArgument bytes of one argument
     * @param maxCommand bytes of one command that has to be there as a whole before it is passed on
     * @param maxPattern bytes of a pattern that a server is to match names against
     */
    public record Requests(int maxArguments, long maxArgument, long maxCommand, int maxPattern) {}
}
