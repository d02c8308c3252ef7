package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.config.BackendConfig;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.statement.ClientStatements;
import io.sluice.pg.statement.ServerStatements;
import io.sluice.pool.ChannelConnection;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import java.net.SocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One PostgreSQL server session, and all that the proxy knows of its state: what is applied and
 * prepared on it, what it still has to answer, whether it is being cancelled.
 *
 * <p><b>Threads:</b> confined to the loop of its pool.
 */
public final class PgServerConnection extends ChannelConnection {
    private final PgPool pgPool;
    private final Expected expected = new Expected();
    private final BackendRelay relay = new BackendRelay(this, expected);
    private final ServerStatements statements = new ServerStatements();
    private final ServerParameters parameters = new ServerParameters();
    private final Cancelling cancelling = new Cancelling(this);
    private final Fitting fitting = new Fitting(this);
    private final Cleaning cleaning = new Cleaning(this);
    private final CopyIn copyIn = new CopyIn(this);
    private final ReadingDoubt readingDoubt = new ReadingDoubt(expected);
    private final TypeComparison types = new TypeComparison(this);
    private final Consequences consequences = new Consequences(this, statements);
    private ServerStartup.@Nullable Key key;
    private boolean shared;
    private TransactionStatus status = TransactionStatus.IDLE;

    /** Answers were asked for ahead of the Sync. */
    private boolean hastened;

    private @Nullable ErrorFields ownError;

    PgServerConnection(PgPool pgPool, Pool pool, Permit permit) {
        super(pgPool, pool, permit);
        this.pgPool = pgPool;
    }

    // ---- opening

    /** Login is over: what the server told of itself. */
    void onOpen(
            Channel open,
            SocketAddress openAddress,
            ServerStartup.Key openKey,
            Map<String, String> reported,
            String openTls) {
        onOpen(open, openAddress, openTls);
        key = openKey;
        parameters.begin(pgPool.onReported(reported));
        open.pipeline().addLast(relay);
    }

    // ---- what it knows

    @Override
    public int openSlots() {
        return expected.size();
    }

    @Nullable PgSession session() {
        return lease().holder() instanceof PgSession session ? session : null;
    }

    PgPool pgPool() {
        return pgPool;
    }

    BackendConfig backend() {
        return pgPool.backend();
    }

    ServerStartup.@Nullable Key key() {
        return key;
    }

    TransactionStatus status() {
        return status;
    }

    Expected expected() {
        return expected;
    }

    BackendRelay relay() {
        return relay;
    }

    ServerStatements statements() {
        return statements;
    }

    ServerParameters parameters() {
        return parameters;
    }

    Cancelling cancelling() {
        return cancelling;
    }

    Fitting fitting() {
        return fitting;
    }

    CopyIn copyIn() {
        return copyIn;
    }

    ReadingDoubt readingDoubt() {
        return readingDoubt;
    }

    TypeComparison types() {
        return types;
    }

    Consequences consequences() {
        return consequences;
    }

    /** Whether it answers no more before its client sends the end of a COPY, or a Sync. */
    boolean isInNeedOfMore() {
        return copyIn.isOpen() || expected.isSkipping();
    }

    /**
     * It is leased for less than a session: what a client has left unseen is there for the next.
     */
    void setShared() {
        shared = true;
    }

    boolean isShared() {
        return shared;
    }

    // ---- sending

    void expect(Expectation kind, @Nullable Detail detail) {
        hastened = false;
        if (kind == Expectation.QUERY || kind == Expectation.OWN_QUERY) {
            statements.setUnnamed(null); // a Query drops it
        }
        expected.add(kind, detail, consequences);
        if (detail != null) {
            readingDoubt.note(detail);
        }
    }

    /** Has the server answer what it was asked, though a Sync may only follow on those answers. */
    void hasten() {
        if (!hastened) {
            hastened = true;
            ByteBuf out = channel().alloc().buffer(5);
            Messages.flush(out);
            send(out);
        }
    }

    /** Sends a Query of the proxy's own; its answer is swallowed. */
    void ask(String sql, Detail.Own then) {
        ByteBuf out = channel().alloc().buffer(sql.length() + 16);
        Messages.query(out, sql);
        ownError = null;
        expect(Expectation.OWN_QUERY, then);
        send(out);
        flush();
    }

    /** Sends a Sync of the proxy's own. */
    void askSync(Detail.Own then) {
        ByteBuf out = channel().alloc().buffer(5);
        Messages.sync(out);
        ownError = null;
        expect(Expectation.OWN_SYNC, then);
        send(out);
        flush();
    }

    // ---- what the relay reports

    /** Returns whether the client is to see it. */
    boolean onParameter(String name, String value, boolean own) {
        parameters.put(name, value);
        PgSession session = session();
        if (session == null || (own && !session.isServerReady())) {
            return false;
        }
        session.state().onParameter(name, value, parameters.isDefault(name, value));
        return true;
    }

    void onStatementFailed(ErrorFields error) {
        copyIn.end();
        PgSession session = session();
        if (session != null) {
            session.requests().onFailed(error);
        }
    }

    void answerWith(ErrorResponse error) {
        PgSession session = session();
        if (session != null) {
            SessionLog.answered(session, error);
            ByteBuf out = session.channel().alloc().buffer(256);
            error.writeTo(out);
            relay.inject(session, out);
        }
    }

    /** What the client is told of an error instead of the server's words; null: those. */
    @Nullable ErrorResponse wordsForCancelled(ErrorFields error) {
        PgSession session = session();
        return session == null ? null : session.wordsForCancelled(error);
    }

    /** A client's name is gone, and perhaps the client before it. */
    void forget(ClientStatements.Named named) {
        pgPool.statements().release(named.statement());
    }

    /** What the proxy's own request that runs has failed with. */
    @Nullable ErrorFields ownError() {
        return ownError;
    }

    void onOwnError(ErrorFields error) {
        ownError = error;
    }

    void onOwnReady(TransactionStatus newStatus, @Nullable Detail detail) {
        status = newStatus;
        ErrorFields error = ownError;
        ownError = null;
        if (detail instanceof Detail.Own own) {
            own.done(error);
        }
    }

    void onReady(TransactionStatus newStatus, @Nullable Detail detail) {
        status = newStatus;
        consequences.onReady();
        copyIn.end();
        PgSession session = session();
        if (session != null) {
            session.onReadyForQuery(newStatus);
        }
    }

    /** The server closes the connection and says why. */
    void onFatal(ErrorFields error) {
        lose(error, false, "the server ended its session: " + error.code() + " " + error.message());
    }

    private void lose(@Nullable ErrorFields error, boolean orderly, String reason) {
        if (!end(orderly, reason)) {
            return;
        }
        PgSession session = session();
        boolean insideMessage = relay.isInsideMessage();
        relay.flushNow();
        expected.abandon((kind, detail) -> {
            if (detail instanceof Detail.Preparing
                    || detail instanceof Detail.Replacing
                    || detail instanceof Detail.ClosingName) {
                consequences.skipped(kind, detail);
            }
        });
        pool().onClosed(this);
        if (session != null) {
            session.onServerLost(error, reason, insideMessage);
        }
    }

    @Override
    protected @Nullable ByteBuf farewell() {
        if (!expected.isEmpty()) {
            return null;
        }
        ByteBuf out = channel().alloc().buffer(5);
        Messages.terminate(out);
        return out;
    }

    // ---- cancelling

    /**
     * Asks the server to cancel what it is doing.
     *
     * @param done run when the request has been handed over, or could not be
     */
    void cancel(Runnable done) {
        if (isGone() || !isOpen()) {
            done.run();
        } else {
            cancelling.request(done);
        }
    }

    /** No request is under way any more. */
    void onCancelOver() {
        if (isGone()) {
            return;
        }
        pool().onReleased(this);
        PgSession session = session();
        if (!cleaning.onCancelOver() && session != null) {
            session.onCancelOver();
        }
    }

    @Override
    protected boolean mustBeHeldBack() {
        beginBusy();
        return cancelling.isUnderWay();
    }

    @Override
    public boolean isBeingCancelled() {
        return cancelling.isUnderWay();
    }

    // ---- keeping it usable

    @Override
    protected void check() {
        beginBusy();
        askSync(error -> {
            if (error == null && status == TransactionStatus.IDLE) {
                pool().onAlive(this);
            } else {
                close("its check failed");
            }
        });
    }

    @Override
    protected void reset() {
        beginBusy();
        cleaning.begin();
    }

    /** It is as new: nothing of what anybody has left there is there any more. */
    void onDiscarded() {
        fitting.setApplied(Settings.NONE);
        shared = false;
        statements.clear();
        statements.setUnnamed(null);
        pool().onClean(this);
    }

    @Override
    protected void onSweep(long now) {
        super.onSweep(now);
        if (!isGone()) {
            cleaning.onSweep(now);
        }
    }

    @Override
    public void close(String reason) {
        lose(null, false, reason);
    }

    @Override
    public void retire(String reason) {
        lose(null, true, reason);
    }

    @Override
    public long serverId() {
        return key == null ? 0 : Integer.toUnsignedLong(key.processId());
    }

    @Override
    public int preparedStatements() {
        return statements.size();
    }
}
