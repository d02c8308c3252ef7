package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import io.sluice.config.TimeoutsConfig;
import io.sluice.guard.OperationClass;
import io.sluice.guard.Outcome;
import io.sluice.guard.Refusal;
import io.sluice.metrics.Counter;
import io.sluice.metrics.PinCounts;
import io.sluice.net.ChannelFailures;
import io.sluice.net.Listener;
import io.sluice.net.Outlet;
import io.sluice.pg.config.PoolMode;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.settings.Setting;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.settings.SettingsTracker;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.sql.Effect;
import io.sluice.pg.sql.PinReason;
import io.sluice.pg.sql.SettingChange;
import io.sluice.pg.statement.ClientStatements;
import io.sluice.pg.statement.Effects;
import io.sluice.pg.statement.PreparedStatement;
import io.sluice.pool.Condition;
import io.sluice.pool.Lease;
import io.sluice.session.BackPressure;
import io.sluice.session.ClientSession;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One PostgreSQL client's conversation, from its being let in to its end.
 *
 * <pre>
 *   WELCOMING ── settings known, or learnt from a server ──▶ SERVING ──▶ OVER
 * </pre>
 *
 * While SERVING it is idle, or waits for a lease, or holds one: see {@link #stateWord}.
 *
 * <p><b>Threads:</b> confined to the loop of its pool.
 */
public final class PgSession extends ClientSession implements CancelKey.Target {
    private static final Logger LOG = LogManager.getLogger(PgSession.class);

    private enum Phase {
        WELCOMING,
        SERVING,
        OVER
    }

    /** Servers that are asked for what a client is told at login, should they be lost meanwhile. */
    private static final int WELCOME_TRIES = 3;

    private final SessionContext context;
    private final FrontendRelay frontend = new FrontendRelay(this);
    private final Requests requests = new Requests(this);
    private final Deadlines deadlines = new Deadlines(this);
    private SettingsTracker settings;
    private final ClientStatements statements;
    private @Nullable Translator translator;
    private @Nullable Pins pins;
    private Phase phase = Phase.WELCOMING;
    private TransactionStatus status = TransactionStatus.IDLE;

    /** The lease's connection has this session's settings. */
    private boolean ready;

    /** The client's texts were, at some time, in another encoding than UTF-8. */
    private boolean usesOtherEncoding;

    /** When the settings were last sent to the connection. */
    private long appliesSince;

    /** Something of the proxy's own was sent to the server: settings again, or a fence. */
    private boolean asking;

    /** A cancel came while the settings were being applied. */
    private boolean cancelledEarly;

    /** Servers that were lost before they had told what the client is to be told at login. */
    private int welcomesLost;

    private boolean discardingToSync;
    private boolean toldThatItWaits;

    /** Its server connection has its statements by their own names, and no others. */
    private boolean ownNames;

    /** The transaction has changed for itself how texts are read. */
    private boolean parsesLocally;

    private long transactionBegan;
    private long answeredAt;
    private long bytesSent;
    private long bytesReceived;

    /** The client's Terminate was read: the session ends when all ahead of it is answered. */
    private boolean goodbye;

    /** The client is gone, and had said goodbye: what it asked for before goes on, unseen. */
    private boolean departed;

    /** What the servers start with whose values the client was told. */
    private Map<String, String> toldDefaults = Map.of();

    private String endReason = "the client disconnected";

    public PgSession(SessionContext context, Channel channel) {
        super(context.id(), channel, context.pgPool().pool(), context.guards());
        this.context = context;
        this.settings = new SettingsTracker(context.startupSettings());
        this.statements = new ClientStatements(context.pgPool().statements());
        this.answeredAt = connectedAt();
    }

    // ---- beginning

    /** The session has arrived at its home: tells the client what it needs to know, and serves. */
    public void begin() {
        pool().enter();
        context.proxy().sessions(loop()).add(this);
        pool().stats().add(Counter.LOGINS, 1);
        seekWelcome();
        BackPressure.resume(channel());
    }

    private void seekWelcome() {
        Welcome known = pgPool().welcome(context.startupSettings());
        if (known != null) {
            welcome(known);
        } else {
            pool().acquire(this);
        }
    }

    private void welcome(Welcome welcome) {
        phase = Phase.SERVING;
        settings = new SettingsTracker(welcome.settings());
        toldDefaults = welcome.defaults();
        ByteBuf out = channel().alloc().buffer(512);
        welcome.parameters()
                .forEach(parameter ->
                        Messages.parameterStatus(out, parameter.getKey(), parameter.getValue()));
        Messages.backendKeyData(out, context.cancelKey().processId(), context.cancelKey().secret());
        Messages.readyForQuery(out, TransactionStatus.IDLE);
        channel().writeAndFlush(out, channel().voidPromise());
        frontend.pump();
    }

    /** A server with this session's settings tells what a client with them is to be told. */
    private void learnWelcome(PgServerConnection server) {
        Welcome learnt =
                new Welcome(
                        context.startupSettings(),
                        server.parameters().values().entrySet().stream()
                                .map(e -> Map.entry(e.getKey(), e.getValue()))
                                .toList(),
                        server.parameters().defaults());
        pgPool().setWelcome(learnt);
        release(Condition.CLEAN);
        welcome(learnt);
    }

    // ---- what others ask

    PgPool pgPool() {
        return context.pgPool();
    }

    SettingsTracker settings() {
        return settings;
    }

    ClientStatements statements() {
        return statements;
    }

    Translator translator() {
        Translator made = translator;
        if (made == null) {
            made = new Translator(this, context.settings().statements());
            translator = made;
        }
        return made;
    }

    /** Whether messages of the extended protocol were sent whose Sync was not. */
    boolean isInSeries() {
        return requests.hasOpenSeries();
    }

    boolean isOver() {
        return phase == Phase.OVER;
    }

    boolean hasServer() {
        return lease() != null;
    }

    boolean isServerReady() {
        return ready;
    }

    /** The connection of the lease, if there is one and it can be sent to. */
    @Nullable PgServerConnection pgServer() {
        return ready && server() instanceof PgServerConnection server ? server : null;
    }

    PgServerConnection serverInUse() {
        return (PgServerConnection) Objects.requireNonNull(server(), "no lease");
    }

    boolean isWaitingForServer() {
        return isWaiting() || (lease() != null && !ready) || phase == Phase.WELCOMING;
    }

    int maxQueuedInput() {
        return context.proxy().config().limits().maxQueuedInput();
    }

    boolean isPipelineFull() {
        return requests.size() >= context.proxy().config().limits().maxPipeline();
    }

    /**
     * Whether notifications on its connection are its own: in session mode also those of a LISTEN
     * that was not seen, unless another client may have left one there.
     */
    boolean listens() {
        return (pins != null && pins.contains(PinReason.LISTEN))
                || (context.poolMode() == PoolMode.SESSION && !serverInUse().isShared());
    }

    TimeoutsConfig timeouts() {
        return pgPool().timeouts();
    }

    Requests requests() {
        return requests;
    }

    TransactionStatus status() {
        return status;
    }

    /** Whether something of the proxy's own is asked on the session's lease. */
    boolean isAsking() {
        return asking;
    }

    long appliesSince() {
        return appliesSince;
    }

    long transactionBegan() {
        return transactionBegan;
    }

    long answeredAt() {
        return answeredAt;
    }

    /** Of both directions. */
    long bytesPassed() {
        return bytesSent + bytesReceived;
    }

    /** Whether part of a message was sent to the server, and the rest has not come yet. */
    boolean isInsideRequest() {
        return frontend.isInsideMessage();
    }

    @Nullable Refusal check(PgOperation operation) {
        return guards().check(operation);
    }

    void settled(PgOperation operation, Outcome outcome) {
        settle(operation, outcome);
    }

    /** A request comes behind another, on the same lease. */
    void onFurtherRequest(long now) {
        requested(now);
        if (status == TransactionStatus.IDLE && requests.isEmpty()) {
            transactionBegan = now; // on a lease that was kept between two transactions
        }
    }

    // ---- requests

    /**
     * A request is there: asks the guards and acquires a server.
     *
     * @return whether the client's input can be gone on with now
     */
    boolean wantServer() {
        if (phase == Phase.WELCOMING) {
            return false;
        }
        long now = loop().now();
        requested(now);
        Refusal refusal = requests.admit(now);
        if (refusal != null) {
            refuseFirst(refusal);
            return true;
        }
        transactionBegan = now;
        toldThatItWaits = false;
        pool().acquire(this);
        return !isWaitingForServer();
    }

    /** The request at the front of the input is not done, and no server was touched. */
    private void refuseFirst(Refusal refusal) {
        if (frontend.leadsTransaction()) {
            endFatal(Words.atLogin(refusal), refusal.message());
            return;
        }
        answer(Words.of(refusal));
        frontend.dropRefused();
        channel().flush();
    }

    boolean isDiscardingToSync() {
        return discardingToSync;
    }

    void discardToSync() {
        discardingToSync = true;
    }

    void onDiscardedToSync() {
        discardingToSync = false;
        answerReady();
        channel().flush();
    }

    void answerReady() {
        ByteBuf out = channel().alloc().buffer(6);
        Messages.readyForQuery(out, status);
        channel().write(out, channel().voidPromise());
    }

    private void answer(ErrorResponse error) {
        logAnswered(error);
        ByteBuf out = channel().alloc().buffer(256);
        error.writeTo(out);
        channel().write(out, channel().voidPromise());
    }

    /** The client is told an error that is not its server's. */
    void logAnswered(ErrorResponse error) {
        if (context.proxy().config().log().poolerErrors()) {
            LOG.warn(
                    "session={} pool={} answered by Sluice: {} {}",
                    id(),
                    pool().key(),
                    error.code(),
                    error.message());
        }
    }

    /** Notes a Query that is about to be sent; false if it was refused and dropped. */
    boolean beginRequest(Classified text, ByteBuf in, int total) {
        if (context.poolMode() == PoolMode.STATEMENT
                && text.has(Effect.BEGINS_TRANSACTION)
                && status == TransactionStatus.IDLE) {
            endFatal(
                    ErrorResponse.fatal(
                            "08P01",
                            "transaction blocks are not allowed in statement pooling mode"),
                    "began a transaction in statement mode");
            return false;
        }
        boolean beginsTransaction = text.has(Effect.BEGINS_TRANSACTION);
        if (!begin(text.command().name(), text.operationClass(), in, total)) {
            return false;
        }
        if (beginsTransaction) {
            requests.last().setBeginsTransaction();
        }
        return true;
    }

    /** Notes a request whose text is not known yet, or never will be. */
    boolean beginRequest(String command, ByteBuf in, int total) {
        return begin(command, OperationClass.OTHER, in, total);
    }

    private boolean begin(String command, OperationClass operationClass, ByteBuf in, int total) {
        if (requests.hasOpenSeries()) {
            closeSeries(); // the Query is as good as its Sync
            requests.describeSeries(command, operationClass, total);
            return true;
        }
        Refusal refusal = requests.begin(command, operationClass, total);
        if (refusal == null) {
            return true;
        }
        if (frontend.leadsTransaction()) {
            endFatal(Words.atLogin(refusal), refusal.message());
            return false;
        }
        frontend.swallow(in, total);
        PgServerConnection server = serverInUse();
        ByteBuf out = channel().alloc().buffer(32);
        Messages.query(out, "refused by sluice");
        server.expect(Expectation.QUERY, new Detail.Refused(Words.of(refusal)));
        server.send(out);
        return false;
    }

    /**
     * A message of the extended protocol comes: it belongs to what ends with the next Sync.
     *
     * @return whether the session goes on
     */
    boolean openSeries() {
        if (requests.hasOpenSeries() || serverInUse().expected().isSkipping()) {
            return true;
        }
        Refusal refusal = requests.openSeries();
        if (refusal != null && frontend.leadsTransaction()) {
            endFatal(Words.atLogin(refusal), refusal.message());
            return false;
        }
        if (refusal != null) {
            frontend.sendRun();
            Translator.refuse(serverInUse(), Words.of(refusal));
        }
        return true;
    }

    /** A Sync comes. */
    void closeSeries() {
        boolean isNew = !requests.hasOpenSeries() && !serverInUse().expected().isSkipping();
        if (isNew && !openSeries()) {
            return;
        }
        requests.closeSeries();
        if (translator != null) {
            translator.onSeriesEnd(requests.size());
        }
    }

    /** A Query that was passed on in pieces is whole. */
    void onLongQueryPassed(Classified text) {
        PgServerConnection server = pgServer();
        Effects effects = Effects.of(text);
        if (server == null || requests.isEmpty()) {
            return;
        }
        requests.last().describe(text.command().name(), text.operationClass());
        if (text.has(Effect.BEGINS_TRANSACTION)) {
            requests.last().setBeginsTransaction();
        }
        if (effects != null) {
            pinUnlessNamesAreOwn(effects);
        }
        if (effects != null && !server.expected().isEmpty()) {
            Detail leaves = new Detail.Leaves(effects);
            server.expected().setLastDetail(leaves);
            server.noteDoubt(leaves);
        }
    }

    /** The body of a message has been passed on; perhaps that was all that kept the lease. */
    void onMessagePassed() {
        PgServerConnection server = pgServer();
        if (server != null && (settings.owesStartupSettings() || server.isUnsure())) {
            askOwn();
        }
        if (lease() != null && isReleasable()) {
            release(Condition.CLEAN);
        }
    }

    /** What the input waited for is there. */
    void resumeInput() {
        frontend.pump();
    }

    /** Answers have been read: perhaps there is room for further requests. */
    void onAnswersRead() {
        frontend.onAnswersRead();
        endIfAnswered();
    }

    void flushServer() {
        PgServerConnection server = pgServer();
        if (server != null) {
            server.flush();
            server.relay().flushNow(); // what was answered without the server
        }
    }

    // ---- leases

    @Override
    protected void onLease(Lease granted) {
        hold(granted);
        PgServerConnection server = serverInUse();
        Settings wanted = settings.wanted();
        apply(server, server.applied(), wanted, () -> onServerReady(server));
    }

    /** Has a server that has {@code applied} take {@code wanted}. */
    private void apply(
            PgServerConnection server, Settings applied, Settings wanted, Runnable done) {
        appliesSince = loop().now();
        String sql = Settings.difference(applied, wanted);
        if (sql.isEmpty()) {
            settings.onApplied(wanted, status == TransactionStatus.IDLE);
            done.run();
            return;
        }
        Runnable then =
                () -> {
                    settings.onApplied(wanted, status == TransactionStatus.IDLE);
                    done.run();
                };
        Settings readable = applied.with(Settings.CLIENT_ENCODING, Settings.UTF_8);
        if (Settings.isAscii(sql) || server.parameters().readsUtf8() || readable.equals(applied)) {
            askFor(server, sql, then);
        } else {
            // A Query is read as a whole in the encoding that holds before it.
            askFor(
                    server,
                    Settings.difference(applied, readable),
                    () -> {
                        server.setApplied(readable);
                        askFor(server, Settings.difference(readable, wanted), then);
                    });
        }
    }

    private void askFor(PgServerConnection server, String sql, Runnable then) {
        asking = true;
        server.ask(
                sql,
                error -> {
                    asking = false;
                    if (isOver() || server() != server) {
                        return;
                    }
                    if (error == null) {
                        then.run();
                    } else {
                        onSettingsRefused(error);
                    }
                });
    }

    /**
     * A RESET returns to what the client asked for at startup, of which the server knows nothing.
     */
    private void restoreStartupSettings(PgServerConnection server) {
        apply(
                server,
                settings.current(),
                settings.wanted(),
                () -> {
                    onMessagePassed();
                    frontend.pump();
                });
    }

    private void onServerReady(PgServerConnection server) {
        if (phase == Phase.WELCOMING) {
            // Later: many may be waiting, and each gives the connection to the next.
            loop().execute(() -> {
                if (!isOver() && server() == server) {
                    learnWelcome(server);
                }
            });
        } else if (cancelledEarly) {
            cancelledEarly = false;
            release(Condition.CLEAN);
            answerCancelled();
        } else {
            ready = true;
            usesOtherEncoding |= !server.parameters().readsUtf8();
            tellDefaults(server.parameters().defaults());
            frontend.pump();
        }
    }

    /** Tells the client where a server starts with other values than those that it knows. */
    private void tellDefaults(Map<String, String> defaults) {
        Map<String, String> told = toldDefaults;
        if (defaults.equals(told)) { // mostly the same instance
            return;
        }
        toldDefaults = defaults;
        ByteBuf out = channel().alloc().buffer(64);
        defaults.forEach((name, value) -> {
            boolean isItsOwn = settings.current().get(name.toLowerCase(Locale.ROOT)) != null;
            if (!value.equals(told.get(name)) && !isItsOwn) {
                Messages.parameterStatus(out, name, value);
            }
        });
        if (out.isReadable()) {
            write(out);
            flush();
        } else {
            out.release();
        }
    }

    /** One Query is one transaction: what failed has left the server as it was. */
    private void onSettingsRefused(ErrorFields error) {
        if (!ready) {
            release(Condition.CLEAN, serverInUse().applied());
        }
        endFatal(Words.lastOf(error), "its settings were refused: " + error.code());
    }

    @Override
    protected void onNoLease(Refusal refusal) {
        if (phase == Phase.WELCOMING) {
            endFatal(Words.atLogin(refusal), refusal.message());
            return;
        }
        requests.giveUpAdmitted(Outcome.REFUSED);
        refuseFirst(refusal);
        frontend.pump();
    }

    @Override
    protected void onStillWaiting(long now, long waitedNanos) {
        Duration after = timeouts().waitNotice();
        if (!toldThatItWaits && after.isPositive() && waitedNanos >= after.toNanos()) {
            toldThatItWaits = true;
            notice(
                    "waiting for a server connection since %d ms, %d clients wait in this pool"
                            .formatted(waitedNanos / 1_000_000, pool().waiting()));
        }
    }

    private void notice(String message) {
        ByteBuf out = channel().alloc().buffer(128);
        Messages.notice(out, "00000", message);
        channel().writeAndFlush(out, channel().voidPromise());
    }

    private boolean isReleasable() {
        PgServerConnection server = serverInUse();
        return status == TransactionStatus.IDLE
                && requests.isEmpty()
                && server.expected().isEmpty()
                && !server.expected().isSkipping()
                && !requests.hasOpenSeries()
                && !frontend.isInsideMessage()
                && !server.isUnsure()
                && !isPinned()
                && !settings.owesStartupSettings()
                && context.poolMode() != PoolMode.SESSION;
    }

    private void release(Condition condition) {
        release(condition, settings.current());
    }

    private void release(Condition condition, Settings applied) {
        PgServerConnection server = serverInUse();
        server.setApplied(applied);
        if (context.poolMode() != PoolMode.SESSION) {
            server.setShared();
        }
        ready = false;
        if (!server.isGone()) {
            BackPressure.resume(server.channel());
        }
        BackPressure.resume(channel()); // the server may have been what it waited for
        letGo().giveBack(condition);
    }

    // ---- what the server answers

    void onReadyForQuery(TransactionStatus newStatus) {
        if (requests.isEmpty()) {
            serverInUse().close("it was ready more often than it was asked");
            return;
        }
        PgOperation operation = requests.first();
        status = newStatus;
        if (translator != null) {
            translator.onReady(newStatus == TransactionStatus.IDLE, requests.size() - 1);
        }
        long now = loop().now();
        answeredAt = now;
        if (newStatus == TransactionStatus.IDLE) {
            parsesLocally = false;
            if (operation.failed()) {
                settings.onRollback();
            } else {
                settings.onCommit();
            }
            if (pins != null) {
                pins.onTransactionEnd(!operation.failed());
            }
            pool().stats().add(Counter.TRANSACTIONS, 1);
            pool().stats().add(Counter.TRANSACTION_NANOS, now - transactionBegan);
            transactionBegan = now;
        }
        if (settings.takeUnconfirmed() && !serverInUse().parameters().tellAll(settings)) {
            pin(PinReason.UNREADABLE_SETTING);
        }
        finish(operation, now);
        askOwn();
        if (lease() != null && isReleasable()) {
            release(Condition.CLEAN);
        } else if (newStatus != TransactionStatus.IDLE
                && context.poolMode() == PoolMode.STATEMENT
                && requests.isEmpty()) {
            endFatal(
                    ErrorResponse.fatal(
                            "08P01",
                            "transaction blocks are not allowed in statement pooling mode"),
                    "left a transaction open in statement mode");
            return;
        }
        if (frontend.hasInput()) {
            frontend.pump();
        }
        endIfAnswered();
    }

    /** Asks what the proxy itself must ask on the lease, unless a late cancel could hit it. */
    private void askOwn() {
        PgServerConnection server = serverInUse();
        if (server.cancelling().isUnderWay() || !server.expected().isEmpty()) {
            return;
        }
        if (settings.owesStartupSettings()
                && status != TransactionStatus.FAILED
                && requests.isEmpty()
                && !frontend.isInsideMessage()) {
            restoreStartupSettings(server);
        }
        if (lease() != null
                && server.isUnsure()
                && !frontend.isInsideMessage()
                && server.expected().isEmpty()
                && !server.expected().isSkipping()) {
            fence(server);
        }
    }

    /** No cancel request is under way any more: what had to wait for that goes on. */
    void onCancelOver() {
        if (pgServer() != null) {
            askOwn();
            onMessagePassed();
        }
        resumeInput();
    }

    /** Nothing is sent, and nobody else gets the server, until it is known what it has answered. */
    private void fence(PgServerConnection server) {
        asking = true;
        appliesSince = loop().now();
        server.fence(() -> {
            asking = false;
            if (!isOver() && server() == server) {
                onMessagePassed();
                frontend.pump();
            }
        });
    }

    /** The transaction was rolled back: what it would have given up is kept. */
    void onRollback() {
        settings.onRollback();
        if (pins != null) {
            pins.onRollback();
        }
    }

    /** What it undid is not told; what it was to have given up is kept. */
    void onRollbackToSavepoint() {
        if (settings.hasUncommitted()) {
            pin(PinReason.UNREADABLE_SETTING);
        }
        if (pins != null) {
            pins.onRollback();
        }
    }

    /**
     * Code was executed that can commit outside of a transaction block: in a series, with some
     * versions of PostgreSQL, also what was set before it, whatever becomes of the rest.
     */
    void onMayHaveCommitted() {
        if (status == TransactionStatus.IDLE && settings.hasUncommitted()) {
            pin(PinReason.UNREADABLE_SETTING);
        }
    }

    private void finish(PgOperation operation, long now) {
        Outcome outcome =
                operation.timedOut() || operation.timedOutOnServer()
                        ? Outcome.TIMEOUT
                        : operation.cancelled()
                                ? Outcome.ABANDONED
                                : !operation.failed()
                                        ? Outcome.OK
                                        : operation.backendFault()
                                                ? Outcome.BACKEND_FAULT
                                                : Outcome.CLIENT_FAULT;
        logIfSlow(operation, now, outcome);
        requests.onAnswered(outcome);
    }

    private void logIfSlow(PgOperation operation, long now, Outcome outcome) {
        Duration slow = context.proxy().config().log().slowQuery();
        long took = now - operation.startedAt();
        if (slow.isPositive() && took >= slow.toNanos()) {
            LOG.warn(
                    "slow session={} tenant={} database={} user={} client={} server_pid={} command={} took_ms={} waited_ms={} outcome={}",
                    id(),
                    pool().key().tenant(),
                    pool().key().database(),
                    pool().key().user(),
                    Listener.printable(channel().remoteAddress()),
                    serverInUse().serverId(),
                    operation.command(),
                    took / 1_000_000,
                    operation.sentAt() == 0
                            ? 0
                            : (operation.sentAt() - operation.startedAt()) / 1_000_000,
                    outcome);
        }
    }

    /** Syncs that were taken for requests were ignored by the server. */
    void onSyncsIgnored(int count) {
        if (translator != null) {
            translator.onSyncsIgnored(count);
        }
        requests.onSyncsIgnored(count);
    }

    /** Hands {@code bytes} to the client's channel, which releases them. */
    void write(ByteBuf bytes) {
        if (departed) {
            bytes.release();
            return;
        }
        Outlet.write(channel(), bytes, !context.tls().isEmpty());
    }

    void flush() {
        Outlet.flush(channel(), !context.tls().isEmpty());
    }

    void onSending(int bytes) {
        bytesSent += bytes;
        if (!requests.isEmpty()) {
            requests.first().addBytesOut(bytes);
        }
    }

    void onClientFull() {
        deadlines.onClientFull(loop().now());
    }

    void onParameter(String name, String value, boolean isDefault) {
        if (Reported.isSetting(name)) {
            if (!settings.onReported(name, value, isDefault)) {
                pin(PinReason.UNREADABLE_SETTING);
            }
            usesOtherEncoding |= !serverInUse().parameters().readsUtf8();
            pinUnlessRepeatable(value);
        }
    }

    /**
     * Settings are repeated in UTF-8: what was read in another encoding may mean something else.
     */
    private void pinUnlessRepeatable(String text) {
        if (usesOtherEncoding && !Settings.isAscii(text)) {
            pin(PinReason.UNREADABLE_SETTING);
        }
    }

    void onEffects(Effects effects, int statement) {
        parsesLocally |= effects.setsParseSettings();
        String deallocated = effects.deallocated();
        if (deallocated != null) {
            statements.remove(deallocated);
            serverInUse().statements().takeBack(deallocated);
        }
        for (SettingChange change : effects.settings()) {
            if (change.statement() == statement) {
                onSettingChange(change);
            }
        }
        if (statement == 0) { // only what was there before the text; a rollback in it forgets this
            if (effects.unlistensAll() && pins != null) {
                pins.loosen(PinReason.LISTEN);
            }
            if (effects.unlocksAll() && pins != null) {
                pins.loosen(PinReason.ADVISORY_LOCK);
            }
        }
        for (PinReason reason : effects.pins()) {
            pin(reason);
        }
    }

    /** The statement failed, but a lock that it took before stays. */
    void onFailedEffects(Effects effects) {
        if (effects.pins().contains(PinReason.ADVISORY_LOCK)) {
            pin(PinReason.ADVISORY_LOCK);
        }
    }

    private void onSettingChange(SettingChange change) {
        switch (change.kind()) {
            case SET -> {
                if (!Reported.isSetting(change.name())
                        || !serverInUse().parameters().has(change.name())) {
                    if (!settings.onSet(change.name(), new Setting.Statement(change.text()))) {
                        pin(PinReason.UNREADABLE_SETTING);
                    }
                    pinUnlessRepeatable(change.text());
                } else if (!settings.onSetReported(
                        change.name(), new Setting.Statement(change.text()))) {
                    pin(PinReason.UNREADABLE_SETTING);
                }
            }
            case RESET -> settings.onReset(change.name());
            case RESET_ALL -> settings.onResetAll();
            case DISCARD_ALL -> {} // known by its tag
        }
    }

    void onDiscardAll() {
        settings.onDiscardAll();
        ownNames = false;
        statements.clear();
        if (pins != null) {
            pins.onDiscardAll();
        }
    }

    /** A simple Query drops the unnamed statement, as the end of the session does. */
    void forgetUnnamed() {
        if (translator != null) {
            translator.forgetUnnamed();
        }
    }

    /** The client itself was told that a statement has other types now. */
    void onNewTypesTold(PreparedStatement statement) {
        statements.renew(statement);
        translator().onNewTypesTold(statement);
    }

    void onPrepareFailed(String clientName, PreparedStatement statement) {
        translator().onPrepareFailed(clientName, statement);
    }

    // ---- pins

    private boolean isPinned() {
        return pins != null && !pins.isEmpty();
    }

    void pin(PinReason reason) {
        Pins held = pins;
        if (held == null) {
            held = new Pins();
            pins = held;
        }
        boolean first = held.isEmpty();
        if (held.add(reason) && context.poolMode() != PoolMode.SESSION) {
            if (first) {
                pool().stats().add(Counter.PINS, 1);
            }
            context.proxy()
                    .pinCounts()
                    .count(new PinCounts.Reason(pool().key().protocol(), reason.word()));
            held.tellOnce(reason);
        }
    }

    /** What the client is to be told of its first pin; the caller sends it. */
    @Nullable ByteBuf takePinNotice() {
        String text = pins == null ? null : pins.takeNotice();
        if (text == null) {
            return null;
        }
        ByteBuf out = channel().alloc().buffer(128);
        Messages.notice(out, "00000", text);
        return out;
    }

    /** From now on names of statements are the server's own, for SQL and protocol alike. */
    void keepNames() {
        ownNames = true;
        pin(PinReason.SQL_PREPARE);
    }

    /** Names of statements in a text that was sent as it is may have meant anybody's. */
    void pinUnlessNamesAreOwn(Effects effects) {
        if (effects.namesStatement() && !ownNames) {
            pin(PinReason.UNREADABLE);
        }
    }

    boolean hasOwnNames() {
        return ownNames;
    }

    /** Some names could not be given: all are given anew to the next text that needs them. */
    void giveNamesAnew() {
        ownNames = false;
    }

    /** The server skips a request that seemed to end a series: one answer ends both. */
    void onRequestSkipped() {
        if (requests.mergeSkipped() && translator != null) {
            translator.onRequestsMerged();
        }
    }

    /** Whether texts may be read by more than the session's settings. */
    boolean parsesByMoreThanSettings() {
        return parsesLocally || (pins != null && pins.hideContext());
    }

    /** Whether the end of the transaction may change how texts are read. */
    boolean mayParseOtherwise() {
        return parsesLocally || settings.hasUncommitted();
    }

    @Override
    public @Nullable String pinReason() {
        return pins == null || pins.isEmpty() ? null : pins.words();
    }

    // ---- the server is lost

    /**
     * The lease's connection is dead. Outside a transaction the client gets an error and stays;
     * inside one it must not go on.
     *
     * @param error the server's last words, if it had any
     * @param insideMessage whether the client has only part of a message
     */
    void onServerLost(@Nullable ErrorFields error, String reason, boolean insideMessage) {
        boolean stateIsLost =
                status != TransactionStatus.IDLE
                        || requests.leadTransaction(frontend.hasInput())
                        || isPinned()
                        || context.poolMode() == PoolMode.SESSION;
        ready = false;
        asking = false;
        cancelledEarly = false;
        parsesLocally = false;
        if (pins != null) {
            pins.onRollback();
        }
        letGo().giveBack(Condition.BROKEN);
        if (translator != null) {
            translator.onServerLost();
        }
        if (isOver()) {
            return;
        }
        boolean timedOut = !requests.isEmpty() && requests.first().timedOut();
        PgOperation admitted = requests.admitted();
        if (phase == Phase.WELCOMING && ++welcomesLost < WELCOME_TRIES) {
            seekWelcome(); // the client has asked for nothing yet that could be lost
        } else if (insideMessage) {
            endReason = reason;
            requests.settleAll(timedOut ? Outcome.TIMEOUT : Outcome.BACKEND_FAULT);
            channel().close();
            close();
        } else if (phase == Phase.WELCOMING || stateIsLost || requests.isEmpty()) {
            requests.settleAll(timedOut ? Outcome.TIMEOUT : Outcome.BACKEND_FAULT);
            endFatal(
                    error == null
                            ? ErrorResponse.fatal("08006", "server connection lost: " + reason)
                            : Words.lastOf(error),
                    reason);
        } else if (admitted != null) {
            tryAgain(admitted, reason);
        } else {
            answerAllLost(timedOut, reason);
        }
        endIfAnswered();
    }

    /** Nothing of the request was sent yet. */
    private void tryAgain(PgOperation operation, String reason) {
        if (!operation.secondTry()) {
            operation.setSecondTry();
            pool().acquire(this);
            return;
        }
        if (frontend.leadsTransaction()) {
            endFatal(ErrorResponse.fatal("08006", "server connection lost: " + reason), reason);
            return;
        }
        requests.giveUpAdmitted(Outcome.BACKEND_FAULT);
        answer(ErrorResponse.error("58000", "server connection lost: " + reason));
        frontend.dropRefused();
        channel().flush();
        frontend.pump();
    }

    private void answerAllLost(boolean timedOut, String reason) {
        status = TransactionStatus.IDLE;
        settings.onRollback();
        while (!requests.isEmpty()) {
            PgOperation operation = requests.first();
            answer(
                    timedOut
                            ? Words.timedOut(timeouts().query())
                            : ErrorResponse.error("58000", "server connection lost: " + reason)
                                    .withDetail("The outcome of the statement is unknown."));
            if (operation.complete()) {
                answerReady();
            } else {
                discardingToSync = true;
            }
            requests.settleFirst(timedOut ? Outcome.TIMEOUT : Outcome.BACKEND_FAULT);
        }
        requests.onServerLost();
        channel().flush();
        frontend.pump();
    }

    // ---- cancel

    @Override
    public void cancel(Runnable done) {
        loop().execute(() -> onCancelRequest(done));
    }

    /**
     * The client asked, on another connection, to cancel what it is doing.
     *
     * @param done run when the server has been told, or need not be
     */
    private void onCancelRequest(Runnable done) {
        if (isWaiting() && phase == Phase.SERVING) {
            pool().cancelWait(this);
            answerCancelled();
            done.run();
        } else if (ready && !asking && !requests.isEmpty()) {
            requests.first().setCancelled();
            serverInUse().cancel(done);
        } else {
            cancelledEarly = lease() != null && !ready && requests.admitted() != null;
            done.run();
        }
    }

    /** Nothing of the request was sent yet, nor will be. */
    private void answerCancelled() {
        requests.giveUpAdmitted(Outcome.ABANDONED);
        String message = "canceling statement due to user request";
        if (frontend.leadsTransaction()) {
            endFatal(ErrorResponse.fatal("57014", message), message);
            return;
        }
        answer(ErrorResponse.error("57014", message));
        frontend.dropRefused();
        channel().flush();
        frontend.pump();
    }

    // ---- time

    @Override
    protected void onLeaseSweep(long now) {
        deadlines.sweepLeased(now);
    }

    /** The error that a cancelled operation is told: a timeout is the proxy's, not the user's. */
    @Nullable ErrorResponse wordsForCancelled(ErrorFields error) {
        if (error.code().equals("57014") && !requests.isEmpty() && requests.first().timedOut()) {
            return Words.timedOut(timeouts().query());
        }
        return null;
    }

    @Override
    protected void onIdleSweep(long now) {
        if (phase == Phase.SERVING) {
            deadlines.sweepIdle(now);
            if (now - answeredAt > 1_000_000_000L
                    && requests.isEmpty()
                    && !requests.hasOpenSeries()) {
                trim();
            }
        }
    }

    /** An idle session keeps no more than its client would miss. */
    private void trim() {
        requests.trim();
        if (translator != null && translator.isForgettable()) {
            translator = null;
        }
    }

    // ---- the client's channel

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf read = (ByteBuf) message;
        if (isOver() || goodbye) {
            read.release();
        } else {
            bytesReceived += read.readableBytes();
            frontend.onRead(read);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!departed && server() instanceof PgServerConnection server && server.hasChannel()) {
            BackPressure.follow(server.channel(), ctx.channel());
        }
        if (ctx.channel().isWritable()) {
            deadlines.onClientReads();
            if (!isOver() && !isWaitingForServer()) {
                frontend.pump();
            }
            endIfAnswered();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (phase == Phase.SERVING && (goodbye || frontend.endsInTerminate())) {
            depart();
        } else {
            close();
        }
    }

    /** PostgreSQL, too, does what it was asked before it reads a Terminate. */
    private void depart() {
        departed = true;
        deadlines.onClientReads();
        if (server() instanceof PgServerConnection server && server.hasChannel()) {
            BackPressure.resume(server.channel());
        }
        if (!isWaitingForServer()) {
            frontend.pump();
        }
        endIfAnswered();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof java.io.IOException
                || cause instanceof DecoderException
                || cause instanceof OutOfMemoryError) {
            if (!departed) {
                endReason =
                        "its connection failed: "
                                + ChannelFailures.reason("session=" + id(), cause);
            }
            ctx.close();
        } else if (cause instanceof RuntimeException failure && !isOver()) {
            onFailure(failure);
        } else {
            LOG.error("session={} pool={} failed", id(), pool().key(), cause);
            endReason = "internal error: " + cause;
            ctx.close();
        }
    }

    /** The client's last word, behind requests that the server has been sent by now. */
    void onTerminate() {
        endReason = "the client said goodbye";
        goodbye = true;
        endIfAnswered();
    }

    boolean hasSaidGoodbye() {
        return goodbye;
    }

    /** After its goodbye a client waits for what it has asked in full, and for nothing else. */
    private void endIfAnswered() {
        boolean hasNothingToCome = departed && lease() == null && !isWaiting();
        if (isOver() || !(goodbye || hasNothingToCome)) {
            return;
        }
        flush();
        boolean awaits =
                lease() != null
                        && !requests.isEmpty()
                        && requests.first().complete()
                        && !(ready && serverInUse().isInNeedOfMore());
        if (!awaits && takesAnswers()) {
            channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            close();
        }
    }

    /** Whether there is room for answers: for who does not want them there always is. */
    boolean takesAnswers() {
        return departed || channel().isWritable();
    }

    /** Closes without a word to the client. */
    void endUntold(String reason) {
        endReason = reason;
        channel().close();
    }

    /** A bug of ours must not touch anybody else. */
    void onFailure(RuntimeException failure) {
        LOG.error("session={} pool={} failed", id(), pool().key(), failure);
        endFatal(
                ErrorResponse.fatal("XX000", "internal error of the proxy"),
                "internal error: " + failure);
    }

    void onClientViolation(ProtocolViolation violation) {
        endFatal(
                ErrorResponse.fatal("08P01", "protocol violation: " + violation.getMessage()),
                "it broke the protocol: " + violation.getMessage());
    }

    /** Tells the client why, as far as it can still be told, and closes. */
    void endFatal(ErrorResponse error, String reason) {
        if (isOver()) {
            return;
        }
        endReason = reason;
        logAnswered(error);
        boolean insideMessage =
                server() instanceof PgServerConnection server && server.relay().isInsideMessage();
        Channel client = channel();
        if (insideMessage) {
            close();
            client.close();
        } else {
            ByteBuf out = client.alloc().buffer(256);
            error.writeTo(out);
            client.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
            close();
        }
    }

    @Override
    public void end(EndCode code, String message) {
        switch (code) {
            case KILLED -> endFatal(ErrorResponse.fatal("57P01", message), message);
            case SHUTDOWN -> endFatal(ErrorResponse.fatal("57P01", message), message);
            case TIMEOUT -> endFatal(ErrorResponse.fatal("57P05", message), message);
        }
    }

    /** Everything that the session has, it gives back. Once. */
    private void close() {
        if (isOver()) {
            return;
        }
        boolean insideMessage = frontend.isInsideMessage();
        frontend.sendRun(); // it is expected already
        phase = Phase.OVER;
        if (isWaiting()) {
            pool().cancelWait(this);
        }
        boolean idle = requests.isEmpty();
        requests.settleAll(Outcome.ABANDONED);
        try {
            giveBackLease(idle, insideMessage);
        } finally {
            leaveAll();
        }
    }

    private void giveBackLease(boolean idle, boolean insideMessage) {
        if (lease() != null) {
            if (insideMessage || (pins != null && pins.hasUnknownState())) {
                if (!idle) {
                    serverInUse().cancel(() -> {}); // else it would run on, seen by nobody
                }
                ready = false;
                letGo().giveBack(Condition.BROKEN);
            } else {
                if (requests.hasOpenSeries() && ready && !serverInUse().isCopyIn()) {
                    // The Sync that it gets from the reset must not commit what had none.
                    Translator.refuse(
                            serverInUse(), ErrorResponse.error("57014", "the client is gone"));
                }
                release(idle && ready && isReleasable() ? Condition.CLEAN : Condition.NEEDS_RESET);
            }
        }
    }

    private void leaveAll() {
        frontend.release();
        forgetUnnamed();
        statements.clear();
        pool().leave();
        context.proxy().sessions(loop()).remove(this);
        context.onEnd().run();
        if (context.proxy().config().log().disconnections()) {
            LOG.info(
                    "session={} pool={} client={} closed: {} (age_s={} queries={} sent_bytes={})",
                    id(),
                    pool().key(),
                    Listener.printable(channel().remoteAddress()),
                    endReason,
                    (loop().now() - connectedAt()) / 1_000_000_000L,
                    requests.answered(),
                    bytesSent);
        }
    }

    // ---- for the console

    /** A pinned session keeps its lease, and is quiet all the same. */
    @Override
    public boolean isQuiet() {
        return phase != Phase.WELCOMING
                && status == TransactionStatus.IDLE
                && requests.isEmpty()
                && !requests.hasOpenSeries()
                && !isWaiting();
    }

    @Override
    public String applicationName() {
        return settings.current().get("application_name") instanceof Setting.Value(String name)
                ? name
                : "";
    }

    @Override
    public String tls() {
        return context.tls();
    }

    @Override
    public int preparedStatements() {
        return statements.size();
    }

    @Override
    public int operationsInFlight() {
        return requests.size();
    }
}
