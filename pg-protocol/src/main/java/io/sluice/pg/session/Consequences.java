package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.statement.Effects;
import io.sluice.pg.statement.PreparedStatement;
import io.sluice.pg.statement.ServerStatements;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What follows from what became of something that a server was asked, for its session and for what
 * is known of the server: it was executed, has failed, or was skipped.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class Consequences implements Expected.Skipped {
    private final PgServerConnection connection;
    private final ServerStatements statements;

    /** Which statement of a Query is answered next. */
    private int statementOfQuery;

    Consequences(PgServerConnection connection, ServerStatements statements) {
        this.connection = connection;
        this.statements = statements;
    }

    // ---- executed

    void onCommandTag(ByteBuf in, int from, int length) {
        // Those of onRareTag: all others are not looked at further.
        byte first = length > 5 ? in.getByte(from) : 0;
        if (first == 'C' || first == 'R' || first == 'D' || first == 'P') {
            onRareTag(in.toString(from, length, StandardCharsets.US_ASCII));
            if (first == 'C' && in.getByte(from + 3) == 'Y') {
                connection.copyIn().onCopied();
            }
        }
        connection.copyIn().end();
    }

    private void onRareTag(String tag) {
        PgSession session = connection.session();
        switch (tag) {
            case "COMMIT", "PREPARE TRANSACTION" -> {
                if (session != null) {
                    session.settings().onCommit();
                }
            }
            case "ROLLBACK" -> {
                if (session != null) { // the tag of ROLLBACK TO too
                    if (mayBeToSavepoint(connection.expected().headDetail())) {
                        session.state().onRollbackToSavepoint();
                    } else {
                        session.state().onRollback();
                    }
                }
            }
            case "DEALLOCATE ALL" -> {
                statements.clear();
                if (session != null) {
                    session.statements().clear();
                }
            }
            case "DISCARD ALL" -> {
                statements.clear();
                if (session != null) {
                    session.state().onDiscardAll();
                }
            }
            default -> {}
        }
    }

    /** Whether the statement that was answered last is a ROLLBACK TO, or too far back to know. */
    private boolean mayBeToSavepoint(@Nullable Detail detail) {
        return statementOfQuery >= Classified.LISTED_STATEMENTS
                || (detail != null && detail.rollsBackToSavepoint(statementOfQuery));
    }

    /** A statement of the extended protocol was executed, or one of several in a Query. */
    void onExecuted(@Nullable Detail detail, int index) {
        PgSession session = connection.session();
        if (session == null || detail == null) {
            return;
        }
        if (detail instanceof Detail.Using using && using.statement().mayCommit()) {
            session.state().onMayHaveCommitted();
        }
        Effects effects = detail.effects();
        if (effects != null) {
            session.state().onEffects(effects, index);
        }
    }

    void onStatementOfQuery(@Nullable Detail detail) {
        onExecuted(detail, statementOfQuery++);
    }

    /** Whether the statement that is answered now was put into its Query by the proxy. */
    boolean isInserted(@Nullable Detail detail) {
        return detail instanceof Detail.Leaves(Effects _, List<Integer> inserted)
                && inserted.contains(statementOfQuery);
    }

    /** The server is ready: what it is asked next begins with its first statement. */
    void onReady() {
        statementOfQuery = 0;
    }

    // ---- failed

    /** The head of what was expected failed with an error that the client has seen. */
    void onFailed(Expectation kind, @Nullable Detail detail, ErrorFields error) {
        boolean isTypeChanged =
                error.code().equals("0A000") && error.routine().equals(Words.CACHED_PLAN_ROUTINE);
        boolean isMissing = error.code().equals("26000"); // closed by code that nobody has seen
        PgSession session = connection.session();
        if (detail instanceof Detail.Describing(PreparedStatement statement, int epoch)) {
            if (isTypeChanged && epoch == statement.epoch()) {
                connection.types().retire(statement);
            } else if (kind != Expectation.DESCRIBE_PORTAL && isMissing) {
                statements.forget(statement);
            }
        } else if (detail
                instanceof Detail.Using(PreparedStatement statement, @Nullable Effects effects)) {
            if (isTypeChanged) {
                connection.types().retire(statement);
            } else if (kind == Expectation.BIND && isMissing) {
                statements.forget(statement);
            }
            if (session != null && statement.mayCommit()) {
                session.state().onMayHaveCommitted();
            }
            if (session != null && effects != null) {
                session.state().onFailedEffects(effects);
            }
        } else if (detail instanceof Detail.Leaves(Effects effects, List<Integer> _)
                && session != null) {
            session.state().onFailedEffects(effects);
        } else if (detail instanceof Detail.Owning(String clientName) && session != null) {
            session.statements().remove(clientName); // the server prepares it no more
        }
    }

    // ---- skipped

    /** The server skips this, because something before it failed. */
    @Override
    public void skipped(Expectation kind, @Nullable Detail detail) {
        PgSession session = connection.session();
        if (session != null && (kind == Expectation.QUERY || kind == Expectation.FUNCTION_CALL)) {
            session.onRequestSkipped();
        }
        if (detail != null) {
            detail.onSkipped(kind, connection, session);
        }
    }
}
