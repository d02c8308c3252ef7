package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.sluice.net.Outlet;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.settings.Settings;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a session's client is sent: its server's answers, and the proxy's own. Those of the proxy
 * are written between the server's messages only: the callers know where these end.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Answers {
    private final PgSession session;

    /** The client is gone, and what it asked for goes on: nobody sees the answers. */
    private boolean unseen;

    private long bytes;

    /** What the servers start with whose values the client was told. */
    private Map<String, String> toldDefaults = Map.of();

    Answers(PgSession session) {
        this.session = session;
    }

    /** Bytes that were sent behind the login, all but errors that no server is there for. */
    long bytes() {
        return bytes;
    }

    /** From now on answers are dropped. */
    void goUnseen() {
        unseen = true;
    }

    boolean areUnseen() {
        return unseen;
    }

    /** Whether there is room for answers: for who does not want them there always is. */
    boolean haveRoom() {
        return unseen || channel().isWritable();
    }

    // ---- of the server

    /** Hands {@code answered} to the client's channel, which releases it. */
    void write(ByteBuf answered) {
        int length = answered.readableBytes();
        bytes += length;
        session.requests().onAnswering(length);
        hand(answered);
    }

    private void hand(ByteBuf answered) {
        if (unseen) {
            answered.release();
        } else {
            Outlet.write(channel(), answered, usesTls());
        }
    }

    void flush() {
        Outlet.flush(channel(), usesTls());
    }

    // ---- of the proxy

    /** The client is let in: what it needs to know, and that it can begin. */
    void welcome(Welcome welcome, CancelKey key) {
        toldDefaults = welcome.defaults();
        ByteBuf out = channel().alloc().buffer(512);
        welcome.parameters()
                .forEach(parameter ->
                        Messages.parameterStatus(out, parameter.getKey(), parameter.getValue()));
        Messages.backendKeyData(out, key.processId(), key.secret());
        Messages.readyForQuery(out, TransactionStatus.IDLE);
        channel().writeAndFlush(out, channel().voidPromise());
    }

    /**
     * The client has another server: tells it where that starts with other values than those that
     * it knows.
     *
     * @param own the settings of the client's own, of which nothing is told
     */
    void tellDefaults(Map<String, String> defaults, Settings own) {
        Map<String, String> told = toldDefaults;
        if (defaults.equals(told)) { // mostly the same instance
            return;
        }
        toldDefaults = defaults;
        ByteBuf out = channel().alloc().buffer(64);
        defaults.forEach((name, value) -> {
            boolean isItsOwn = own.get(name.toLowerCase(Locale.ROOT)) != null;
            if (!value.equals(told.get(name)) && !isItsOwn) {
                Messages.parameterStatus(out, name, value);
            }
        });
        if (out.isReadable()) {
            hand(out);
            flush();
        } else {
            out.release();
        }
    }

    /** What the client is to be told of its first pin, once; the caller sends it. */
    @Nullable ByteBuf takePinNotice() {
        String text = session.state().takePinNotice();
        if (text == null) {
            return null;
        }
        ByteBuf out = channel().alloc().buffer(128);
        Messages.notice(out, "00000", text);
        return out;
    }

    /** Written, not flushed. */
    void error(ErrorResponse error) {
        SessionLog.answered(session, error);
        ByteBuf out = channel().alloc().buffer(256);
        error.writeTo(out);
        channel().write(out, channel().voidPromise());
    }

    /** Written, not flushed. */
    void ready(TransactionStatus status) {
        ByteBuf out = channel().alloc().buffer(6);
        Messages.readyForQuery(out, status);
        channel().write(out, channel().voidPromise());
    }

    void notice(String message) {
        ByteBuf out = channel().alloc().buffer(128);
        Messages.notice(out, "00000", message);
        channel().writeAndFlush(out, channel().voidPromise());
    }

    /** The last: the channel is closed behind it. */
    void lastError(ErrorResponse error) {
        ByteBuf out = channel().alloc().buffer(256);
        error.writeTo(out);
        channel().writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    }

    /** All were written: the channel is closed behind them. */
    void end() {
        channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    private Channel channel() {
        return session.channel();
    }

    private boolean usesTls() {
        return !session.tls().isEmpty();
    }
}
