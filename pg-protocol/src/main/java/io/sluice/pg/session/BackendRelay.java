package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.sluice.metrics.Counter;
import io.sluice.metrics.Stats;
import io.sluice.pg.message.Backend;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.session.BackPressure;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a server sends: cuts it into messages, and passes to the client what is the client's,
 * in the slices it was read in, a whole read at once where all of it is. What becomes of a message
 * its {@link AnswerTable} says; one that this does not allow closes the connection.
 *
 * <p><b>Threads:</b> confined to the connection's loop. <b>Buffers:</b> owns what it reads until it
 * is written to a client.
 */
final class BackendRelay extends ChannelInboundHandlerAdapter {
    private final PgServerConnection connection;
    private final Expected expected;
    private final AnswerTable table;
    private @Nullable ByteBuf carry;
    private long bodyLeft;
    private boolean swallowsBody;
    private @Nullable PgSession unflushed;

    /** The present read was handed to a client as a whole: it is no longer ours. */
    private boolean handedOver;

    /** Where in the present read begins what is the client's and not yet written. */
    private int run;

    BackendRelay(PgServerConnection connection, Expected expected) {
        this.connection = connection;
        this.expected = expected;
        this.table = new AnswerTable(connection, expected, this);
    }

    /** Whether a message to the client is only partly written. */
    boolean isInsideMessage() {
        return bodyLeft > 0 && !swallowsBody;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (connection.isClosed()) {
            ((ByteBuf) message).release();
            return;
        }
        ByteBuf in = withCarry(ctx, (ByteBuf) message);
        handedOver = false;
        try {
            relay(in);
        } catch (ProtocolViolation e) {
            if (!handedOver) {
                passUpTo(in, in.readerIndex());
            }
            connection.close("the server broke the protocol: " + e.getMessage());
        } finally {
            if (!handedOver) {
                if (in.isReadable() && !connection.isClosed()) {
                    carry = in;
                } else {
                    in.release();
                }
            }
        }
    }

    private ByteBuf withCarry(ChannelHandlerContext ctx, ByteBuf read) {
        ByteBuf before = carry;
        if (before == null) {
            return read;
        }
        carry = null;
        ByteBuf both = ctx.alloc().buffer(before.readableBytes() + read.readableBytes());
        both.writeBytes(before).writeBytes(read);
        before.release();
        read.release();
        return both;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        flush();
        PgSession session = connection.session();
        if (session != null) {
            session.onAnswersRead();
        }
    }

    private void flush() {
        PgSession session = unflushed;
        if (session != null) {
            unflushed = null;
            session.answers().flush();
        }
    }

    private void relay(ByteBuf in) {
        int first = in.readerIndex();
        run = first;
        while (true) {
            if (bodyLeft > 0) {
                int n = (int) Math.min(bodyLeft, in.readableBytes());
                in.skipBytes(n);
                bodyLeft -= n;
                if (swallowsBody) {
                    run = in.readerIndex();
                }
                if (bodyLeft > 0) {
                    break;
                }
                answerLocallyBehind(in);
                continue;
            }
            if (in.readableBytes() < Backend.HEADER_BYTES) {
                break;
            }
            int at = in.readerIndex();
            byte type = in.getByte(at);
            int length = in.getInt(at + 1);
            if (length < Integer.BYTES) {
                throw new ProtocolViolation("length %d of a message %d".formatted(length, type));
            }
            int available = (int) Math.min(in.readableBytes(), 1L + length);
            AnswerTable.Fate fate = table.onMessage(type, in, at, available, 1L + length);
            if (fate == AnswerTable.Fate.WAIT) {
                break;
            }
            in.skipBytes(available);
            bodyLeft = 1L + length - available;
            swallowsBody = fate == AnswerTable.Fate.SWALLOW;
            if (swallowsBody) {
                passUpTo(in, at);
                run = in.readerIndex();
            }
            if (type == Backend.READY_FOR_QUERY && !table.isUncounted()) {
                int end = in.readerIndex();
                boolean all = run == first && !in.isReadable();
                if (all) {
                    writeWhole(in, run);
                } else {
                    passUpTo(in, end);
                }
                onReadyForQuery();
                if (all || connection.isClosed()) {
                    return;
                }
            } else {
                answerLocallyBehind(in);
            }
            if (connection.isClosed()) {
                return;
            }
        }
        if (run == first && !in.isReadable() && in.readerIndex() > run) {
            writeWhole(in, run);
        } else {
            passUpTo(in, in.readerIndex());
        }
    }

    /** A message is over: what comes next may be the proxy's own to answer. */
    private void answerLocallyBehind(ByteBuf in) {
        if (hasLocalAnswers()) {
            passUpTo(in, in.readerIndex());
            answerLocally();
        }
    }

    /** Writes the run to the client as far as {@code to}; the next run begins there. */
    void passUpTo(ByteBuf in, int to) {
        int from = run;
        run = to;
        if (to > from) {
            PgSession session = connection.session();
            if (session != null) {
                send(session, in.retainedSlice(from, to - from));
            }
        }
    }

    private void writeWhole(ByteBuf in, int from) {
        in.readerIndex(from);
        handedOver = true;
        PgSession session = connection.session();
        if (session == null) {
            in.release();
        } else {
            send(session, in);
        }
    }

    private void send(PgSession session, ByteBuf bytes) {
        if (unflushed != session) {
            flush();
            unflushed = session;
        }
        int n = bytes.readableBytes();
        Stats stats = connection.pool().stats();
        stats.add(Counter.SENT, n);
        Channel client = session.channel();
        session.answers().write(bytes);
        if (!session.answers().haveRoom()) {
            session.answers().flush();
            session.onClientFull();
            BackPressure.follow(connection.channel(), client);
        }
    }

    private void onReadyForQuery() {
        table.onReadyPassed();
        if (hasLocalAnswers()) {
            answerLocally();
        }
    }

    private boolean hasLocalAnswers() {
        Expectation head = expected.head();
        return bodyLeft == 0
                && (head == Expectation.LOCAL_PARSE || head == Expectation.LOCAL_CLOSE);
    }

    /** Answers what the server was not asked, now that all before it is answered. */
    void answerLocally() {
        PgSession session = connection.session();
        while (hasLocalAnswers()) {
            boolean parse = expected.head() == Expectation.LOCAL_PARSE;
            Detail detail = expected.headDetail();
            expected.removeHead();
            if (detail instanceof Detail.ClosingName closing) {
                connection.forget(closing.named());
            }
            if (session != null) {
                ByteBuf out = session.channel().alloc().buffer(5);
                Messages.empty(out, parse ? Backend.PARSE_COMPLETE : Backend.CLOSE_COMPLETE);
                send(session, out);
            }
        }
    }

    /** Sends bytes of the proxy's own to the client, in order with what is relayed. */
    void inject(PgSession session, ByteBuf bytes) {
        send(session, bytes);
    }

    /** The same, ahead of the message that begins at {@code at}. */
    void injectBefore(ByteBuf in, int at, PgSession session, ByteBuf bytes) {
        passUpTo(in, at);
        send(session, bytes);
    }

    void flushNow() {
        flush();
    }

    // ---- the channel

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        PgSession session = connection.session();
        if (session != null) {
            BackPressure.follow(session.channel(), ctx.channel());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ByteBuf rest = carry;
        if (rest != null) {
            carry = null;
            rest.release();
        }
        connection.onDisconnected();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        connection.onChannelFailure(cause);
    }
}
