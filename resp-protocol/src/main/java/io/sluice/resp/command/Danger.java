package io.sluice.resp.command;

/** What a tenant has to own so that a command of his harms and tells of nobody else. */
public enum Danger {
    /** Nothing: the command keeps to the keys and channels that it names. */
    NONE,
    /** The numbered databases in reach: the command sees or changes all keys of one. */
    OWN_DATABASE,
    /** The server: the command sees or changes what databases do not part. */
    OWN_SERVER,
    /** No owner is enough: the command is the operator's, or cannot pass through a proxy. */
    NEVER
}
