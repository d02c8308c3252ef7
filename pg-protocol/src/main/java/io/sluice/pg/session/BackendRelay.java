package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ByteProcessor;
import io.sluice.metrics.Counter;
import io.sluice.metrics.Stats;
import io.sluice.pg.message.Backend;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.pg.message.RowType;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.session.BackPressure;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a server sends, against what is {@link Expected} of it.
 *
 * <p>Only headers are looked at, and the few messages that steer; the rest passes to the client in
 * the slices it was read in, a whole read at once where all of it is the client's. A message that
 * nobody asked for, or that its table does not allow, closes the connection.
 *
 * <p><b>Threads:</b> confined to the connection's loop. <b>Buffers:</b> owns what it reads until it
 * is written to a client.
 */
final class BackendRelay extends ChannelInboundHandlerAdapter {
    /** Longest message that is read as a whole; longer ones of those kinds are a violation. */
    private static final int MAX_READ = 64 * 1024;

    /** So much of an error is looked at; the rest passes unseen. */
    private static final int ERROR_PREFIX = 2048;

    private final PgServerConnection connection;
    private final Expected expected;
    private @Nullable ByteBuf carry;
    private long bodyLeft;
    private boolean swallowsBody;
    private @Nullable PgSession unflushed;

    /** The present read was handed to a client as a whole: it is no longer ours. */
    private boolean handedOver;

    /** Of the statement whose description has begun. */
    private long parameterTypes = RowType.UNKNOWN;

    private TransactionStatus status = TransactionStatus.IDLE;

    /** The present ReadyForQuery answers a Sync that was not counted on. */
    private boolean uncounted;

    /** Where in the present read begins what is the client's and not yet written. */
    private int run;

    /** What becomes of a message. */
    private enum Fate {
        PASS,
        SWALLOW,
        /** Not enough of it has arrived to say. */
        WAIT
    }

    BackendRelay(PgServerConnection connection, Expected expected) {
        this.connection = connection;
        this.expected = expected;
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
            Fate fate = onMessage(type, in, at, available, 1L + length);
            if (fate == Fate.WAIT) {
                break;
            }
            in.skipBytes(available);
            bodyLeft = 1L + length - available;
            swallowsBody = fate == Fate.SWALLOW;
            if (swallowsBody) {
                passUpTo(in, at);
                run = in.readerIndex();
            }
            if (type == Backend.READY_FOR_QUERY && !uncounted) {
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
    private void passUpTo(ByteBuf in, int to) {
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

    // ---- the table of what is allowed

    private Fate onMessage(byte type, ByteBuf in, int at, int available, long total) {
        Expectation head = expected.head();
        switch (type) {
            case Backend.DATA_ROW, Backend.COPY_DATA, Backend.COPY_DONE -> {
                if (head == Expectation.QUERY || head == Expectation.EXECUTE) {
                    return Fate.PASS;
                }
                if (head == Expectation.OWN_QUERY || head == Expectation.OWN_EXECUTE) {
                    return Fate.SWALLOW;
                }
                throw unexpected(type, head);
            }
            case Backend.READY_FOR_QUERY -> {
                if (total != 6) {
                    throw new ProtocolViolation("ReadyForQuery of " + total + " bytes");
                }
                if (available < total) {
                    return Fate.WAIT;
                }
                uncounted = connection.copyIn().takesUncountedReady(head);
                if (uncounted) {
                    return Fate.PASS;
                }
                head = expected.head();
                if (head == null || !head.endsWithReady()) {
                    throw unexpected(type, head);
                }
                status = TransactionStatus.of(in.getByte(at + Backend.HEADER_BYTES));
                tellOfPin(in, at);
                return head.isOwn() ? Fate.SWALLOW : Fate.PASS;
            }
            case Backend.COMMAND_COMPLETE -> {
                if (!isWhole(type, available, total)) {
                    return Fate.WAIT;
                }
                return onCommandComplete(in, at, (int) total, head);
            }
            case Backend.ROW_DESCRIPTION, Backend.NO_DATA -> {
                if (head == Expectation.DESCRIBE_STATEMENT
                        || head == Expectation.DESCRIBE_PORTAL
                        || head == Expectation.OWN_DESCRIBE) {
                    return onDescribed(in, at, available, total, head.isOwn());
                }
                if (type == Backend.ROW_DESCRIPTION && head == Expectation.QUERY) {
                    return Fate.PASS;
                }
                if (type == Backend.ROW_DESCRIPTION
                        && head == Expectation.OWN_QUERY
                        && !connection.copyIn().isFenced()) {
                    return Fate.SWALLOW;
                }
                throw unexpected(type, head);
            }
            case Backend.PARSE_COMPLETE -> {
                return onParseComplete(head);
            }
            case Backend.BIND_COMPLETE -> {
                if (head != Expectation.OWN_BIND) {
                    require(type, head, Expectation.BIND);
                }
                expected.removeHead();
                return head == Expectation.OWN_BIND ? Fate.SWALLOW : Fate.PASS;
            }
            case Backend.CLOSE_COMPLETE -> {
                if (head != Expectation.CLOSE && head != Expectation.OWN_CLOSE) {
                    throw unexpected(type, head);
                }
                if (expected.headDetail() instanceof Detail.ClosingName closing) {
                    connection.forget(closing.named());
                }
                expected.removeHead();
                return head.isOwn() ? Fate.SWALLOW : Fate.PASS;
            }
            case Backend.PARAMETER_DESCRIPTION -> {
                return onParameterDescription(in, at, available, total, head);
            }
            case Backend.EMPTY_QUERY_RESPONSE -> {
                if (head == Expectation.EXECUTE) {
                    expected.removeHead();
                    return Fate.PASS;
                }
                if (head == Expectation.OWN_QUERY) {
                    connection.copyIn().onFenceReached();
                    return Fate.SWALLOW;
                }
                require(type, head, Expectation.QUERY);
                return Fate.PASS;
            }
            case Backend.PORTAL_SUSPENDED -> {
                require(type, head, Expectation.EXECUTE);
                connection.consequences().onExecuted(expected.headDetail(), 0);
                expected.removeHead();
                return Fate.PASS;
            }
            case Backend.FUNCTION_CALL_RESPONSE -> {
                require(type, head, Expectation.FUNCTION_CALL);
                return Fate.PASS;
            }
            case Backend.COPY_IN_RESPONSE -> {
                if (head != Expectation.QUERY && head != Expectation.EXECUTE) {
                    throw unexpected(type, head);
                }
                connection.copyIn().begin(expected.dropSyncsBehindHead());
                return Fate.PASS;
            }
            case Backend.COPY_OUT_RESPONSE -> {
                if (head != Expectation.QUERY && head != Expectation.EXECUTE) {
                    throw unexpected(type, head);
                }
                return Fate.PASS;
            }
            case Backend.ERROR_RESPONSE -> {
                if (available < Math.min(total, ERROR_PREFIX)) {
                    return Fate.WAIT;
                }
                return onError(in, at, available, head);
            }
            case Backend.NOTICE_RESPONSE -> {
                boolean nobodys = connection.session() == null || (head != null && head.isOwn());
                return nobodys ? Fate.SWALLOW : Fate.PASS;
            }
            case Backend.PARAMETER_STATUS -> {
                if (!isWhole(type, available, total)) {
                    return Fate.WAIT;
                }
                return onParameterStatus(in, at, (int) total, head);
            }
            case Backend.NOTIFICATION_RESPONSE -> {
                PgSession session = connection.session();
                return session != null && session.state().listens() ? Fate.PASS : Fate.SWALLOW;
            }
            default -> throw unexpected(type, head);
        }
    }

    private static boolean isWhole(byte type, int available, long total) {
        if (total > MAX_READ) {
            throw new ProtocolViolation("message %c of %d bytes".formatted(type, total));
        }
        return available == total;
    }

    private static void require(byte type, @Nullable Expectation head, Expectation wanted) {
        if (head != wanted) {
            throw unexpected(type, head);
        }
    }

    private static ProtocolViolation unexpected(byte type, @Nullable Expectation head) {
        String printable =
                type > ' ' && type < 0x7f
                        ? String.valueOf((char) type)
                        : "0x%02x".formatted(Byte.toUnsignedInt(type));
        return new ProtocolViolation(
                "message %s while %s was to be answered"
                        .formatted(printable, head == null ? "nothing" : head));
    }

    private Fate onCommandComplete(ByteBuf in, int at, int total, @Nullable Expectation head) {
        if (head == Expectation.OWN_QUERY && !connection.copyIn().isFenced()) {
            return Fate.SWALLOW;
        }
        if (head != Expectation.QUERY
                && head != Expectation.EXECUTE
                && head != Expectation.OWN_EXECUTE) {
            throw unexpected(Backend.COMMAND_COMPLETE, head);
        }
        Detail detail = expected.headDetail();
        int tag = at + Backend.HEADER_BYTES;
        connection.consequences().onCommandTag(in, tag, at + total - 1 - tag);
        boolean own =
                head == Expectation.OWN_EXECUTE || connection.consequences().isInserted(detail);
        if (head == Expectation.QUERY) {
            connection.consequences().onStatementOfQuery(detail);
        } else {
            connection.consequences().onExecuted(detail, 0);
            expected.removeHead();
        }
        return own ? Fate.SWALLOW : Fate.PASS;
    }

    private Fate onParameterDescription(
            ByteBuf in, int at, int available, long total, @Nullable Expectation head) {
        if (head != Expectation.OWN_DESCRIBE) {
            require(Backend.PARAMETER_DESCRIPTION, head, Expectation.DESCRIBE_STATEMENT);
        }
        if (expected.headDetail() instanceof Detail.Describing && total <= MAX_READ) {
            if (available < total) {
                return Fate.WAIT;
            }
            parameterTypes = RowType.ofParameters(in, at + Backend.HEADER_BYTES, at + available);
        }
        return head == Expectation.OWN_DESCRIBE ? Fate.SWALLOW : Fate.PASS;
    }

    private Fate onDescribed(ByteBuf in, int at, int available, long total, boolean own) {
        if (expected.headDetail() instanceof Detail.Describing asked) {
            if (available < total && total <= MAX_READ) {
                return Fate.WAIT;
            }
            int from = at + Backend.HEADER_BYTES;
            long rowType =
                    in.getByte(at) == Backend.NO_DATA
                            ? RowType.NO_ROWS
                            : available < total
                                    ? RowType.UNKNOWN
                                    : RowType.fingerprint(in, from, at + available);
            long parameters = parameterTypes;
            parameterTypes = RowType.UNKNOWN;
            expected.removeHead();
            passUpTo(in, at);
            connection.types().onDescribed(asked, rowType, parameters, own);
        } else {
            expected.removeHead();
        }
        return own ? Fate.SWALLOW : Fate.PASS;
    }

    private Fate onParseComplete(@Nullable Expectation head) {
        if (head == Expectation.OWN_PARSE) {
            expected.removeHead();
            connection.pool().stats().add(Counter.SERVER_PARSES, 1);
            return Fate.SWALLOW;
        }
        require(Backend.PARSE_COMPLETE, head, Expectation.PARSE);
        if (expected.headDetail() instanceof Detail.Replacing replacing
                && replacing.former() != null) {
            connection.forget(replacing.former());
        }
        expected.removeHead();
        connection.pool().stats().add(Counter.SERVER_PARSES, 1);
        return Fate.PASS;
    }

    private Fate onParameterStatus(ByteBuf in, int at, int total, @Nullable Expectation head) {
        int from = at + Backend.HEADER_BYTES;
        int end = at + total;
        int nameEnd = in.forEachByte(from, end - from, ByteProcessor.FIND_NUL);
        int valueEnd =
                nameEnd < 0
                        ? -1
                        : in.forEachByte(nameEnd + 1, end - nameEnd - 1, ByteProcessor.FIND_NUL);
        if (valueEnd < 0) {
            throw new ProtocolViolation("ParameterStatus without its strings");
        }
        String name = in.toString(from, nameEnd - from, StandardCharsets.UTF_8);
        String value = in.toString(nameEnd + 1, valueEnd - nameEnd - 1, StandardCharsets.UTF_8);
        boolean own = head != null && head.isOwn();
        return connection.onParameter(name, value, own) ? Fate.PASS : Fate.SWALLOW;
    }

    private Fate onError(ByteBuf in, int at, int available, @Nullable Expectation head) {
        ErrorFields error = ErrorFields.read(in, at + Backend.HEADER_BYTES, at + available);
        if (error.isFatal()) {
            passUpTo(in, at);
            connection.onFatal(error);
            return Fate.SWALLOW;
        }
        if (head == null) {
            throw new ProtocolViolation("an error while nothing was to be answered");
        }
        Detail detail = expected.headDetail();
        parameterTypes = RowType.UNKNOWN;
        connection.onStatementFailed(error);
        if (head == Expectation.OWN_QUERY || head == Expectation.OWN_SYNC) {
            connection.onOwnError(error);
            return Fate.SWALLOW;
        }
        Fate fate = Fate.PASS;
        if (detail instanceof Detail.Refused refused) {
            passUpTo(in, at);
            connection.answerWith(refused.error());
            fate = Fate.SWALLOW;
        }
        ErrorResponse instead = connection.wordsForCancelled(error);
        if (instead != null && fate == Fate.PASS) {
            passUpTo(in, at);
            connection.answerWith(instead);
            fate = Fate.SWALLOW;
        }
        connection.consequences().onFailed(head, detail, error);
        if (head.skipsToSync()) {
            expected.skipToSync(connection.consequences());
            connection.types().resumeClient();
        } else if (head == Expectation.QUERY) {
            expected.setHeadDetail(null);
        }
        return fate;
    }

    /** Between two messages: the only place for a notice of the proxy's own. */
    private void tellOfPin(ByteBuf in, int at) {
        PgSession session = connection.session();
        ByteBuf notice = session == null ? null : session.answers().takePinNotice();
        if (session != null && notice != null) {
            passUpTo(in, at);
            send(session, notice);
        }
    }

    private void onReadyForQuery() {
        Expectation head = expected.head();
        Detail detail = expected.headDetail();
        expected.removeHead();
        if (head != null && head.isOwn()) {
            connection.onOwnReady(status, detail);
        } else {
            connection.onReady(status, detail);
        }
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
