package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.sluice.config.BackendConfig;
import io.sluice.net.ChannelFailures;
import io.sluice.net.Outlet;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.RowType;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.sql.SettingChange;
import io.sluice.pg.statement.ClientStatements;
import io.sluice.pg.statement.Effects;
import io.sluice.pg.statement.PreparedStatement;
import io.sluice.pg.statement.ServerStatements;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.ServerConnection;
import io.sluice.session.BackPressure;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One PostgreSQL server session, and all that the proxy knows of its state: what is applied and
 * prepared on it, what it still has to answer, whether it is being cancelled.
 *
 * <p><b>Threads:</b> confined to the loop of its pool.
 */
public final class PgServerConnection extends ServerConnection {
    private static final Logger LOG = LogManager.getLogger(PgServerConnection.class);

    /** Longest that a check, a reset or the end of a cancel may take before it is given up. */
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private final PgPool pgPool;
    private final Expected expected = new Expected();
    private final BackendRelay relay = new BackendRelay(this, expected);
    private final ServerStatements statements = new ServerStatements();
    private final ServerParameters parameters = new ServerParameters();
    private final Cancelling cancelling = new Cancelling(this);
    private final Fitting fitting = new Fitting(this);
    private @Nullable Channel channel;
    private @Nullable SocketAddress address;
    private ServerStartup.@Nullable Key key;
    private String tls = "";
    private boolean shared;
    private TransactionStatus status = TransactionStatus.IDLE;

    /** How the next text is read depends on what is not answered yet. */
    private boolean lexingInDoubt;

    /** What is prepared, or what would be, depends on what is not answered yet. */
    private boolean preparingInDoubt;

    /** Answers were asked for ahead of the Sync. */
    private boolean hastened;

    private boolean copyIn;

    /**
     * Syncs that were sent into a COPY: the server ignores them if it reads them before the COPY
     * ends, and answers them if it reads them after an error has ended it.
     */
    private int uncountedSyncs;

    /** What is asked to find out about these is under way, and not answered yet. */
    private boolean fenced;

    private boolean comparing;

    private long busySince;

    /** What a session has left is being cancelled, and not over yet. */
    private boolean draining;

    private @Nullable ErrorFields ownError;

    /** Which statement of a Query is answered next. */
    private int statementOfQuery;

    /** Everything is answered, but a cancel is still under way. */
    private boolean drained;

    private boolean closed;

    PgServerConnection(PgPool pgPool, Pool pool, Permit permit) {
        super(pool, permit);
        this.pgPool = pgPool;
        this.busySince = pool.loop().now();
    }

    // ---- opening

    /** Login is over: what the server told of itself. */
    void onOpen(
            Channel open,
            SocketAddress openAddress,
            ServerStartup.Key openKey,
            Map<String, String> reported,
            String openTls) {
        channel = open;
        address = openAddress;
        key = openKey;
        tls = openTls;
        parameters.begin(pgPool.onReported(reported));
        open.pipeline().addLast(relay);
    }

    /** Opening failed, or the connection is gone before it was open. */
    void onOpening(Channel opening) {
        channel = opening;
    }

    // ---- what it knows

    @Override
    public Channel channel() {
        return Objects.requireNonNull(channel, "not connected");
    }

    boolean hasChannel() {
        return channel != null;
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

    @Nullable SocketAddress address() {
        return address;
    }

    ServerStartup.@Nullable Key key() {
        return key;
    }

    boolean usesTls() {
        return !tls.isEmpty();
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

    boolean isCopyIn() {
        return copyIn;
    }

    /** Whether it answers no more before its client sends the end of a COPY, or a Sync. */
    boolean isInNeedOfMore() {
        return copyIn || expected.isSkipping();
    }

    void endCopyIn() {
        copyIn = false;
    }

    /** A Sync is sent into a COPY. */
    void addUncountedSync() {
        uncountedSyncs++;
    }

    /** Whether the server may be ready more often than it is expected to be. */
    boolean isUnsure() {
        return uncountedSyncs > 0;
    }

    /**
     * Whether a ReadyForQuery that comes now answers a Sync that was not counted. While the server
     * skips to a Sync it is that Sync; ahead of the answer to the fence, and where nothing is
     * expected, there is nothing else.
     */
    boolean takesUncountedReady(@Nullable Expectation head) {
        if (uncountedSyncs == 0) {
            return false;
        }
        if (head == null && expected.isSkipping()) {
            uncountedSyncs--;
            expected.add(Expectation.SYNC, null, this::onSkipped);
            PgSession session = session();
            if (session != null) {
                session.requests().onLateSync();
            }
            return false;
        }
        if (head == null) {
            uncountedSyncs--;
            return true;
        }
        return fenced;
    }

    /** Asks for something whose answer shows that all Syncs before it were answered or ignored. */
    void fence(Runnable then) {
        fenced = true;
        ask(
                "",
                error -> {
                    if (error == null) {
                        uncountedSyncs = 0;
                        then.run();
                    } else {
                        close("it answered a fence by an error");
                    }
                });
    }

    boolean isFenced() {
        return fenced;
    }

    /** The fence itself is answered: what follows is its own. */
    void onFenceReached() {
        fenced = false;
    }

    // ---- sending

    /** Hands {@code bytes} to the channel, which releases them. */
    void send(ByteBuf bytes) {
        Outlet.write(channel(), bytes, usesTls());
    }

    void flush() {
        Outlet.flush(channel(), usesTls());
    }

    void expect(Expectation kind, @Nullable Detail detail) {
        hastened = false;
        if (kind == Expectation.QUERY || kind == Expectation.OWN_QUERY) {
            statements.setUnnamed(null); // a Query drops it
        }
        expected.add(kind, detail, this::onSkipped);
        if (detail != null) {
            noteDoubt(detail);
        }
    }

    /** What relies on the outcome of something waits until that is answered. */
    void noteDoubt(Detail detail) {
        Effects effects =
                switch (detail) {
                    case Detail.Leaves(Effects left, List<Integer> _) -> left;
                    case Detail.Using(PreparedStatement _, @Nullable Effects left) -> left;
                    case Detail.Refused _,
                            Detail.Preparing _,
                            Detail.Describing _,
                            Detail.Owning _,
                            Detail.Replacing _,
                            Detail.ClosingName _,
                            Detail.ClosingPortal _,
                            Detail.ClosingServerName _,
                            Detail.Own _ ->
                            null;
                };
        if (effects != null) {
            preparingInDoubt |= effects.changesPreparing();
            for (SettingChange change : effects.settings()) {
                lexingInDoubt |=
                        switch (change.kind()) {
                            case SET, RESET -> isLexed(change.name());
                            case RESET_ALL, DISCARD_ALL -> true;
                        };
            }
        }
    }

    private static boolean isLexed(String name) {
        return name.equalsIgnoreCase("standard_conforming_strings")
                || name.equalsIgnoreCase("client_encoding")
                || name.equalsIgnoreCase("names");
    }

    /** Whether it is not known yet how the server is going to read the next text. */
    boolean isLexingInDoubt() {
        lexingInDoubt &= !expected.isEmpty();
        return lexingInDoubt;
    }

    /** Whether it is not known yet what is prepared, or what a text is going to be prepared as. */
    boolean isPreparingInDoubt() {
        preparingInDoubt &= !expected.isEmpty();
        return preparingInDoubt;
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

    private void askSync(Detail.Own then) {
        ByteBuf out = channel().alloc().buffer(5);
        Messages.sync(out);
        ownError = null;
        expect(Expectation.OWN_SYNC, then);
        send(out);
        flush();
    }

    // ---- what the relay reports

    void onCommandTag(ByteBuf in, int from, int length) {
        // Those of onRareTag: all others are not looked at further.
        byte first = length > 5 ? in.getByte(from) : 0;
        if (first == 'C' || first == 'R' || first == 'D' || first == 'P') {
            onRareTag(in.toString(from, length, StandardCharsets.US_ASCII));
            if (first == 'C' && in.getByte(from + 3) == 'Y') {
                uncountedSyncs = 0; // it has read the COPY's end, and all before that
            }
        }
        copyIn = false;
    }

    private void onRareTag(String tag) {
        PgSession session = session();
        switch (tag) {
            case "COMMIT", "PREPARE TRANSACTION" -> {
                if (session != null) {
                    session.settings().onCommit();
                }
            }
            case "ROLLBACK" -> {
                if (session != null) { // the tag of ROLLBACK TO too
                    if (mayBeToSavepoint(expected.headDetail())) {
                        session.state().onRollbackToSavepoint();
                    } else {
                        session.state().onRollback();
                    }
                }
            }
            case "DEALLOCATE ALL" -> {
                statements.clear();
                if (session != null) {
                    session.statements().clear();
                }
            }
            case "DISCARD ALL" -> {
                statements.clear();
                if (session != null) {
                    session.state().onDiscardAll();
                }
            }
            default -> {}
        }
    }

    /** Whether the statement that was answered last is a ROLLBACK TO, or too far back to know. */
    private boolean mayBeToSavepoint(@Nullable Detail detail) {
        if (statementOfQuery >= Classified.LISTED_STATEMENTS) {
            return true;
        }
        return switch (detail) {
            case null -> false;
            case Detail.Leaves(Effects effects, List<Integer> _) ->
                    effects.savepointRollbacks().contains(statementOfQuery);
            case Detail.Using(PreparedStatement _, @Nullable Effects effects) ->
                    effects != null && !effects.savepointRollbacks().isEmpty();
            case Detail.Refused _,
                    Detail.Preparing _,
                    Detail.Describing _,
                    Detail.Owning _,
                    Detail.Replacing _,
                    Detail.ClosingName _,
                    Detail.ClosingPortal _,
                    Detail.ClosingServerName _,
                    Detail.Own _ ->
                    false;
        };
    }

    /** A statement of the extended protocol was executed, or one of several in a Query. */
    void onExecuted(@Nullable Detail detail, int index) {
        PgSession session = session();
        if (session == null || detail == null) {
            return;
        }
        switch (detail) {
            case Detail.Leaves(Effects effects, List<Integer> _) ->
                    session.state().onEffects(effects, index);
            case Detail.Using(PreparedStatement statement, @Nullable Effects effects) -> {
                if (statement.mayCommit()) {
                    session.state().onMayHaveCommitted();
                }
                if (effects != null) {
                    session.state().onEffects(effects, index);
                }
            }
            case Detail.Refused _,
                    Detail.Preparing _,
                    Detail.Describing _,
                    Detail.Owning _,
                    Detail.Replacing _,
                    Detail.ClosingName _,
                    Detail.ClosingPortal _,
                    Detail.ClosingServerName _,
                    Detail.Own _ -> {}
        }
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

    /** Whether the statement that is answered now was put into its Query by the proxy. */
    boolean isInserted(@Nullable Detail detail) {
        return detail instanceof Detail.Leaves(Effects _, List<Integer> inserted)
                && inserted.contains(statementOfQuery);
    }

    void onStatementOfQuery(@Nullable Detail detail) {
        onExecuted(detail, statementOfQuery++);
    }

    void onCopyIn(int ignoredSyncs) {
        copyIn = !expected.takeCopyEnd();
        uncountedSyncs += ignoredSyncs;
        PgSession session = session();
        if (session == null) {
            close("a COPY began when its client was gone");
        } else if (ignoredSyncs > 0) {
            session.onSyncsIgnored(ignoredSyncs);
        }
    }

    /** Ends a COPY whose client is gone. The server has ignored all Syncs up to here. */
    private void failCopy() {
        copyIn = false;
        ByteBuf out = channel().alloc().buffer(40);
        Messages.copyFail(out, "the client is gone");
        Messages.sync(out);
        send(out);
    }

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
        copyIn = false;
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

    /** The head of what was expected failed with an error that the client has seen. */
    void onFailed(Expectation kind, @Nullable Detail detail, ErrorFields error) {
        boolean isTypeChanged =
                error.code().equals("0A000")
                        && error.routine().equals(Translator.CACHED_PLAN_ROUTINE);
        boolean isMissing = error.code().equals("26000"); // closed by code that nobody has seen
        PgSession session = session();
        if (detail instanceof Detail.Describing(PreparedStatement statement, int epoch)) {
            if (isTypeChanged && epoch == statement.epoch()) {
                retire(statement);
            } else if (kind != Expectation.DESCRIBE_PORTAL && isMissing) {
                statements.forget(statement);
            }
        } else if (detail
                instanceof Detail.Using(PreparedStatement statement, @Nullable Effects effects)) {
            if (isTypeChanged) {
                retire(statement);
            } else if (kind == Expectation.BIND && isMissing) {
                statements.forget(statement);
            }
            if (session != null && statement.mayCommit()) {
                session.state().onMayHaveCommitted();
            }
            if (session != null && effects != null) {
                session.state().onFailedEffects(effects);
            }
        } else if (detail instanceof Detail.Leaves(Effects effects, List<Integer> _)
                && session != null) {
            session.state().onFailedEffects(effects);
        } else if (detail instanceof Detail.Owning(String clientName) && session != null) {
            session.statements().remove(clientName); // the server prepares it no more
        }
    }

    private void retire(PreparedStatement statement) {
        LOG.debug("pool={} retires a statement whose result type changed", pool().key());
        statement.retire();
    }

    /**
     * Asks for a statement's types ahead of a Bind, which waits until the answer is there.
     *
     * @param name what the server knows it by
     */
    void describeAhead(PreparedStatement statement, byte[] name) {
        ByteBuf out = channel().alloc().buffer(64);
        Messages.describeStatement(out, name);
        Messages.flush(out);
        comparing = true;
        expect(Expectation.OWN_DESCRIBE, new Detail.Describing(statement, statement.epoch()));
        send(out);
    }

    /** Whether the client's next message waits for the answer to {@link #describeAhead}. */
    boolean isComparing() {
        return comparing;
    }

    /**
     * The types of a statement, asked for by its client or by the proxy; {@link RowType#UNKNOWN}
     * where they were not told or are too long.
     *
     * @param own whether by the proxy: the client knows the former type then, and is to be told
     */
    void onDescribed(Detail.Describing asked, long rowType, long parameterTypes, boolean own) {
        PreparedStatement statement = asked.statement();
        if (asked.epoch() == statement.epoch()) {
            if (statement.describe(rowType, parameterTypes)) {
                statements.setTypes(statement, rowType, parameterTypes);
            } else {
                retire(statement);
                statement.describe(rowType, parameterTypes);
                PgSession session = session();
                if (session != null && !own) {
                    session.onNewTypesTold(statement);
                }
            }
        }
        if (own) {
            statements.setCompared(statement); // also if they are too long to compare
            resumeClient();
        }
    }

    /** The client's next message waits no longer. */
    void resumeClient() {
        if (comparing) {
            comparing = false;
            PgSession session = session();
            if (session != null) {
                session.resumeInput();
            }
        }
    }

    /** The server skips this, because something before it failed. */
    void onSkipped(Expectation kind, @Nullable Detail detail) {
        PgSession session = session();
        if (session != null && (kind == Expectation.QUERY || kind == Expectation.FUNCTION_CALL)) {
            session.onRequestSkipped();
        }
        switch (detail) {
            case null -> {}
            case Detail.Preparing(
                            PreparedStatement statement,
                            byte @Nullable [] serverName,
                            @Nullable String clientName) -> {
                if (kind != Expectation.LOCAL_PARSE) {
                    if (serverName != null) {
                        statements.remove(serverName);
                    } else if (statements.unnamed() == statement) {
                        statements.setUnnamed(null);
                    }
                }
                if (clientName != null && session != null) {
                    session.onPrepareFailed(clientName, statement);
                }
            }
            case Detail.Owning(String clientName) -> {
                if (session != null && session.statements().get(clientName) != null) {
                    session.state().giveNamesAnew();
                }
            }
            case Detail.Replacing(String clientName, ClientStatements.@Nullable Named former) -> {
                if (session != null) {
                    session.statements().remove(clientName);
                    if (former != null) {
                        session.statements().put(clientName, former);
                    }
                } else if (former != null) {
                    forget(former);
                }
            }
            case Detail.ClosingName(String clientName, var named) -> {
                if (session != null) {
                    session.statements().put(clientName, named);
                } else {
                    forget(named);
                }
            }
            case Detail.ClosingPortal(String name, Detail.Using using) -> {
                if (session != null) {
                    session.translator().onPortalStays(name, using);
                }
            }
            case Detail.ClosingServerName(ServerStatements.Evicted evicted) ->
                    statements.putBack(evicted);
            case Detail.Own own -> own.done(ownError);
            case Detail.Leaves _, Detail.Refused _, Detail.Using _, Detail.Describing _ -> {}
        }
    }

    /** A client's name is gone, and perhaps the client before it. */
    void forget(ClientStatements.Named named) {
        pgPool.statements().release(named.statement());
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
        statementOfQuery = 0;
        copyIn = false;
        PgSession session = session();
        if (session != null) {
            session.onReadyForQuery(newStatus);
        }
    }

    /** The server closes the connection and says why. */
    void onFatal(ErrorFields error) {
        lose(error, false, "the server ended its session: " + error.code() + " " + error.message());
    }

    void onDisconnected() {
        lose(null, false, "the server closed the connection");
    }

    void onChannelFailure(Throwable cause) {
        lose(null, false, "the connection failed: " + ChannelFailures.reason(this, cause));
    }

    /**
     * @param orderly whether it is of our own will, which is of interest only to who asked for it
     */
    private void lose(@Nullable ErrorFields error, boolean orderly, String reason) {
        if (closed) {
            return;
        }
        closed = true;
        boolean asked = !orderly || pgPool.proxy().config().log().disconnections();
        // Whoever is opening it tells of a failure itself.
        LOG.log(
                key != null && asked ? Level.INFO : Level.DEBUG,
                "pool={} server={} closed: {} (age_s={})",
                pool().key(),
                serverId(),
                reason,
                (pool().loop().now() - openedAt()) / 1_000_000_000L);
        hangUp();
        if (key == null) {
            return; // whoever is opening it hears of the end from the channel
        }
        PgSession session = session();
        boolean insideMessage = relay.isInsideMessage();
        relay.flushNow();
        expected.abandon((kind, detail) -> {
            if (detail instanceof Detail.Preparing
                    || detail instanceof Detail.Replacing
                    || detail instanceof Detail.ClosingName) {
                onSkipped(kind, detail);
            }
        });
        pool().onClosed(this);
        if (session != null) {
            session.onServerLost(error, reason, insideMessage);
        }
    }

    private void hangUp() {
        Channel open = channel;
        if (open == null) {
            return;
        }
        if (open.isActive() && key != null && expected.isEmpty()) {
            ByteBuf out = open.alloc().buffer(5);
            Messages.terminate(out);
            open.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
        } else {
            open.close();
        }
    }

    // ---- cancelling

    /**
     * Asks the server to cancel what it is doing.
     *
     * @param done run when the request has been handed over, or could not be
     */
    void cancel(Runnable done) {
        if (closed || key == null || address == null) {
            done.run();
        } else {
            cancelling.request(done);
        }
    }

    /** No request is under way any more. */
    void onCancelOver() {
        if (closed) {
            return;
        }
        pool().onReleased(this);
        PgSession session = session();
        if (drained) {
            drained = false;
            rollBack();
        } else if (session != null) {
            session.onCancelOver();
        }
    }

    @Override
    protected boolean mustBeHeldBack() {
        busySince = pool().loop().now();
        return cancelling.isUnderWay();
    }

    @Override
    public boolean isBeingCancelled() {
        return cancelling.isUnderWay();
    }

    // ---- keeping it usable

    @Override
    protected void check() {
        busySince = pool().loop().now();
        askSync(error -> {
            if (error == null && status == TransactionStatus.IDLE) {
                pool().onAlive(this);
            } else {
                close("its check failed");
            }
        });
    }

    /**
     * Makes it clean whatever its session left: cancels and drains what still runs, rolls back, and
     * discards the session's state.
     */
    @Override
    protected void reset() {
        busySince = pool().loop().now();
        BackPressure.resume(channel());
        if (isUnsure()) {
            close("it may answer a Sync that nobody waits for");
            return;
        }
        if (expected.isEmpty() && !expected.isSkipping()) {
            rollBack();
            return;
        }
        // Whatever is open or being skipped ends with a Sync; its answer comes after all others.
        if (copyIn) {
            failCopy();
            ownError = null;
            expect(Expectation.OWN_SYNC, (Detail.Own) error -> rollBack());
            flush();
        } else {
            draining = true;
            cancel(() -> {});
            askSync(error -> rollBack());
        }
    }

    private void rollBack() {
        if (closed) {
            return;
        }
        draining = false;
        if (cancelling.isUnderWay()) {
            // The cancel may still arrive: only once it is over can anything be asked safely.
            drained = true;
            return;
        }
        if (status == TransactionStatus.IDLE) {
            discard();
        } else {
            ask(
                    "ROLLBACK",
                    error -> {
                        if (error == null && status == TransactionStatus.IDLE) {
                            discard();
                        } else {
                            close("ROLLBACK failed");
                        }
                    });
        }
    }

    private void discard() {
        ask(
                "DISCARD ALL",
                error -> {
                    if (error != null || status != TransactionStatus.IDLE) {
                        close("DISCARD ALL failed");
                        return;
                    }
                    fitting.setApplied(Settings.NONE);
                    statements.clear();
                    statements.setUnnamed(null);
                    pool().onClean(this);
                });
    }

    @Override
    protected void onSweep(long now) {
        if (now - busySince >= PATIENCE_NANOS && key != null) {
            close(
                    "%s took longer than %d s"
                            .formatted(stateWord(), PATIENCE_NANOS / 1_000_000_000L));
        } else if (draining && cancelling.isDueAgain(now)) {
            cancel(() -> {});
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

    boolean isGone() {
        return closed;
    }

    @Override
    public long serverId() {
        return key == null ? 0 : Integer.toUnsignedLong(key.processId());
    }

    @Override
    public int preparedStatements() {
        return statements.size();
    }

    @Override
    public String tls() {
        return tls;
    }

    @Override
    public String toString() {
        return "server %d of pool %s".formatted(serverId(), pool().key()).toLowerCase(Locale.ROOT);
    }
}
