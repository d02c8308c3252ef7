package io.sluice.resp.command;

/** Where a command runs. */
public enum Placement {
    /** On a connection together with the commands of other clients. */
    SHARED,
    /** On a connection of its own until it is answered. */
    BLOCKING,
    /** As {@link #BLOCKING} if it is asked to block, as {@link #SHARED} if not. */
    BLOCKING_BY_ARGUMENT,
    /** MULTI, EXEC, DISCARD, WATCH, UNWATCH: begins or ends a lease, or a block of commands. */
    TRANSACTION,
    /** Subscribing and its opposite: fanned out by the proxy. */
    SUBSCRIPTION,
    /** Answered by the proxy, in the client's order. */
    LOCAL,
    /** WAIT and WAITAOF: tells of the writes of its own connection. */
    WAITING,
    /** On a lease, which lasts as long as the state that the command leaves there. */
    STATEFUL,
    /** Never sent to a server. */
    REFUSED,
    /** Known to the server alone: on a lease that is closed afterwards. */
    UNCLASSIFIED
}
