package io.sluice.pg.it;

import io.sluice.testbed.PgMessage;
import org.jspecify.annotations.Nullable;

/** What must have happened in a run of the chaos, or it has shown nothing. */
enum ChaosEvent {
    /** A statement was cancelled by the proxy. */
    QUERY_TIMEOUT,
    /** A statement was cancelled by the server that had been told the proxy's limit. */
    STATEMENT_TIMEOUT,
    /** Nobody gave a server connection back in time. */
    ACQUIRE_TIMEOUT,
    /** A client was ended that was silent in a transaction. */
    IDLE_IN_TRANSACTION,
    /** A client was ended whose transaction took too long. */
    TRANSACTION_TIMEOUT,
    /** A client asked for a cancel, and it worked. */
    CANCELLED,
    /** A client logged in over TLS. */
    TLS,
    /** A client in session mode was served. */
    SESSION_MODE,
    /** A client in statement mode was served. */
    STATEMENT_MODE,
    /** A client logged in that has a long cancel key, as it speaks protocol 3.2. */
    LONG_KEY,
    /** A configuration was put in force. */
    RELOAD,
    /** All server connections of a database were gone. */
    PAUSE,
    /** Some were not, and the operator gave up. */
    PAUSE_GIVEN_UP,
    /** A pause was ended. */
    RESUME,
    /** Server connections were to be replaced. */
    RECONNECT,
    /** A server was killed. */
    KILL;

    /** What an ErrorResponse tells of; null: nothing that is counted. */
    static @Nullable ChaosEvent of(PgMessage error) {
        return switch (error.sqlState()) {
            case "57014" -> {
                String text = error.text();
                yield text.contains("of the proxy")
                        ? QUERY_TIMEOUT
                        : text.contains("statement timeout")
                                ? STATEMENT_TIMEOUT
                                : text.contains("user request") ? CANCELLED : null;
            }
            case "53300" -> ACQUIRE_TIMEOUT;
            case "25P03" -> IDLE_IN_TRANSACTION;
            case "25P04" -> TRANSACTION_TIMEOUT;
            default -> null;
        };
    }
}
