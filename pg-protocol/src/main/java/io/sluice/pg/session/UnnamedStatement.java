package io.sluice.pg.session;

import io.sluice.pg.sql.PinReason;
import io.sluice.pg.statement.PreparedStatement;
import org.jspecify.annotations.Nullable;

/**
 * The unnamed statement of a client, whose text counts in its pool's table while the client has it.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class UnnamedStatement {
    private final PgSession session;
    private final PrepareLimits limits;
    private @Nullable PreparedStatement statement;

    /** What the statement's was when the client was told of it last. */
    private int epoch;

    /** The session is pinned because there was no room for the statement's text. */
    private boolean pins;

    UnnamedStatement(PgSession session, PrepareLimits limits) {
        this.session = session;
        this.limits = limits;
    }

    /** Null if the client has none. */
    @Nullable PreparedStatement get() {
        return statement;
    }

    /** The former one is nobody's: what still refers to it needs no text. */
    void set(@Nullable PreparedStatement prepared) {
        PreparedStatement former = statement;
        statement = prepared;
        if (former != null) {
            limits.drop(former);
        }
        if (pins) {
            pins = false;
            session.state().unpin(PinReason.LARGE_STATEMENT);
        }
        if (prepared != null) {
            epoch = prepared.epoch();
            pins = !limits.keep(prepared) && session.state().pin(PinReason.LARGE_STATEMENT);
        }
    }

    /** Whether the types of the statement have changed since the client was told them. */
    boolean isStale() {
        return statement != null && statement.epoch() != epoch;
    }

    /** The client was told the types that a statement has now. */
    void onNewTypesTold(PreparedStatement told) {
        if (statement == told) {
            epoch = told.epoch();
        }
    }
}
