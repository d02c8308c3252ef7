package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.OperationClass;
import io.sluice.guard.Outcome;
import io.sluice.guard.Refusal;
import io.sluice.pg.config.PoolMode;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.sql.Effect;
import io.sluice.pg.statement.PreparedStatement;
import io.sluice.session.OperationRing;
import org.jspecify.annotations.Nullable;

/**
 * What a session's client has asked for and is not answered yet, in order: the slots of its
 * operations. One is admitted by the guards before there is a server for it; those behind it on the
 * same lease are admitted as they are sent.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Requests {
    private final PgSession session;
    private final OperationRing<PgOperation> ring = new OperationRing<>(PgOperation::new);
    private @Nullable PgOperation admitted;

    /** Messages of the extended protocol were sent, and their Sync was not. */
    private boolean series;

    private long answered;

    Requests(PgSession session) {
        this.session = session;
    }

    boolean isEmpty() {
        return ring.isEmpty();
    }

    int size() {
        return ring.size();
    }

    PgOperation first() {
        return ring.first();
    }

    PgOperation last() {
        return ring.last();
    }

    /** Those answered by a server since the session began. */
    long answered() {
        return answered;
    }

    boolean hasOpenSeries() {
        return series;
    }

    /** What was admitted, and of which nothing was sent yet. */
    @Nullable PgOperation admitted() {
        return admitted;
    }

    // ---- coming

    /** Asks the guards about the first request, for which there is no server yet. */
    @Nullable Refusal admit(long now) {
        PgOperation operation = add("", OperationClass.OTHER, now);
        Refusal refusal = session.check(operation);
        if (refusal == null) {
            admitted = operation;
        } else {
            settleFirst(Outcome.REFUSED);
        }
        return refusal;
    }

    /** What was admitted comes to nothing: nothing of it was sent. */
    void giveUpAdmitted(Outcome outcome) {
        if (admitted != null) {
            admitted = null;
            settleFirst(outcome);
        }
    }

    /** As {@link #begin}, of a Query. */
    boolean beginQuery(FrontendRelay relay, Classified text, ByteBuf in, int total) {
        boolean beginsTransaction = text.has(Effect.BEGINS_TRANSACTION);
        if (beginsTransaction
                && session.context().poolMode() == PoolMode.STATEMENT
                && session.status() == TransactionStatus.IDLE) {
            session.ending().inStatementMode("began a transaction in statement mode");
            return false;
        }
        if (!begin(relay, text.command().name(), text.operationClass(), in, total)) {
            return false;
        }
        if (beginsTransaction) {
            ring.last().setBeginsTransaction();
        }
        return true;
    }

    /**
     * A Query or FunctionCall is about to be sent. A refused one has its slot nevertheless: it is
     * dropped, and the server is made to fail in its place.
     *
     * @param in begins with it, as far as it has arrived
     * @return false if it was refused
     */
    boolean begin(
            FrontendRelay relay,
            String command,
            OperationClass operationClass,
            ByteBuf in,
            int total) {
        if (series) {
            closeSeries(relay); // the Query is as good as its Sync
            ring.last().describe(command, operationClass);
            ring.last().addBytesIn(total);
            return true;
        }
        Refusal refusal = beginNext(command, operationClass);
        ring.last().setComplete();
        ring.last().addBytesIn(total);
        if (refusal == null) {
            return true;
        }
        if (relay.leadsTransaction()) {
            session.ending().fatal(Words.atLogin(refusal), refusal.message());
            return false;
        }
        relay.swallow(in, total);
        Refusing.query(session.serverInUse(), Words.of(refusal));
        return false;
    }

    /**
     * A message of the extended protocol comes: it belongs to what ends with the next Sync.
     *
     * @return whether the session goes on
     */
    boolean openSeries(FrontendRelay relay) {
        PgServerConnection server = session.serverInUse();
        if (series || server.expected().isSkipping()) {
            return true;
        }
        series = true;
        Refusal refusal = beginNext("", OperationClass.OTHER);
        if (refusal != null && relay.leadsTransaction()) {
            session.ending().fatal(Words.atLogin(refusal), refusal.message());
            return false;
        }
        if (refusal != null) {
            relay.sendRun();
            Refusing.series(server, Words.of(refusal));
        }
        return true;
    }

    private @Nullable Refusal beginNext(String command, OperationClass operationClass) {
        long now = session.loop().now();
        PgOperation operation = admitted;
        Refusal refusal = null;
        if (operation == null) {
            session.onFurtherRequest(now);
            operation = add(command, operationClass, now);
            refusal = session.check(operation);
        } else {
            admitted = null;
            operation.describe(command, operationClass);
        }
        operation.sent(now);
        return refusal;
    }

    private PgOperation add(String command, OperationClass operationClass, long now) {
        PgOperation operation = ring.add();
        operation.reset();
        operation.begin(command, operationClass, now);
        return operation;
    }

    /** A Sync comes, or what is as good as one. */
    void closeSeries(FrontendRelay relay) {
        boolean isNew = !series && !session.serverInUse().expected().isSkipping();
        if (isNew && !openSeries(relay)) {
            return;
        }
        series = false;
        ring.last().setComplete();
        session.extended().onSeriesEnd(ring.size());
    }

    /** The running request turns out to execute this. */
    void describe(PreparedStatement statement) {
        if (!ring.isEmpty()) {
            ring.last().describe(statement.command(), statement.operationClass());
            if (statement.beginsTransaction()) {
                ring.last().setBeginsTransaction();
            }
        }
    }

    /** Whether what was sent begins a transaction, and there is more to come behind it. */
    boolean leadTransaction(boolean moreToCome) {
        for (int i = 0; i < ring.size(); i++) {
            if (ring.get(i).beginsTransaction()) {
                return i + 1 < ring.size() || moreToCome;
            }
        }
        return false;
    }

    // ---- answered

    /** So much of an answer is passed on. */
    void onAnswering(int bytes) {
        if (!ring.isEmpty()) {
            ring.first().addBytesOut(bytes);
        }
    }

    void onFailed(ErrorFields error) {
        if (!ring.isEmpty()) {
            ring.first().setFailed(error.isBackendFault());
            if (error.code().equals("57014")) {
                ring.first().setTimedOutOnServer();
            }
        }
    }

    /** The first is answered; the caller has looked at it. */
    void onAnswered(Outcome outcome) {
        answered++;
        settleFirst(outcome);
    }

    void settleFirst(Outcome outcome) {
        PgOperation operation = ring.first();
        ring.removeFirst();
        session.settled(operation, outcome);
    }

    /** None of them will be answered. */
    void settleAll(Outcome outcome) {
        admitted = null;
        while (!ring.isEmpty()) {
            settleFirst(outcome);
        }
    }

    /** Syncs that were taken for ends of requests were ignored by the server. */
    void onSyncsIgnored(int count) {
        // Each had closed an operation: all those are one, up to the Sync that counts.
        boolean isFollowed = ring.size() > count;
        for (int i = isFollowed ? 0 : 1; i < count && ring.size() > 1; i++) {
            settleFirst(Outcome.OK);
        }
        if (!isFollowed && !ring.isEmpty()) {
            ring.first().setOpen();
            series = true;
        }
    }

    /** A Sync sent into a COPY is answered after all: the series has ended with it. */
    void onLateSync() {
        series = false;
        if (!ring.isEmpty()) {
            ring.last().setComplete();
        }
    }

    /**
     * The server skips a Query or FunctionCall that was sent behind a failed message: the Sync that
     * ends the skipping answers both.
     *
     * @return whether there were two to make one of
     */
    boolean mergeSkipped() {
        if (ring.size() < 2) {
            return false;
        }
        boolean backendFault = ring.first().backendFault();
        settleFirst(Outcome.CLIENT_FAULT);
        ring.first().setFailed(backendFault);
        return true;
    }

    /** The server is gone, and all that was sent with it. */
    void onServerLost() {
        series = false;
    }

    /** Gives up memory that an idle session does not need. */
    void trim() {
        ring.trim();
    }
}
