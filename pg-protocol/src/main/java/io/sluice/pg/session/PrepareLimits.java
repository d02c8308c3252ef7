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

    boolean hasRoomForUnnamed(int bytes) {
        return table().hasRoomForUnnamed(bytes, limits.perTenantBytes());
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

    /**
     * Whether there is room for a statement that is in the table already.
     *
     * @return why not; null if there is
     */
    @Nullable ErrorResponse refusal(PreparedStatement statement) {
        return table().isTooMuch(statement, limits.perTenantBytes())
                ? noRoom(table().budget())
                : null;
    }

    private ErrorResponse noRoom(TextBudget.Share budget) {
        return budget.isProcessOver()
                ? ErrorResponse.error(
                                "53200",
                                "no memory is left for prepared statements (limit %d bytes for all tenants, a third of the heap)"
                                        .formatted(budget.most()))
                        .withHint("Close statements that are not needed, or raise -Xmx of Sluice.")
                : ErrorResponse.error(
                                "53200",
                                "the prepared statements of this tenant would have %d bytes (limit %d)"
                                        .formatted(budget.bytes(), limits.perTenantBytes()))
                        .withHint(
                                "Close statements that are not needed, or raise prepared-statements.per-tenant-bytes.");
    }

    private StatementTable table() {
        return session.pgPool().statements();
    }
}
