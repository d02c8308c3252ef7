package io.sluice.pg.session;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import io.sluice.net.ChannelFailures;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.ProtocolViolation;
import java.io.IOException;

/**
 * Why and how a session ends: at its client's goodbye, when all that was asked before it is
 * answered; by a last error, as far as that can still be told; or without a word.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Ending {
    private final PgSession session;

    /** The client's Terminate was read: the session ends when all ahead of it is answered. */
    private boolean goodbye;

    private String reason = "the client disconnected";

    Ending(PgSession session) {
        this.session = session;
    }

    /** Why the session ended, or would if its client were gone now: for the log. */
    String reason() {
        return reason;
    }

    // ---- by the client

    /** The client's last word, behind requests that the server has been sent by now. */
    void onTerminate() {
        reason = "the client said goodbye";
        goodbye = true;
        ifAnswered();
    }

    boolean hasSaidGoodbye() {
        return goodbye;
    }

    /** After its goodbye a client waits for what it has asked in full, and for nothing else. */
    void ifAnswered() {
        Answers answers = session.answers();
        boolean hasNothingToCome =
                answers.areUnseen() && !session.hasServer() && !session.isWaiting();
        if (session.isOver() || !(goodbye || hasNothingToCome)) {
            return;
        }
        answers.flush();
        if (!awaitsAnswers() && answers.haveRoom()) {
            answers.end();
            session.close();
        }
    }

    private boolean awaitsAnswers() {
        Requests requests = session.requests();
        return session.hasServer()
                && !requests.isEmpty()
                && requests.first().complete()
                && !(session.isServerReady() && session.serverInUse().isInNeedOfMore());
    }

    /** The client broke the protocol. */
    void onViolation(ProtocolViolation violation) {
        fatal(
                ErrorResponse.fatal("08P01", "protocol violation: " + violation.getMessage()),
                "it broke the protocol: " + violation.getMessage());
    }

    /** Something failed in the channel, or in what is done for it. */
    void onFailure(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException
                || cause instanceof DecoderException
                || cause instanceof OutOfMemoryError) {
            if (!session.answers().areUnseen()) {
                reason =
                        "its connection failed: "
                                + ChannelFailures.reason("session=" + session.id(), cause);
            }
            ctx.close();
        } else if (cause instanceof RuntimeException failure && !session.isOver()) {
            onFailure(failure);
        } else {
            SessionLog.failed(session, cause);
            reason = "internal error: " + cause;
            ctx.close();
        }
    }

    // ---- by the proxy

    /** A bug of ours must not touch anybody else. */
    void onFailure(RuntimeException failure) {
        SessionLog.failed(session, failure);
        fatal(
                ErrorResponse.fatal("XX000", "internal error of the proxy"),
                "internal error: " + failure);
    }

    /** Statement mode has no transaction blocks. */
    void inStatementMode(String why) {
        fatal(
                ErrorResponse.fatal(
                        "08P01", "transaction blocks are not allowed in statement pooling mode"),
                why);
    }

    /** Tells the client why, as far as it can still be told, and closes. */
    void fatal(ErrorResponse error, String why) {
        if (session.isOver()) {
            return;
        }
        reason = why;
        SessionLog.answered(session, error);
        if (session.server() instanceof PgServerConnection server
                && server.relay().isInsideMessage()) {
            session.close();
            session.channel().close();
        } else {
            session.answers().lastError(error);
            session.close();
        }
    }

    /** The client has part of a message, whose rest is lost. */
    void insideMessage(String why) {
        reason = why;
        session.channel().close();
        session.close();
    }

    /** Closes without a word to the client. */
    void untold(String why) {
        reason = why;
        session.channel().close();
    }
}
