package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.wire.RespBytes;

/**
 * What the proxy itself says to a client, one answer for each command that it deals with. All but
 * {@link #begin} return true: the command is done with.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class LocalAnswers {
    static final String SYNTAX = "ERR syntax error";
    static final String NOT_A_NUMBER = "ERR value is not an integer or out of range";

    private final RespSession session;

    LocalAnswers(RespSession session) {
        this.session = session;
    }

    /** A buffer for an answer; the command counts as dealt with. */
    ByteBuf begin(int capacity) {
        session.client().onCommand();
        return session.channel().alloc().buffer(capacity);
    }

    /** Sends what was begun. */
    boolean end(ByteBuf answer) {
        session.answer(answer);
        return true;
    }

    boolean ok() {
        ByteBuf out = begin(8);
        RespBytes.ok(out);
        return end(out);
    }

    boolean simple(String text) {
        ByteBuf out = begin(text.length() + 4);
        RespBytes.simple(out, text);
        return end(out);
    }

    boolean integer(long number) {
        ByteBuf out = begin(24);
        RespBytes.integer(out, number);
        return end(out);
    }

    boolean verbatim(CharSequence text) {
        ByteBuf out = begin(text.length() + 32);
        RespBytes.verbatim(out, session.client().version(), text);
        return end(out);
    }

    boolean error(String text) {
        session.client().onCommand();
        session.answerError(text);
        return true;
    }

    /**
     * In the words of the server's version, for which the session may have to wait.
     *
     * @return whether it is answered
     */
    boolean wrongArguments(Request request, CommandSpec spec) {
        if (!session.knowsServer()) {
            return false;
        }
        return error(session.lanes().commands().errors().wrongArguments(spec, request));
    }
}
