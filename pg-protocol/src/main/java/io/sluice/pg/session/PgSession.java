package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.sluice.config.TimeoutsConfig;
import io.sluice.guard.Outcome;
import io.sluice.guard.Refusal;
import io.sluice.metrics.Counter;
import io.sluice.pg.config.PoolMode;
import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.settings.Setting;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.settings.SettingsTracker;
import io.sluice.pg.statement.ClientStatements;
import io.sluice.pool.Condition;
import io.sluice.pool.Lease;
import io.sluice.session.BackPressure;
import io.sluice.session.ClientSession;
import java.time.Duration;
import java.util.Objects;
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
    private final SessionState state;
    private final Answers answers = new Answers(this);
    private final Ending ending = new Ending(this);
    private final ExtendedProtocol extended;
    private final ClientCancel clientCancel = new ClientCancel(this);
    private Phase phase = Phase.WELCOMING;
    private TransactionStatus status = TransactionStatus.IDLE;

    /** The lease's connection has this session's settings. */
    private boolean ready;

    /** Servers that were lost before they had told what the client is to be told at login. */
    private int welcomesLost;

    private boolean toldThatItWaits;
    private long transactionBegan;
    private long answeredAt;
    private long bytesReceived;

    public PgSession(SessionContext context, Channel channel) {
        super(context.id(), channel, context.pgPool().pool(), context.guards());
        this.context = context;
        this.state = new SessionState(this, context.startupSettings());
        this.extended =
                new ExtendedProtocol(this, new ClientStatements(context.pgPool().statements()));
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
        state.begin(welcome.settings());
        answers.welcome(welcome, context.cancelKey());
        frontend.pump();
    }

    /** A server with this session's settings tells what a client with them is to be told. */
    private void learnWelcome(PgServerConnection server) {
        Welcome learnt = Welcome.of(context.startupSettings(), server.parameters());
        pgPool().setWelcome(learnt);
        release(Condition.CLEAN);
        welcome(learnt);
    }

    // ---- what others ask

    PgPool pgPool() {
        return context.pgPool();
    }

    SessionContext context() {
        return context;
    }

    FrontendRelay frontend() {
        return frontend;
    }

    SessionState state() {
        return state;
    }

    SettingsTracker settings() {
        return state.settings();
    }

    Answers answers() {
        return answers;
    }

    Ending ending() {
        return ending;
    }

    ExtendedProtocol extended() {
        return extended;
    }

    ClientStatements statements() {
        return extended.statements();
    }

    Translator translator() {
        return extended.translator();
    }

    boolean isServing() {
        return phase == Phase.SERVING;
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

    TimeoutsConfig timeouts() {
        return pgPool().timeouts();
    }

    Requests requests() {
        return requests;
    }

    TransactionStatus status() {
        return status;
    }

    long transactionBegan() {
        return transactionBegan;
    }

    long answeredAt() {
        return answeredAt;
    }

    /** Of both directions. */
    long bytesPassed() {
        return answers.bytes() + bytesReceived;
    }

    /** Whether part of a message was sent to the server, and the rest has not come yet. */
    boolean isInsideRequest() {
        return frontend.isInsideMessage();
    }

    /** Asks the guards. */
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
            ending.fatal(Words.atLogin(refusal), refusal.message());
            return;
        }
        answers.error(Words.of(refusal));
        frontend.dropRefused();
        channel().flush();
    }

    /** The body of a message has been passed on; perhaps that was all that kept the lease. */
    void onMessagePassed() {
        PgServerConnection server = pgServer();
        if (server != null) {
            server.fitting().askOwn(this);
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
        ending.ifAnswered();
    }

    // ---- leases

    @Override
    protected void onLease(Lease granted) {
        hold(granted);
        serverInUse().fitting().begin(this);
    }

    /** The server of the lease has this session's settings. */
    void onServerReady(PgServerConnection server) {
        if (phase == Phase.WELCOMING) {
            // Later: many may be waiting, and each gives the connection to the next.
            loop().execute(() -> {
                if (!isOver() && server() == server) {
                    learnWelcome(server);
                }
            });
        } else if (clientCancel.takeEarly()) {
            release(Condition.CLEAN);
            clientCancel.answer();
        } else {
            ready = true;
            state.onServerReady(server.parameters());
            answers.tellDefaults(server.parameters().defaults(), settings().current());
            frontend.pump();
        }
    }

    /** Input that waited for the answer to something of the proxy's own goes on. */
    void onServerFitAgain() {
        onMessagePassed();
        frontend.pump();
    }

    /** One Query is one transaction: what failed has left the server as it was. */
    void onSettingsRefused(ErrorFields error) {
        if (!ready) {
            release(Condition.CLEAN, serverInUse().fitting().applied());
        }
        ending.fatal(Words.lastOf(error), "its settings were refused: " + error.code());
    }

    @Override
    protected void onNoLease(Refusal refusal) {
        if (phase == Phase.WELCOMING) {
            ending.fatal(Words.atLogin(refusal), refusal.message());
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
            answers.notice(
                    "waiting for a server connection since %d ms, %d clients wait in this pool"
                            .formatted(waitedNanos / 1_000_000, pool().waiting()));
        }
    }

    private boolean isReleasable() {
        PgServerConnection server = serverInUse();
        return status == TransactionStatus.IDLE
                && requests.isEmpty()
                && server.expected().isEmpty()
                && !server.expected().isSkipping()
                && !requests.hasOpenSeries()
                && !frontend.isInsideMessage()
                && !server.copyIn().isUnsure()
                && !state.isPinned()
                && !settings().owesStartupSettings()
                && context.poolMode() != PoolMode.SESSION;
    }

    private void release(Condition condition) {
        release(condition, settings().current());
    }

    private void release(Condition condition, Settings applied) {
        PgServerConnection server = serverInUse();
        server.fitting().setApplied(applied);
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
        extended.onReady(newStatus == TransactionStatus.IDLE, requests.size() - 1);
        long now = loop().now();
        answeredAt = now;
        if (newStatus == TransactionStatus.IDLE) {
            state.onTransactionEnd(!operation.failed());
            pool().stats().add(Counter.TRANSACTIONS, 1);
            pool().stats().add(Counter.TRANSACTION_NANOS, now - transactionBegan);
            transactionBegan = now;
        }
        state.onReady();
        Outcome outcome = operation.outcome();
        SessionLog.ifSlow(this, operation, outcome, now);
        requests.onAnswered(outcome);
        serverInUse().fitting().askOwn(this);
        if (lease() != null && isReleasable()) {
            release(Condition.CLEAN);
        } else if (newStatus != TransactionStatus.IDLE
                && context.poolMode() == PoolMode.STATEMENT
                && requests.isEmpty()) {
            ending.inStatementMode("left a transaction open in statement mode");
            return;
        }
        if (frontend.hasInput()) {
            frontend.pump();
        }
        ending.ifAnswered();
    }

    /** No cancel request is under way any more: what had to wait for that goes on. */
    void onCancelOver() {
        if (pgServer() != null) {
            onMessagePassed();
        }
        resumeInput();
    }

    /** Syncs that were taken for requests were ignored by the server. */
    void onSyncsIgnored(int count) {
        extended.onSyncsIgnored(count);
        requests.onSyncsIgnored(count);
    }

    void onClientFull() {
        deadlines.onClientFull(loop().now());
    }

    /** The server skips a request that seemed to end a series: one answer ends both. */
    void onRequestSkipped() {
        if (requests.mergeSkipped()) {
            extended.onRequestsMerged();
        }
    }

    @Override
    public @Nullable String pinReason() {
        return state.pinReason();
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
                        || state.isPinned()
                        || context.poolMode() == PoolMode.SESSION;
        ready = false;
        clientCancel.onServerLost();
        state.onServerLost();
        letGo().giveBack(Condition.BROKEN);
        extended.onServerLost();
        if (isOver()) {
            return;
        }
        LostServer lost = new LostServer(this, error, reason);
        PgOperation admitted = requests.admitted();
        if (phase == Phase.WELCOMING && ++welcomesLost < WELCOME_TRIES) {
            seekWelcome(); // the client has asked for nothing yet that could be lost
        } else if (insideMessage) {
            lost.endInsideMessage();
        } else if (phase == Phase.WELCOMING || stateIsLost || requests.isEmpty()) {
            lost.end();
        } else if (admitted != null) {
            lost.tryAgain(admitted);
        } else {
            lost.answerAll();
        }
        ending.ifAnswered();
    }

    // ---- cancel

    @Override
    public void cancel(Runnable done) {
        loop().execute(() -> clientCancel.request(done));
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
                requests.trim();
                extended.trim(); // it keeps no more than its client would miss
            }
        }
    }

    // ---- the client's channel

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf read = (ByteBuf) message;
        if (isOver() || ending.hasSaidGoodbye()) {
            read.release();
        } else {
            bytesReceived += read.readableBytes();
            frontend.onRead(read);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!answers.areUnseen()
                && server() instanceof PgServerConnection server
                && server.hasChannel()) {
            BackPressure.follow(server.channel(), ctx.channel());
        }
        if (ctx.channel().isWritable()) {
            deadlines.onClientReads();
            if (!isOver() && !isWaitingForServer()) {
                frontend.pump();
            }
            ending.ifAnswered();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (phase == Phase.SERVING && (ending.hasSaidGoodbye() || frontend.endsInTerminate())) {
            depart();
        } else {
            close();
        }
    }

    /** PostgreSQL, too, does what it was asked before it reads a Terminate. */
    private void depart() {
        answers.goUnseen();
        deadlines.onClientReads();
        if (server() instanceof PgServerConnection server && server.hasChannel()) {
            BackPressure.resume(server.channel());
        }
        if (!isWaitingForServer()) {
            frontend.pump();
        }
        ending.ifAnswered();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ending.onFailure(ctx, cause);
    }

    @Override
    public void end(EndCode code, String message) {
        switch (code) {
            case KILLED, SHUTDOWN -> ending.fatal(ErrorResponse.fatal("57P01", message), message);
        }
    }

    /** Everything that the session has, it gives back. Once. */
    void close() {
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
            if (insideMessage || state.hasUnknownPins()) {
                if (!idle) {
                    serverInUse().cancel(() -> {}); // else it would run on, seen by nobody
                }
                ready = false;
                letGo().giveBack(Condition.BROKEN);
            } else {
                if (requests.hasOpenSeries() && ready && !serverInUse().copyIn().isOpen()) {
                    // The Sync that it gets from the reset must not commit what had none.
                    Refusing.series(
                            serverInUse(), ErrorResponse.error("57014", "the client is gone"));
                }
                release(idle && ready && isReleasable() ? Condition.CLEAN : Condition.NEEDS_RESET);
            }
        }
    }

    private void leaveAll() {
        frontend.release();
        extended.clear();
        pool().leave();
        context.proxy().sessions(loop()).remove(this);
        context.onEnd().run();
        SessionLog.closed(this, ending.reason());
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
        return settings().current().get("application_name") instanceof Setting.Value(String name)
                ? name
                : "";
    }

    @Override
    public String tls() {
        return context.tls();
    }

    @Override
    public int preparedStatements() {
        return extended.statements().size();
    }

    @Override
    public int operationsInFlight() {
        return requests.size();
    }
}
