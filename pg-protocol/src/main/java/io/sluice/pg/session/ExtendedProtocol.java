package io.sluice.pg.session;

import io.sluice.pg.config.PgSettings;
import io.sluice.pg.statement.ClientStatements;
import io.sluice.pg.statement.PreparedStatement;
import org.jspecify.annotations.Nullable;

/**
 * What a session has of the extended protocol: the statements that its client has prepared, and a
 * {@link Translator}, which is made with the first message of it and forgotten when the session is
 * idle.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class ExtendedProtocol {
    private final PgSession session;
    private final ClientStatements statements;
    private @Nullable Translator translator;

    ExtendedProtocol(PgSession session, ClientStatements statements) {
        this.session = session;
        this.statements = statements;
    }

    ClientStatements statements() {
        return statements;
    }

    Translator translator() {
        Translator made = translator;
        if (made == null) {
            PgSettings.Statements settings = session.context().settings().statements();
            made = new Translator(session, settings);
            translator = made;
        }
        return made;
    }

    /** A Sync is sent, behind which the server is going to be ready {@code due} times in all. */
    void onSeriesEnd(int due) {
        if (translator != null) {
            translator.doubts().onSeriesEnd(due);
        }
    }

    /** The server is ready: see {@link Translator#onReady}. */
    void onReady(boolean idle, int behind) {
        if (translator != null) {
            translator.onReady(idle, behind);
        }
    }

    /** The first two requests that are due are one. */
    void onRequestsMerged() {
        if (translator != null) {
            translator.doubts().onMerged();
        }
    }

    /** Syncs did not end their series after all. */
    void onSyncsIgnored(int count) {
        if (translator != null) {
            translator.doubts().onSyncsIgnored(count);
        }
    }

    void onServerLost() {
        if (translator != null) {
            translator.doubts().onServerLost();
        }
    }

    /** A simple Query drops the unnamed statement, as the end of the session does. */
    void forgetUnnamed() {
        if (translator != null) {
            translator.unnamed().set(null);
        }
    }

    /** The client itself was told that a statement has other types now. */
    void onNewTypesTold(PreparedStatement statement) {
        statements.renew(statement);
        translator().unnamed().onNewTypesTold(statement);
    }

    /** The server refused or skipped a Parse of the client. */
    void onPrepareFailed(String clientName, PreparedStatement statement) {
        translator().onPrepareFailed(clientName, statement);
    }

    /** An idle session keeps no more than its client would miss. */
    void trim() {
        if (translator != null && translator.isForgettable()) {
            translator = null;
        }
    }

    /** The session is over. */
    void clear() {
        forgetUnnamed();
        statements.clear();
    }
}
