package io.sluice.resp.session;

import io.netty.buffer.Unpooled;

/**
 * Asks a server for its commands again, since a client has used one that it had not when it was
 * asked last. The client waits for it.
 */
final class CommandRefresh extends Question {
    private final RespSession session;
    private final Knowledge knowledge;

    private CommandRefresh(RespSession session, Knowledge knowledge) {
        this.session = session;
        this.knowledge = knowledge;
    }

    /** Returns whether it is being asked; else the session waits for a connection to ask on. */
    static boolean begin(RespSession session) {
        RespConnection connection = (RespConnection) session.lanes().shared().pick();
        if (connection == null) {
            session.lanes().shared().await(session);
            return false;
        }
        Knowledge knowledge = session.lanes().knowledge();
        knowledge.onAsked();
        session.hold();
        connection.ask(new CommandRefresh(session, knowledge), "COMMAND");
        return true;
    }

    @Override
    void onAnswer(byte type, byte[] reply, int length) {
        if (type == '-') {
            knowledge.onNotTold();
        } else {
            knowledge.onCommands(Unpooled.wrappedBuffer(reply, 0, length));
        }
        goOn();
    }

    @Override
    void onNoAnswer(String reason) {
        session.loop().execute(this::goOn); // not while others are told of the loss
    }

    private void goOn() {
        if (!session.isOver()) {
            session.resume();
        }
    }
}
