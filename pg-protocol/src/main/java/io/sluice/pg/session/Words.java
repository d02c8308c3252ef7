package io.sluice.pg.session;

import io.sluice.guard.Refusal;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.ErrorResponse;
import java.time.Duration;

/**
 * PostgreSQL's words for what the proxy refuses. An error that lets the client stay never has a
 * code on which drivers' pools evict connections (08, 57P0, 0A000): an exhausted pool must not
 * become a storm of logins.
 */
public final class Words {
    /** The server's function that refuses a changed result type; drivers know it by this. */
    static final String CACHED_PLAN_ROUTINE = "RevalidateCachedQuery";

    private Words() {}

    /** For a client that stays. */
    public static ErrorResponse of(Refusal refusal) {
        return ErrorResponse.error(code(refusal), refusal.message()).withHint(refusal.hint());
    }

    /** For a client that is not let in. */
    public static ErrorResponse atLogin(Refusal refusal) {
        String code =
                switch (refusal) {
                    case Refusal.BackendUnavailable down ->
                            down.code().isEmpty() ? "08006" : down.code();
                    case Refusal.ShuttingDown _ -> "57P01";
                    case Refusal.DatabaseDisabled _ -> "57P03";
                    case Refusal.WaitTimedOut _,
                            Refusal.QueueFull _,
                            Refusal.TooManyOperations _,
                            Refusal.TooManyClients _ ->
                            code(refusal);
                };
        return ErrorResponse.fatal(code, refusal.message()).withHint(refusal.hint());
    }

    /** A server's error that ends a session; drivers index into the code, which not all have. */
    static ErrorResponse lastOf(ErrorFields error) {
        return ErrorResponse.fatal(
                error.code().isEmpty() ? "08006" : error.code(), error.message());
    }

    static ErrorResponse timedOut(Duration limit) {
        return ErrorResponse.error(
                        "57014",
                        "canceling statement due to query timeout of the proxy (%d ms)"
                                .formatted(limit.toMillis()))
                .withHint("Make the statement faster, or raise timeouts.query.");
    }

    /** PostgreSQL's own words where a result type has changed. */
    static ErrorResponse typeHasChanged() {
        return ErrorResponse.error("0A000", "cached plan must not change result type")
                .withRoutine(CACHED_PLAN_ROUTINE);
    }

    /** PostgreSQL's own words where there is no unnamed statement. */
    static ErrorResponse noUnnamed() {
        return ErrorResponse.error("26000", "unnamed prepared statement does not exist");
    }

    /** PostgreSQL's own words in a transaction that has failed. */
    static ErrorResponse transactionIsAborted() {
        return ErrorResponse.error(
                "25P02",
                "current transaction is aborted, commands ignored until end of transaction block");
    }

    private static String code(Refusal refusal) {
        return switch (refusal) {
            case Refusal.WaitTimedOut _,
                    Refusal.QueueFull _,
                    Refusal.TooManyClients _,
                    Refusal.ShuttingDown _,
                    Refusal.DatabaseDisabled _ ->
                    "53300";
            case Refusal.BackendUnavailable _ -> "53000";
            case Refusal.TooManyOperations _ -> "53400";
        };
    }
}
