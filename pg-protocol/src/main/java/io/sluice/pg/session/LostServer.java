package io.sluice.pg.session;

import io.sluice.guard.Outcome;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.ErrorResponse;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a session, and of what it has asked, when the connection of its lease is dead. It
 * holds no lease any more.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class LostServer {
    private final PgSession session;
    private final Requests requests;
    private final @Nullable ErrorFields error;
    private final String reason;

    /** The running request had taken too long, and was being cancelled. */
    private final boolean timedOut;

    /**
     * Tells what has happened.
     *
     * @param error the server's last words, if it had any
     * @param reason why the connection is dead
     */
    LostServer(PgSession session, @Nullable ErrorFields error, String reason) {
        this.session = session;
        this.requests = session.requests();
        this.error = error;
        this.reason = reason;
        this.timedOut = !requests.isEmpty() && requests.first().timedOut();
    }

    /** The client has only part of a message, and can be told nothing. */
    void endInsideMessage() {
        requests.settleAll(outcome());
        session.ending().insideMessage(reason);
    }

    /** The session must not go on: what it relies on was in the server. */
    void end() {
        requests.settleAll(outcome());
        session.ending()
                .fatal(
                        error == null
                                ? ErrorResponse.fatal("08006", "server connection lost: " + reason)
                                : Words.lastOf(error),
                        reason);
    }

    /** Nothing of the request was sent yet. */
    void tryAgain(PgOperation operation) {
        if (!operation.secondTry()) {
            operation.setSecondTry();
            session.pool().acquire(session);
            return;
        }
        FrontendRelay frontend = session.frontend();
        if (frontend.leadsTransaction()) {
            session.ending()
                    .fatal(
                            ErrorResponse.fatal("08006", "server connection lost: " + reason),
                            reason);
            return;
        }
        requests.giveUpAdmitted(Outcome.BACKEND_FAULT);
        session.answers().error(ErrorResponse.error("58000", "server connection lost: " + reason));
        frontend.dropRefused();
        session.channel().flush();
        frontend.pump();
    }

    /** The client stays, and gets an error for each of its requests. */
    void answerAll() {
        FrontendRelay frontend = session.frontend();
        session.settings().onRollback();
        while (!requests.isEmpty()) {
            PgOperation operation = requests.first();
            session.answers()
                    .error(
                            timedOut
                                    ? Words.timedOut(session.timeouts().query())
                                    : ErrorResponse.error(
                                                    "58000", "server connection lost: " + reason)
                                            .withDetail(
                                                    "The outcome of the statement is unknown."));
            if (operation.complete()) {
                session.answers().ready(session.status());
            } else {
                frontend.discardToSync();
            }
            requests.settleFirst(outcome());
        }
        requests.onServerLost();
        session.channel().flush();
        frontend.pump();
    }

    private Outcome outcome() {
        return timedOut ? Outcome.TIMEOUT : Outcome.BACKEND_FAULT;
    }
}
