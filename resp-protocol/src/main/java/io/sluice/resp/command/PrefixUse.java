package io.sluice.resp.command;

/**
 * How a command goes where the keys of a tenant have a prefix: what has to be rewritten besides the
 * arguments that {@link KeySpec} names. An error reply may name a key whatever is said here.
 */
public enum PrefixUse {
    /** Nothing else: the reply names no key. */
    ALLOWED,
    /** It does not go. */
    REFUSED,
    /**
     * The option MATCH, which is put in where it lacks; the reply is a cursor and a list of keys.
     */
    SCAN,
    /** The reply is null, or an array that begins with a key. */
    KEY_FIRST,
    /** The reply is null, or a map by key; in RESP2 an array of pairs that begin with a key. */
    STREAMS,
    /** Confirmations and messages name channels. */
    SUBSCRIPTION,
    /** The reply is null, or an array of the replies of a block's commands, each to its own use. */
    BLOCK
}
