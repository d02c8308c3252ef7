package io.sluice.resp.session;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.sluice.net.ChannelFailures;
import io.sluice.resp.wire.BrokenProtocol;
import java.io.IOException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Why and how a session ends: when all that was asked before is answered; behind a last error; or
 * without a word.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Ending {
    private static final Logger LOG = LogManager.getLogger(Ending.class);

    private final RespSession session;

    /** Nothing is read from the client, or written to it, any more. */
    private boolean over;

    /** The client gets what it is owed, and is closed then; it is not listened to any more. */
    private boolean leaving;

    private String reason = "the client closed the connection";

    Ending(RespSession session) {
        this.session = session;
    }

    boolean isOver() {
        return over;
    }

    boolean isLeaving() {
        return leaving;
    }

    /** Why the session ended, or would if its client were gone now: for the log. */
    String reason() {
        return reason;
    }

    /** The channel is closed. */
    void onClosed() {
        over = true;
    }

    // ---- when all is answered

    /** Answers what is there, then {@code text}, and closes. */
    void leaveWith(String text, String why) {
        session.answerError(text);
        leave(why);
    }

    /** Takes no further command, and closes when all is answered. */
    void leave(String why) {
        if (!leaving) {
            leaving = true;
            reason = why;
            ifAnswered();
        }
    }

    /** Closes if it is to be closed, and nothing is owed any more. */
    void ifAnswered() {
        if (leaving && session.isAllAnswered() && !over) {
            closeBehindAnswers();
        }
    }

    void onBrokenProtocol(BrokenProtocol broken) {
        leaveWith("ERR " + broken.getMessage(), "it broke the protocol: " + broken.getMessage());
    }

    // ---- at once

    /**
     * Closes at once; behind {@code text}, unless part of a reply has been passed already. What
     * servers answer from now on goes nowhere: the client would take it for another answer.
     */
    void cutOff(String text, String why) {
        if (over) {
            return;
        }
        if (session.answers().isInside()) {
            hangUp(why);
        } else {
            over = true;
            reason = why;
            session.answers().error(text);
            closeBehindAnswers();
        }
    }

    /** Closes behind what is answered by now; who waits for more is told. */
    void onShutdown(String why) {
        over = true;
        reason = why;
        if (!session.isAllAnswered() && !session.answers().isInside()) {
            session.answers().error("ERR sluice: shutting down");
        }
        closeBehindAnswers();
    }

    private void closeBehindAnswers() {
        session.answers().handOver();
        session.channel()
                .writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Closes without a word: nothing is written to the client any more. What the session has, it
     * gives back when the channel is closed, right after what the loop is at.
     */
    void hangUp(String why) {
        if (!over) {
            over = true;
            reason = why;
            giveUp();
        }
    }

    /** Closes, whether or not the client has taken its last words. */
    void giveUp() {
        Channel channel = session.channel();
        channel.unsafe().close(channel.voidPromise()); // not TLS' slow way, which asks to be read
    }

    /** Something is wrong with the proxy itself, while it deals with this client's commands. */
    void onFault(RuntimeException fault) {
        LOG.error("session={} failed", session.id(), fault);
        hangUp("a fault of the proxy: " + fault);
    }

    /** Something failed in the channel, or in what is done for it. */
    void onFailure(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("session={} failed", session.id(), cause);
        }
        String failure = ChannelFailures.reason("session " + session.id(), cause);
        if (!over) { // else it is what was still to be sent, and failed by the close
            reason = failure;
        }
        ctx.close();
    }
}
