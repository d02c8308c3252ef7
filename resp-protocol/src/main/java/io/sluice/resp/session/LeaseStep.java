package io.sluice.resp.session;

/** What a command does to the connection that its session has leased. */
enum LeaseStep {
    /** Nothing that stays. */
    NONE,
    /** Keys are watched from here on. */
    WATCH,
    /** A transaction is open from here on. */
    MULTI,
    /** Ends transaction and watches. */
    EXEC,
    /** As {@link #EXEC}, without doing what was queued. */
    DISCARD,
    /** Ends watches. */
    UNWATCH,
    /**
     * Leaves what is the session's until it ends, and what only closing the connection takes away.
     */
    KEEP,
    /** May leave anything: the connection is closed when it is answered. */
    CLOSE;

    /**
     * Whether a guard may refuse a command that does this. What begins or ends a transaction is
     * none of the work that guards count, and a client takes it for done.
     */
    boolean mayBeRefused() {
        return switch (this) {
            case NONE, WATCH, KEEP, CLOSE -> true;
            case MULTI, EXEC, DISCARD, UNWATCH -> false;
        };
    }
}
