package io.sluice.pg.session;

import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.statement.ClientStatements;
import io.sluice.pg.statement.PreparedStatement;
import io.sluice.pg.statement.StatementTable;
import io.sluice.pg.statement.TextBudget;
import org.jspecify.annotations.Nullable;

/**
 * How much a client may prepare, and the words for what is too much.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class PrepareLimits {
    private final PgSession session;
    private final PgSettings.Statements limits;

    PrepareLimits(PgSession session, PgSettings.Statements limits) {
        this.session = session;
        this.limits = limits;
    }

    /** Longest Parse that is read as a whole. */
    int maxParse() {
        return limits.maxBytes() + FrontendRelay.MAX_SHORT;
    }

    /** Whether a text is too long to be remembered. */
    boolean isTooLong(int bytes) {
        return bytes > limits.maxBytes();
    }

    ErrorResponse tooLong(int bytes) {
        return ErrorResponse.error(
                        "54000",
                        "the statement to prepare has %d bytes, the limit is %d"
                                .formatted(bytes, limits.maxBytes()))
                .withHint(
                        "Prepare it as the unnamed statement, or raise prepared-statements.max-bytes.");
    }

    /** Keeps the text of an unnamed statement, or drops it and returns false: there is no room. */
    boolean keep(PreparedStatement unnamed) {
        return table().keep(unnamed, limits.perTenantBytes());
    }

    /** The client has its unnamed statement no more. */
    void drop(PreparedStatement unnamed) {
        table().drop(unnamed);
    }

    /**
     * Whether the session may have one more named statement.
     *
     * @return why not; null if it may
     */
    @Nullable ErrorResponse refusal(String name, int bodyLength) {
        ClientStatements statements = session.statements();
        if (statements.size() >= limits.perClient()) {
            return ErrorResponse.error(
                            "53400",
                            "too many prepared statements in this session (limit %d)"
                                    .formatted(limits.perClient()))
                    .withHint(
                            "Close statements that are not needed, or raise prepared-statements.per-client.");
        }
        long bytes = statements.bytes() + ClientStatements.bytes(name, bodyLength);
        if (bytes > limits.perClientBytes()) {
            return ErrorResponse.error(
                            "53400",
                            "the prepared statements of this session would have %d bytes (limit %d)"
                                    .formatted(bytes, limits.perClientBytes()))
                    .withHint(
                            "Close statements that are not needed, or raise prepared-statements.per-client-bytes.");
        }
        return null;
    }

    /** Whether a statement that is in the table already is one too many. */
    boolean isTooMuch(PreparedStatement statement) {
        return table().isTooMuch(statement, limits.perTenantBytes());
    }

    /** Why there is no room for a text of so many bytes. */
    ErrorResponse noRoomFor(int textBytes) {
        TextBudget.Share budget = table().budget();
        return budget.isProcessOverWith(textBytes)
                ? ErrorResponse.error(
                                "53200",
                                "no memory is left for prepared statements (limit %d bytes for all tenants, a third of the heap)"
                                        .formatted(budget.most()))
                        .withHint("Close statements that are not needed, or raise -Xmx of Sluice.")
                : ErrorResponse.error(
                                "53200",
                                "the prepared statements of this tenant would have %d bytes (limit %d)"
                                        .formatted(
                                                budget.bytesWith(textBytes),
                                                limits.perTenantBytes()))
                        .withHint(
                                "Close statements that are not needed, or raise prepared-statements.per-tenant-bytes.");
    }

    private StatementTable table() {
        return session.pgPool().statements();
    }
}
