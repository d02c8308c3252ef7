package io.sluice.pool;

/** What a session knows of a server connection that it gives back. */
public enum Condition {
    /** Every request answered, no state left: the next session may have it at once. */
    CLEAN,
    /** Every request answered, but state may be left that the protocol's reset removes. */
    NEEDS_RESET,
    /** Anything else. */
    BROKEN
}
