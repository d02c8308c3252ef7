package io.sluice.pg.session;

/** Something that a server has been asked and has not answered yet. */
enum Expectation {
    QUERY,
    SYNC,
    FUNCTION_CALL,
    PARSE,
    BIND,
    DESCRIBE_STATEMENT,
    DESCRIBE_PORTAL,
    EXECUTE,
    CLOSE,
    /** A Query of the proxy: its answer is swallowed. */
    OWN_QUERY,
    /** A Sync of the proxy. */
    OWN_SYNC,
    /** A Parse that the proxy put ahead of a client's Bind or Describe. */
    OWN_PARSE,
    /** A Describe of the proxy: whether a server's copy has the type that clients know. */
    OWN_DESCRIBE,
    /** A Bind of the proxy. */
    OWN_BIND,
    /** An Execute of the proxy, behind one of the client's. */
    OWN_EXECUTE,
    /** A Close of the proxy, such as of a statement used least recently. */
    OWN_CLOSE,
    /** A Parse that the server need not see: the proxy answers when its turn comes. */
    LOCAL_PARSE,
    /** A Close that the server need not see. */
    LOCAL_CLOSE,
    /** No answer: the end of a COPY that its client began to send before it was asked to. */
    COPY_END;

    /** Whether the answer is the proxy's, not the client's. */
    boolean isOwn() {
        return switch (this) {
            case OWN_QUERY, OWN_SYNC, OWN_PARSE, OWN_DESCRIBE, OWN_BIND, OWN_EXECUTE, OWN_CLOSE ->
                    true;
            case QUERY,
                    SYNC,
                    FUNCTION_CALL,
                    PARSE,
                    BIND,
                    DESCRIBE_STATEMENT,
                    DESCRIBE_PORTAL,
                    EXECUTE,
                    CLOSE,
                    LOCAL_PARSE,
                    LOCAL_CLOSE,
                    COPY_END ->
                    false;
        };
    }

    /** Whether a ReadyForQuery ends it. */
    boolean endsWithReady() {
        return switch (this) {
            case QUERY, SYNC, FUNCTION_CALL, OWN_QUERY, OWN_SYNC -> true;
            case PARSE,
                    BIND,
                    DESCRIBE_STATEMENT,
                    DESCRIBE_PORTAL,
                    EXECUTE,
                    CLOSE,
                    OWN_PARSE,
                    OWN_DESCRIBE,
                    OWN_BIND,
                    OWN_EXECUTE,
                    OWN_CLOSE,
                    LOCAL_PARSE,
                    LOCAL_CLOSE,
                    COPY_END ->
                    false;
        };
    }

    /** Whether an error in it makes the server skip everything up to the next Sync. */
    boolean skipsToSync() {
        return switch (this) {
            case PARSE,
                    BIND,
                    DESCRIBE_STATEMENT,
                    DESCRIBE_PORTAL,
                    EXECUTE,
                    CLOSE,
                    OWN_PARSE,
                    OWN_DESCRIBE,
                    OWN_BIND,
                    OWN_EXECUTE,
                    OWN_CLOSE,
                    LOCAL_PARSE,
                    LOCAL_CLOSE ->
                    true;
            case QUERY, SYNC, FUNCTION_CALL, OWN_QUERY, OWN_SYNC, COPY_END -> false;
        };
    }
}
