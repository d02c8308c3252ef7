package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.OperationClass;
import io.sluice.metrics.Counter;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.sql.Effect;
import io.sluice.pg.sql.SqlClassifier;
import io.sluice.pg.statement.Effects;
import io.sluice.session.BackPressure;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a client sends: cuts it into messages, has a server acquired when a request is there
 * to be sent, and passes on what is the server's in the slices it was read in.
 *
 * <p>Short requests are looked at as a whole. Long ones pass through in the pieces that arrive; of
 * a long Query the text is classified as it passes.
 *
 * <p><b>Threads:</b> confined to the session's loop. <b>Buffers:</b> owns the client's bytes until
 * they are written to a server.
 */
final class FrontendRelay {
    /** Requests up to this length are waited for as a whole. */
    private static final int WHOLE = 16 * 1024;

    /** Names and other short fields must end within so many bytes. */
    static final int MAX_SHORT = 64 * 1024;

    /** Answers that a client may be ahead of before it is no longer read. */
    private static final int MAX_EXPECTED = 4096;

    private final PgSession session;
    private final Input input = new Input();

    /** Where in the input begins what is the server's and not yet written; -1: nowhere. */
    private int run = -1;

    /** Bytes of the present message that are still to come. */
    private long bodyLeft;

    private boolean swallowsBody;

    /** The Query of which the pieces are passing. */
    private @Nullable LongQuery passing;

    /** Bytes that must have arrived before the next message can be looked at. */
    private long need;

    private boolean pumping;

    /** What was refused goes on up to a Sync, without a server. */
    private boolean discardsToSync;

    /** Nothing more is sent until some of what was sent is answered. */
    private boolean awaitsAnswers;

    FrontendRelay(PgSession session) {
        this.session = session;
    }

    /** Whether a message to the server is only partly written. */
    boolean isInsideMessage() {
        return bodyLeft > 0 && !swallowsBody;
    }

    /** Takes what was read. */
    void onRead(ByteBuf read) {
        session.pool().stats().add(Counter.RECEIVED, read.readableBytes());
        input.add(read, session.channel());
        if (session.isWaitingForServer()) {
            input.keepSmall(session.channel());
            regulateReading();
        } else {
            pump();
        }
    }

    /** The server has answered something. */
    void onAnswersRead() {
        if (awaitsAnswers) {
            awaitsAnswers = false;
            pump();
        }
    }

    /** Goes as far as what has arrived allows. */
    void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            need = 0;
            boolean more = true;
            while (more) {
                more = step();
            }
        } catch (ProtocolViolation e) {
            session.ending().onViolation(e);
        } catch (RuntimeException e) {
            // Its own: whoever called this is perhaps another's server.
            session.ending().onFailure(e);
        } finally {
            pumping = false;
        }
        sendRun();
        flushServer();
        input.releaseIfRead();
        if (!session.isOver()) {
            if (session.isWaitingForServer()) {
                input.keepSmall(session.channel());
            }
            regulateReading();
        }
    }

    private void flushServer() {
        PgServerConnection server = session.pgServer();
        if (server != null) {
            server.flush();
            server.relay().flushNow(); // what was answered without the server
        }
    }

    private void regulateReading() {
        ByteBuf in = input.bytes();
        long limit = Math.max(session.maxQueuedInput(), need);
        PgServerConnection server = session.pgServer();
        boolean clientReads = session.answers().haveRoom();
        if (!clientReads) {
            session.onClientFull();
        }
        boolean reads =
                clientReads
                        && (in == null || in.readableBytes() < limit)
                        && (server == null
                                || !server.hasChannel()
                                || server.channel().isWritable());
        if (reads) {
            BackPressure.resume(session.channel());
        } else {
            BackPressure.stop(session.channel());
        }
    }

    /** Handles one message, or as much of it as there is; false when there is nothing to do now. */
    private boolean step() {
        ByteBuf in = input.bytes();
        if (in == null || session.isOver() || session.ending().hasSaidGoodbye()) {
            return false;
        }
        if (bodyLeft > 0) {
            passBody(in);
            return bodyLeft == 0;
        }
        if (in.readableBytes() < Frontend.HEADER_BYTES || !session.answers().haveRoom()) {
            return false; // who does not read answers gets no further ones
        }
        byte type = in.getByte(in.readerIndex());
        int total = Input.lengthAt(in, in.readerIndex());
        if (!session.hasServer()) {
            return withoutServer(in, type, total);
        }
        return session.isServerReady() && withServer(in, type, total);
    }

    // ---- no server yet

    private boolean withoutServer(ByteBuf in, byte type, int total) {
        switch (type) {
            case Frontend.TERMINATE -> {
                session.ending().onTerminate();
                return false;
            }
            // What is left of a COPY that has failed.
            case Frontend.COPY_DATA, Frontend.COPY_DONE, Frontend.COPY_FAIL -> {
                swallow(in, total);
                return true;
            }
            case Frontend.QUERY,
                    Frontend.PARSE,
                    Frontend.BIND,
                    Frontend.DESCRIBE,
                    Frontend.EXECUTE,
                    Frontend.CLOSE,
                    Frontend.SYNC,
                    Frontend.FLUSH,
                    Frontend.FUNCTION_CALL -> {}
            default -> throw new ProtocolViolation("unexpected message type " + type);
        }
        if (discardsToSync) {
            swallow(in, total);
            if (type == Frontend.SYNC) {
                discardsToSync = false;
                session.answers().ready(session.status());
                session.channel().flush();
            }
            return true;
        }
        if (type == Frontend.FLUSH) {
            swallow(in, total); // nothing is there to be flushed
            return true;
        }
        return switch (input.search(session.maxQueuedInput())) {
            case REQUEST -> session.wantServer();
            case TERMINATE -> {
                session.ending().onTerminate();
                yield false;
            }
            case NEITHER -> false;
        };
    }

    /**
     * Whether the request at the front begins a transaction, and others are already there behind
     * it: these would run outside of it.
     */
    boolean leadsTransaction() {
        ByteBuf in = input.bytes();
        return in != null && new UnsentRequest(session, in).leadsTransaction();
    }

    /** The request at the front was refused: it is dropped; what follows it is not. */
    void dropRefused() {
        ByteBuf in = input.bytes();
        if (in == null || in.readableBytes() < Frontend.HEADER_BYTES) {
            discardToSync();
            return;
        }
        byte type = in.getByte(in.readerIndex());
        if (type == Frontend.QUERY || type == Frontend.FUNCTION_CALL) {
            swallow(in, Input.lengthAt(in, in.readerIndex()));
            session.answers().ready(session.status());
        } else {
            discardToSync();
        }
    }

    /** What comes up to the next Sync is dropped: it belongs to what has failed. */
    void discardToSync() {
        discardsToSync = true;
    }

    /** Whether what has arrived ends in a Terminate, behind messages that are whole. */
    boolean endsInTerminate() {
        return input.endsInTerminate(bodyLeft);
    }

    // ---- with a server

    private boolean withServer(ByteBuf in, byte type, int total) {
        PgServerConnection server = session.serverInUse();
        awaitsAnswers = false;
        if (server.expected().size() >= MAX_EXPECTED) {
            return awaitAnswers(server);
        }
        if (session.isPipelineFull()
                || server.types().isUnderWay()
                || server.fitting().isUnderWay() // a cancel of what comes next must not hit that
                || server.cancelling().isUnderWay()) { // it must not hit what comes next
            awaitsAnswers = true;
            return false;
        }
        if (server.readingDoubt().concerns(type)) {
            return awaitAnswers(server);
        }
        boolean whole = in.readableBytes() >= total;
        switch (type) {
            case Frontend.QUERY -> {
                if (!whole && total <= WHOLE) {
                    return await(total);
                }
                return query(in, server, total, whole);
            }
            case Frontend.PARSE -> {
                if (!whole && total <= session.translator().maxParse()) {
                    return await(total);
                }
                if (!whole && !MessageNames.hasParseName(in, total)) {
                    return await(in.readableBytes() + 1L);
                }
                if (session.translator().doubts().concern(type, in)) {
                    awaitsAnswers = true; // goes on when what it relies on is answered
                    return false;
                }
                return session.requests().openSeries(this)
                        && session.translator().parse(this, in, server, total);
            }
            case Frontend.BIND -> {
                int names = MessageNames.bindNamesEnd(in, total);
                if (names < 0) {
                    return await(Math.min(total, in.readableBytes() + 1L));
                }
                if (session.translator().doubts().concern(type, in)) {
                    awaitsAnswers = true;
                    return false;
                }
                return session.requests().openSeries(this)
                        && session.translator().bind(this, in, server, total);
            }
            case Frontend.DESCRIBE, Frontend.CLOSE, Frontend.EXECUTE -> {
                if (!whole) {
                    if (total > MAX_SHORT) {
                        throw new ProtocolViolation(
                                "message %c of %d bytes".formatted(type, total));
                    }
                    return await(total);
                }
                if (session.translator().doubts().concern(type, in)) {
                    awaitsAnswers = true;
                    return false;
                }
                if (!session.requests().openSeries(this)) {
                    return false;
                }
                switch (type) {
                    case Frontend.DESCRIBE -> {
                        return session.translator().describe(this, in, server, total);
                    }
                    case Frontend.CLOSE -> session.translator().close(this, in, server, total);
                    default -> session.translator().execute(this, in, server, total);
                }
            }
            case Frontend.SYNC -> {
                if (!whole || total != Frontend.HEADER_BYTES) {
                    throw new ProtocolViolation("Sync of %d bytes".formatted(total));
                }
                if (server.copyIn().isOpen()) {
                    // The server ignores it, unless the COPY fails before it is read.
                    server.copyIn().addUncountedSync();
                    pass(in, total);
                    return true;
                }
                session.requests().closeSeries(this);
                server.expect(Expectation.SYNC, null);
                pass(in, total);
            }
            case Frontend.FLUSH -> pass(in, total);
            case Frontend.FUNCTION_CALL -> {
                if (!server.expected().isSkipping()) {
                    if (!session.requests()
                            .begin(this, "FUNCTION CALL", OperationClass.OTHER, in, total)) {
                        return true;
                    }
                    server.expect(Expectation.FUNCTION_CALL, null);
                }
                pass(in, total);
            }
            case Frontend.COPY_DATA -> {
                if (server.expected().isEmpty()) {
                    swallow(in, total);
                } else {
                    pass(in, total);
                }
            }
            case Frontend.COPY_DONE, Frontend.COPY_FAIL -> {
                if (server.expected().isEmpty()) {
                    swallow(in, total);
                } else {
                    if (!server.copyIn().isOpen()) {
                        server.expected().addCopyEnd();
                    }
                    server.copyIn().end();
                    pass(in, total);
                }
            }
            case Frontend.TERMINATE -> {
                session.ending().onTerminate();
                return false;
            }
            default -> throw new ProtocolViolation("unexpected message type " + type);
        }
        return true;
    }

    /** Goes on when what was sent is answered; returns false. */
    boolean awaitAnswers(PgServerConnection server) {
        awaitsAnswers = true;
        if (session.requests().hasOpenSeries()) {
            sendRun();
            server.hasten(); // the Sync may be behind what waits
        }
        return false;
    }

    boolean isAwaitingAnswers() {
        return awaitsAnswers;
    }

    private boolean await(long bytes) {
        need = bytes;
        return false;
    }

    private boolean query(ByteBuf in, PgServerConnection server, int total, boolean whole) {
        if (server.expected().isSkipping()) {
            pass(in, total); // the server ignores it up to the next Sync
            return true;
        }
        session.extended().forgetUnnamed();
        int from = in.readerIndex() + Frontend.HEADER_BYTES;
        if (!whole) {
            if (in.readableBytes() < WHOLE) {
                return await(WHOLE);
            }
            LongQuery query = new LongQuery(session, server);
            query.read(in, from, in.writerIndex());
            if (query.namesStatement()
                    && !session.translator().names().provide(this, server, null)) {
                return false;
            }
            if (!session.requests().begin(this, "QUERY", OperationClass.OTHER, in, total)) {
                return true;
            }
            passing = query;
            server.expect(Expectation.QUERY, null);
            pass(in, total);
            return true;
        }
        int to = in.readerIndex() + total - 1; // without the NUL
        SqlClassifier classifier = session.pgPool().classifier();
        server.parameters().prepare(classifier);
        classifier.feed(in, from, Math.max(from, to));
        Classified text = classifier.finish();
        Effects effects = Effects.of(text, in, from);
        if (effects != null
                && effects.namesStatement()
                && !session.translator().names().provide(this, server, effects.deallocated())) {
            return false;
        }
        if (effects != null
                && server.status() == TransactionStatus.FAILED
                && text.has(Effect.ENDS_TRANSACTION)) {
            session.state().pinUnlessNamesAreOwn(effects); // it goes on behind the failure
        }
        if (!session.requests().beginQuery(this, text, in, total)) {
            return true;
        }
        Restoration.Query restoring =
                effects == null
                                || effects.settings().isEmpty()
                                || session.settings().startupWithIdentity().isEmpty()
                        ? null
                        : new Restoration(session, server).query(text, effects, in, from, to);
        if (restoring == null) {
            server.expect(Expectation.QUERY, effects == null ? null : new Detail.Leaves(effects));
            pass(in, total);
        } else {
            swallow(in, total);
            server.expect(Expectation.QUERY, restoring.leaves());
            server.send(restoring.query());
        }
        return true;
    }

    // ---- passing on

    /** Has {@code total} bytes go to the server, as far as they have arrived; the rest follows. */
    void pass(ByteBuf in, int total) {
        if (run < 0) {
            run = in.readerIndex();
        }
        int n = Math.min(total, in.readableBytes());
        in.skipBytes(n);
        bodyLeft = (long) total - n;
        swallowsBody = false;
    }

    /** Drops {@code total} bytes, as far as they have arrived; the rest when it does. */
    void swallow(ByteBuf in, int total) {
        sendRun();
        int n = Math.min(total, in.readableBytes());
        in.skipBytes(n);
        bodyLeft = (long) total - n;
        swallowsBody = true;
    }

    private void passBody(ByteBuf in) {
        int n = (int) Math.min(bodyLeft, in.readableBytes());
        if (!swallowsBody) {
            if (!session.isServerReady()) {
                swallowsBody = true; // the server is gone, and with it the rest of the message
            } else {
                if (run < 0) {
                    run = in.readerIndex();
                }
                LongQuery query = passing;
                if (query != null) {
                    int end = in.readerIndex() + n;
                    query.read(in, in.readerIndex(), bodyLeft == n ? end - 1 : end);
                }
            }
        }
        in.skipBytes(n);
        bodyLeft -= n;
        if (bodyLeft == 0) {
            LongQuery query = passing;
            if (query != null) {
                passing = null;
                query.onPassed();
            }
            sendRun();
            session.onMessagePassed();
        }
    }

    /** Writes the run to the server. */
    void sendRun() {
        int from = run;
        run = -1;
        if (from < 0 || input.isEmpty()) {
            return;
        }
        PgServerConnection server = session.pgServer();
        if (server != null) {
            server.send(input.take(from));
        }
    }

    /** Forgets everything: the session is over. */
    void release() {
        input.release();
        run = -1;
    }

    boolean hasInput() {
        return !input.isEmpty();
    }
}
