package io.sluice.pg.console;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.sluice.console.Console;
import io.sluice.console.Operator;
import io.sluice.console.OperatorSession;
import io.sluice.console.Reply;
import io.sluice.console.Reply.Failure.Kind;
import io.sluice.console.Table;
import io.sluice.pg.console.ConsoleMessages.Formats;
import io.sluice.pg.console.Portal.Prepared;
import io.sluice.pg.message.Backend;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.pg.message.TransactionStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One operator's conversation with the console, from the first ReadyForQuery on, which the login
 * has sent.
 *
 * <p>Messages are taken whole, of at most {@link #MAX_MESSAGE} bytes. One command runs at a time;
 * what comes meanwhile stays unread. There are no transactions: BEGIN is answered, and the status
 * is always idle. Rows are written only as fast as the client takes them.
 *
 * <p><b>Threads:</b> confined to its channel's loop, but for {@link #cancel} and what a {@link
 * OperatorSession.Conversation} has.
 */
public final class ConsoleSession extends ByteToMessageDecoder
        implements OperatorSession.Conversation {
    /** Longest message that is accepted, its length field included. */
    public static final int MAX_MESSAGE = 64 * 1024;

    /** Statements and portals that a session may have under names of their own. */
    private static final int MAX_NAMES = 256;

    /** Rows are written in buffers of about this size. */
    private static final int WRITE_BATCH = 64 * 1024;

    private static final Logger LOG = LogManager.getLogger(ConsoleSession.class);

    private static final ErrorResponse INTERNAL_ERROR =
            ErrorResponse.fatal("XX000", "internal error of the proxy");

    private final Console console;
    private final Operator operator;
    private final Map<String, Prepared> statements = new HashMap<>();
    private final Map<String, Portal> portals = new HashMap<>();
    private final AtomicReference<@Nullable CompletableFuture<Reply>> running =
            new AtomicReference<>();
    private @Nullable RowStream stream;
    private boolean busy;
    private boolean skippingToSync;
    private boolean closing;
    private String endReason = "the client disconnected";
    private volatile long requestedAtMillis = System.currentTimeMillis();
    private volatile @Nullable ChannelHandlerContext context;

    /**
     * @param operator who logged in
     */
    public ConsoleSession(Console console, Operator operator) {
        this.console = new DriverConsole(console);
        this.operator = operator;
    }

    /** Gives up the command that runs, if one does: a CancelRequest came. Any thread. */
    public void cancel() {
        CompletableFuture<Reply> command = running.get();
        if (command != null) {
            command.cancel(false);
        }
    }

    @Override
    public long requestedAtMillis() {
        return requestedAtMillis;
    }

    @Override
    public void end(String message) {
        ChannelHandlerContext ctx = context;
        if (ctx != null) {
            ctx.executor().execute(() -> endNow(ctx, message));
        }
    }

    private void endNow(ChannelHandlerContext ctx, String message) {
        if (!closing) {
            stream = null;
            write(ctx, out -> ErrorResponse.fatal("57P01", message).writeTo(out));
            close(ctx, message);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** Why it has ended, once its channel is closed; for the log. */
    public String endReason() {
        return endReason;
    }

    // ---- reading

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        super.channelRead(ctx, message);
        if (busy && actualReadableBytes() > MAX_MESSAGE) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // Not the decoder's own, which reads on where reading was switched off.
        discardSomeReadBytes();
        ctx.flush();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (busy || in.readableBytes() < Frontend.HEADER_BYTES) {
            return;
        }
        if (closing) {
            in.skipBytes(in.readableBytes());
            return;
        }
        byte type = in.getByte(in.readerIndex());
        int length = in.getInt(in.readerIndex() + 1);
        if (length < Integer.BYTES || length > MAX_MESSAGE) {
            fail(ctx, "a message of %d bytes; the console takes %d".formatted(length, MAX_MESSAGE));
            return;
        }
        if (in.readableBytes() > length) {
            in.skipBytes(Frontend.HEADER_BYTES);
            onMessage(ctx, type, in.readSlice(length - Integer.BYTES));
        }
    }

    private void onMessage(ChannelHandlerContext ctx, byte type, ByteBuf body) {
        if (skippingToSync && type != Frontend.SYNC && type != Frontend.TERMINATE) {
            return;
        }
        try {
            switch (type) {
                case Frontend.QUERY -> onQuery(ctx, new Fields(body).string());
                case Frontend.PARSE -> onParse(ctx, new Fields(body));
                case Frontend.BIND -> onBind(ctx, new Fields(body));
                case Frontend.DESCRIBE -> onDescribe(ctx, new Fields(body));
                case Frontend.EXECUTE -> onExecute(ctx, new Fields(body));
                case Frontend.CLOSE -> onClose(ctx, new Fields(body));
                case Frontend.FLUSH -> ctx.flush();
                case Frontend.SYNC -> {
                    skippingToSync = false;
                    ready(ctx);
                }
                case Frontend.TERMINATE -> close(ctx, "the client said goodbye");
                case Frontend.FUNCTION_CALL -> {
                    error(ctx, "0A000", "the console has no functions");
                    ready(ctx);
                }
                case Frontend.COPY_DATA, Frontend.COPY_DONE, Frontend.COPY_FAIL -> {
                    // Late messages of a COPY are ignored, as PostgreSQL does; none began here.
                }
                default -> fail(ctx, "message type %d is unknown".formatted(type));
            }
        } catch (ProtocolViolation e) {
            fail(ctx, e.getMessage() == null ? "a malformed message" : e.getMessage());
        }
    }

    // ---- simple protocol

    private void onQuery(ChannelHandlerContext ctx, String text) {
        portals.remove("");
        execute(
                ctx,
                text,
                reply -> {
                    if (reply instanceof Reply.Rows rows) {
                        write(
                                ctx,
                                out ->
                                        ConsoleMessages.rowDescription(
                                                out, rows.table().columns(), Formats.TEXT));
                        Portal portal =
                                new Portal(
                                        new Prepared(text, rows.table().columns()), Formats.TEXT);
                        portal.executed(rows.table(), rows.tag());
                        send(ctx, new RowStream(portal, rows.table(), 0, () -> ready(ctx)));
                    } else {
                        ready(ctx);
                        resume(ctx);
                    }
                });
    }

    // ---- extended protocol

    private void onParse(ChannelHandlerContext ctx, Fields fields) {
        String name = fields.string();
        String text = fields.string();
        if (!name.isEmpty() && statements.containsKey(name)) {
            refuse(ctx, "42P05", "prepared statement \"%s\" already exists".formatted(name));
        } else if (statements.size() >= MAX_NAMES) {
            refuse(ctx, "54000", "too many prepared statements, close some");
        } else {
            statements.put(name, new Prepared(text, console.columnsOf(text)));
            write(ctx, out -> Messages.empty(out, Backend.PARSE_COMPLETE));
        }
    }

    private void onBind(ChannelHandlerContext ctx, Fields fields) {
        String portal = fields.string();
        Prepared prepared = statements.get(fields.string());
        fields.skipShorts(); // formats of parameters
        int parameters = fields.count();
        if (prepared == null) {
            refuse(ctx, "26000", "no such prepared statement");
        } else if (parameters > 0) {
            refuse(ctx, "08P01", "console commands take no parameters");
        } else if (portals.size() >= MAX_NAMES) {
            refuse(ctx, "54000", "too many portals, close some");
        } else {
            List<Boolean> binary = new ArrayList<>();
            for (int left = fields.count(); left > 0; left--) {
                binary.add(fields.shortInt() != 0);
            }
            portals.put(portal, new Portal(prepared, new Formats(binary)));
            write(ctx, out -> Messages.empty(out, Backend.BIND_COMPLETE));
        }
    }

    private void onDescribe(ChannelHandlerContext ctx, Fields fields) {
        boolean statement = fields.isStatement();
        String name = fields.string();
        Portal portal = portals.get(name);
        Prepared prepared =
                statement ? statements.get(name) : portal == null ? null : portal.prepared();
        if (prepared == null) {
            refuse(
                    ctx,
                    statement ? "26000" : "34000",
                    statement ? "no such prepared statement" : "no such portal");
            return;
        }
        Formats formats = statement || portal == null ? Formats.TEXT : portal.formats();
        write(
                ctx,
                out -> {
                    if (statement) {
                        ConsoleMessages.noParameters(out);
                    }
                    if (prepared.columns().isEmpty()) {
                        Messages.empty(out, Backend.NO_DATA);
                    } else {
                        ConsoleMessages.rowDescription(out, prepared.columns(), formats);
                    }
                });
    }

    private void onExecute(ChannelHandlerContext ctx, Fields fields) {
        Portal portal = portals.get(fields.string());
        int maxRows = fields.integer();
        if (portal == null) {
            refuse(ctx, "34000", "no such portal");
            return;
        }
        Table known = portal.result();
        if (known != null) {
            busy = true;
            send(ctx, new RowStream(portal, known, maxRows, () -> {}));
        } else {
            execute(
                    ctx,
                    portal.prepared().text(),
                    reply -> {
                        if (reply instanceof Reply.Rows rows) {
                            portal.executed(rows.table(), rows.tag());
                            send(ctx, new RowStream(portal, rows.table(), maxRows, () -> {}));
                        } else {
                            skippingToSync = reply instanceof Reply.Failure;
                            resume(ctx);
                        }
                    });
        }
    }

    private void onClose(ChannelHandlerContext ctx, Fields fields) {
        if (fields.isStatement()) {
            statements.remove(fields.string());
        } else {
            portals.remove(fields.string());
        }
        write(ctx, out -> Messages.empty(out, Backend.CLOSE_COMPLETE));
    }

    // ---- executing

    /** What follows once everything but rows and ReadyForQuery has been written. */
    private interface Continuation {
        void onReply(Reply reply);
    }

    private void execute(ChannelHandlerContext ctx, String text, Continuation then) {
        busy = true;
        requestedAtMillis = System.currentTimeMillis();
        CompletableFuture<Reply> command = console.execute(operator, text).toCompletableFuture();
        running.set(command);
        command.whenComplete((reply, failure) ->
                ctx.executor()
                        .execute(() -> {
                            running.set(null);
                            if (closing) {
                                return;
                            }
                            Reply known = failure == null ? reply : inWords(failure);
                            writeSummary(ctx, known);
                            then.onReply(known);
                        }));
    }

    /** As PgBouncer's console, whose code for whatever is wrong with a command is 08P01. */
    private static String code(Kind kind) {
        return switch (kind) {
            case WRONG -> "08P01";
            case DENIED -> "42501";
            case BAD_CONFIGURATION -> "F0000";
            case CANCELLED -> "57014";
            case FAILED -> "XX000";
        };
    }

    private static Reply inWords(Throwable failure) {
        return failure instanceof CancellationException
                ? new Reply.Failure(Kind.CANCELLED, "canceling statement due to user request")
                : new Reply.Failure(Kind.FAILED, "the command failed, see the log for why");
    }

    /** Everything of a reply but its rows, and what ends them. */
    private void writeSummary(ChannelHandlerContext ctx, Reply reply) {
        switch (reply) {
            case Reply.Rows rows ->
                    rows.notices()
                            .forEach(notice ->
                                    write(ctx, out -> ConsoleMessages.notice(out, notice, "")));
            case Reply.Done done -> complete(ctx, done.tag());
            case Reply.Notice notice -> {
                write(ctx, out -> ConsoleMessages.notice(out, notice.message(), notice.detail()));
                complete(ctx, notice.tag());
            }
            case Reply.Failure failure -> error(ctx, code(failure.kind()), failure.message());
        }
    }

    private void complete(ChannelHandlerContext ctx, String tag) {
        write(
                ctx,
                out -> {
                    if (tag.isEmpty()) {
                        Messages.empty(out, Backend.EMPTY_QUERY_RESPONSE);
                    } else {
                        ConsoleMessages.commandComplete(out, tag);
                    }
                });
    }

    /** The next command may come. */
    private void resume(ChannelHandlerContext ctx) {
        busy = false;
        ctx.flush();
        ctx.channel().config().setAutoRead(true);
        try {
            channelRead(ctx, Unpooled.EMPTY_BUFFER); // what came meanwhile
        } catch (Exception e) {
            ctx.fireExceptionCaught(e);
        }
    }

    // ---- rows

    /** Rows on their way, up to a limit that Execute may set. */
    private static final class RowStream {
        final Portal portal;
        final Table table;
        final int end;
        final Runnable then;

        /**
         * @param maxRows most to send before PortalSuspended; 0: all
         * @param then what follows them
         */
        RowStream(Portal portal, Table table, int maxRows, Runnable then) {
            this.portal = portal;
            this.table = table;
            this.then = then;
            int size = table.rows().size();
            this.end = maxRows <= 0 ? size : Math.min(size, portal.sent() + maxRows);
        }

        boolean isSuspended() {
            return portal.sent() < table.rows().size();
        }
    }

    private void send(ChannelHandlerContext ctx, RowStream rows) {
        stream = rows;
        pump(ctx, rows);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        RowStream rows = stream;
        if (rows != null && ctx.channel().isWritable()) {
            pump(ctx, rows);
        }
    }

    private void pump(ChannelHandlerContext ctx, RowStream rows) {
        Portal portal = rows.portal;
        while (portal.sent() < rows.end) {
            if (!ctx.channel().isWritable()) {
                ctx.flush();
                if (stream != rows || !ctx.channel().isWritable()) {
                    return; // channelWritabilityChanged goes on, or did within the flush
                }
            }
            write(
                    ctx,
                    out -> {
                        while (portal.sent() < rows.end && out.readableBytes() < WRITE_BATCH) {
                            ConsoleMessages.dataRow(
                                    out,
                                    rows.table.columns(),
                                    rows.table.rows().get(portal.sent()),
                                    portal.formats());
                            portal.advance();
                        }
                    });
        }
        stream = null;
        write(
                ctx,
                out -> {
                    if (rows.isSuspended()) {
                        Messages.empty(out, Backend.PORTAL_SUSPENDED);
                    } else {
                        ConsoleMessages.commandComplete(out, portal.tag());
                    }
                });
        rows.then.run();
        ctx.executor().execute(() -> resume(ctx));
    }

    // ---- writing and ending

    private interface Writer {
        void write(ByteBuf out);
    }

    private static void write(ChannelHandlerContext ctx, Writer writer) {
        ByteBuf out = ctx.alloc().buffer();
        writer.write(out);
        ctx.write(out);
    }

    private static void ready(ChannelHandlerContext ctx) {
        write(ctx, out -> Messages.readyForQuery(out, TransactionStatus.IDLE));
        ctx.flush();
    }

    private static void error(ChannelHandlerContext ctx, String code, String message) {
        write(ctx, out -> ErrorResponse.error(code, message).writeTo(out));
    }

    /** An error of the extended protocol: what follows is skipped up to Sync. */
    private void refuse(ChannelHandlerContext ctx, String code, String message) {
        error(ctx, code, message);
        skippingToSync = true;
    }

    /** What the client sent cannot be understood: the conversation ends. */
    private void fail(ChannelHandlerContext ctx, String message) {
        write(ctx, out -> ErrorResponse.fatal("08P01", message).writeTo(out));
        close(ctx, "it broke the protocol: " + message);
    }

    private void close(ChannelHandlerContext ctx, String reason) {
        closing = true;
        endReason = reason;
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        closing = true;
        stream = null;
        cancel();
        super.channelInactive(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            close(ctx, "its connection failed: " + cause.getMessage());
            return;
        }
        LOG.error("a console session failed", cause);
        write(ctx, out -> INTERNAL_ERROR.writeTo(out));
        close(ctx, "internal error: " + cause);
    }
}
