package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.sluice.guard.Outcome;
import io.sluice.guard.Refusal;
import io.sluice.metrics.Counter;
import io.sluice.pool.Condition;
import io.sluice.pool.Lane;
import io.sluice.pool.Lease;
import io.sluice.pool.ServerConnection;
import io.sluice.resp.wire.RequestLimits;
import io.sluice.resp.wire.RespBytes;
import io.sluice.resp.wire.RespVersion;
import io.sluice.session.BackPressure;
import io.sluice.session.ClientSession;
import io.sluice.session.OperationRing;
import io.sluice.tenant.Destination;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One Redis client's conversation, from its being let in to its end.
 *
 * <p>Its unanswered commands are in a ring in order of arrival, and answers leave in that order.
 * Those that a server owes are all on one connection: the shared one that the first of them went
 * to, or the one that is leased; to change over, the session waits until nothing is owed.
 *
 * <p><b>Threads:</b> confined to its home loop.
 */
public final class RespSession extends ClientSession implements SlotOwner, ConnectionHolder {
    private static final Logger LOG = LogManager.getLogger(RespSession.class);

    /** Short replies after which a client that has got a long one is as any other again. */
    private static final int BULKY_COMMANDS = 16;

    /** For a command that would have to leave a connection that has to stay. */
    static final String STAYS =
            "ERR sluice: %s is not possible while keys are watched or tracked, use UNWATCH or CLIENT TRACKING OFF first";

    private static final RequestLimits UNPROVEN_LIMITS = RequestLimits.REDIS.beforeLogin();

    private final RespContext context;
    private final Client client;
    private final Input input = new Input(this);
    private final Commands commands = new Commands(this);
    private final Transfer transfer = new Transfer(this);
    private final LocalCommands locals = new LocalCommands(this);
    private final OwnReplies replies = new OwnReplies(this);
    private final Subscribing subscribing = new Subscribing(this);
    private final Answers answers;
    private final OperationRing<RespOperation> ring = new OperationRing<>(RespOperation::new);
    private final Whereabouts whereabouts;
    private final Deadlines deadlines = new Deadlines(this);
    private final Ending ending = new Ending(this);

    /** Where its open slots are; null if it has none and no lease. */
    private @Nullable RespConnection at;

    private final UnreadReplies.Unread unread = new UnreadReplies.Unread();

    /** Operations in the ring whose clients are still to be answered. */
    private int unanswered;

    /** What it had is given back. */
    private boolean closed;

    /** It takes no commands until something else is done. */
    private boolean held;

    /** Others who are about to unblock it on the connection that it has leased. */
    private int interruptions;

    private boolean touched;

    /**
     * Commands that still go to a connection of its own, where a long reply keeps nobody else
     * waiting, and waits itself for a client that is slow to read it.
     */
    private int bulky;

    /** When MULTI was sent of a transaction that has not ended; 0: there is none. */
    private long transactionBegan;

    private long answeredAt;

    public RespSession(RespContext context, RespLanes lanes, Client client, Channel channel) {
        super(context.id(), channel, lanes.shared().pool(), context.guards());
        this.context = context;
        this.client = client;
        this.whereabouts = new Whereabouts(this, context.destination(), lanes);
        this.answers = new Answers(this, channel, !context.tls().isEmpty());
        this.answeredAt = connectedAt();
    }

    /** The session has arrived at its home. */
    public void begin() {
        pool().enter();
        context.proxy().sessions(loop()).add(this);
        pool().stats().add(Counter.LOGINS, 1);
        BackPressure.resume(channel());
    }

    // ---- what others ask

    RespContext context() {
        return context;
    }

    RespHome home() {
        return context.home();
    }

    Client client() {
        return client;
    }

    RespLanes lanes() {
        return whereabouts.lanes();
    }

    Whereabouts whereabouts() {
        return whereabouts;
    }

    Ending ending() {
        return ending;
    }

    /** Whether nobody waits for an answer, of a server or of the proxy. */
    boolean isAllAnswered() {
        return unanswered == 0;
    }

    Commands commands() {
        return commands;
    }

    LocalCommands locals() {
        return locals;
    }

    Subscribing subscribing() {
        return subscribing;
    }

    Policy policy() {
        return lanes().policy();
    }

    Input input() {
        return input;
    }

    Transfer transfer() {
        return transfer;
    }

    Answers answers() {
        return answers;
    }

    RequestLimits requestLimits() {
        return whereabouts.isAuthenticated() ? lanes().requestLimits() : UNPROVEN_LIMITS;
    }

    OperationRing<RespOperation> ring() {
        return ring;
    }

    /** Where its open slots are, or its lease is; null if there is neither. */
    @Nullable RespConnection at() {
        return at;
    }

    boolean isOver() {
        return ending.isOver();
    }

    /** Whether a server owes it something. */
    boolean hasOpenSlots() {
        return !ring.isEmpty(); // what the proxy answers itself is there only behind those
    }

    /** Whether replies to it have been long lately. */
    boolean isBulky() {
        return bulky > 0;
    }

    /**
     * Whether a server owes nothing, and nothing but a state that the client has made keeps its
     * lease: what needs that is asked again until it is so.
     */
    boolean isSettled() {
        if (hasOpenSlots() || interruptions > 0) {
            return false;
        }
        releaseIfDone();
        return true;
    }

    /** Whether it is known what the server has; if not, the session waits until it is. */
    boolean knowsServer() {
        return knowsServer(client.version());
    }

    /**
     * @param version of the connection that is opened to know it
     */
    boolean knowsServer(RespVersion version) {
        if (lanes().knowledge().isCertain()) {
            return true;
        }
        home().lanes(destination(), version).shared().await(this);
        return false;
    }

    /** Its commands may be shared again, although replies to it have been long. */
    void setNotBulky() {
        bulky = 0;
    }

    /** Whether the next command can be looked at. */
    boolean takesCommands() {
        return !isOver()
                && !ending.isLeaving()
                && !held
                && !isWaiting()
                && ring.size() < context.proxy().config().limits().maxPipeline()
                && !answers.isFull();
    }

    // ---- input

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf read = (ByteBuf) message;
        if (isOver() || ending.isLeaving()) {
            read.release();
            return;
        }
        requested(loop().now());
        pool().stats().add(Counter.RECEIVED, read.readableBytes());
        input.add(read);
        pump();
    }

    /** Goes on with the input. */
    void pump() {
        if (input.isBeingPumped()) {
            return; // else a lease that is there at once would be given back before it is used
        }
        try {
            input.pump();
            // Nobody says so when what filled the client up is gone at once.
            while (!isOver() && !input.isEmpty() && answers.isFull() && answers.makeRoom()) {
                input.pump();
            }
        } catch (RuntimeException e) {
            ending.onFault(e); // and nobody else is to be the worse for it, whoever called this
        }
        releaseIfDone();
        if (!isOver()) {
            followInput();
        }
    }

    /** Reads the client only if what it sends can be taken, or little is there of what cannot. */
    private void followInput() {
        boolean full =
                !takesCommands()
                        && (input.size() >= context.proxy().config().limits().maxQueuedInput()
                                || answers.isFull());
        boolean reads = channel().config().isAutoRead();
        if (full && reads) {
            BackPressure.stop(channel());
        } else if (!full && !reads && !transfer.isHeldUp()) {
            BackPressure.resume(channel());
        }
    }

    /** Takes no commands until {@link #resume}. */
    void hold() {
        held = true;
    }

    void resume() {
        held = false;
        pump();
    }

    // ---- asking

    /** Sends go to {@code connection} as long as something is open on it. */
    void setAt(RespConnection connection) {
        at = connection;
    }

    /** A new operation behind the others. */
    RespOperation add() {
        unanswered++;
        return ring.add();
    }

    /** Asks the guards. */
    @Nullable Refusal check(RespOperation operation) {
        return guards().check(operation);
    }

    /** The youngest operation is not to be: it is answered with an error. */
    void takeBack() {
        unanswered--;
        ring.removeLast();
    }

    /** One that the proxy answers itself, behind those that are unanswered. */
    void answer(ByteBuf answer) {
        if (client.isSilent()) {
            answer.release();
        } else if (unanswered == 0) {
            answers.write(answer);
        } else {
            RespOperation operation = add();
            operation.begin("local", io.sluice.guard.OperationClass.OTHER, loop().now());
            operation.hold(answer);
        }
    }

    void answerOk() {
        answerSimple("OK");
    }

    void answerQueued() {
        answerSimple("QUEUED");
    }

    private void answerSimple(String text) {
        ByteBuf out = channel().alloc().buffer(16);
        RespBytes.simple(out, text);
        answer(out);
    }

    void answerError(String text) {
        ByteBuf out = channel().alloc().buffer(text.length() + 16);
        RespBytes.error(out, text);
        answer(out);
    }

    /** Where its commands go. */
    Destination destination() {
        return whereabouts.destination();
    }

    /** They go elsewhere now. */
    void onLanesChanged() {
        changePool(lanes().shared().pool());
    }

    /**
     * Checks who the client says it is now, and calls {@code then} with what came of it; commands
     * behind that wait. Nothing may be open.
     */
    void authenticate(Credentials credentials, Consumer<Verdict> then) {
        held = true;
        context.authenticator()
                .check(credentials, loop())
                .thenAccept(verdict -> {
                    held = false;
                    if (!isOver()) {
                        then.accept(verdict);
                        pump();
                    }
                });
    }

    /** It forgets what its client has said so far, who it is among it; nothing may be open. */
    void startOver() {
        if (lease() != null) {
            release(commands.condition());
        }
        commands.forget();
        client.startOver();
        whereabouts.startOver();
    }

    // ---- what servers answer

    @Override
    public void onReply(
            RespConnection connection,
            ByteBuf bytes,
            int from,
            int length,
            byte type,
            boolean first,
            boolean last) {
        RespOperation operation = ring.first();
        if (first && type == '-') {
            operation.noteOutcome(Words.outcomeOf(bytes, from, length));
        }
        if (!last) {
            bulky = BULKY_COMMANDS;
        } else if (first && bulky > 0) {
            bulky--;
        }
        if (!isOver() && !operation.isAnswered() && !operation.isSilent()) {
            operation.addBytesOut(length);
            replies.pass(operation, bytes, from, length, type, first, last);
            if (!last) {
                operation.heard(loop().now());
                if (!guardUnread() && lease() != null) {
                    connection.follow(channel());
                }
            }
        }
        if (last) {
            if (isOver()
                    && first
                    && operation.isBlocking()
                    && Words.isPop(operation, bytes, from)) {
                pool().stats().add(Counter.LOST_POPS, 1);
            }
            operation.onReply();
            if (operation.openSlots() == 0) {
                onAnswered(operation, type);
            }
        }
    }

    private void onAnswered(RespOperation operation, byte type) {
        commands.onStepDone(operation.step(), type);
        settleFirst(operation);
        passHeld();
        touch();
    }

    private void settleFirst(RespOperation operation) {
        if (!operation.isAnswered()) {
            unanswered--;
        }
        answeredAt = loop().now();
        Outcome outcome =
                isOver() && !operation.isAnswered() ? Outcome.ABANDONED : operation.outcome();
        if (operation.sentAt() != 0) {
            count(operation, outcome);
        }
        settle(operation, outcome);
        ring.removeFirst();
        if (ring.isEmpty() && lease() == null) {
            at = null;
        }
    }

    private void count(RespOperation operation, Outcome outcome) {
        long took = answeredAt - operation.sentAt();
        if (operation.kind() >= 0) {
            lanes().kinds()
                    .record(
                            operation.kind(),
                            outcome,
                            took,
                            operation.bytesIn(),
                            operation.bytesOut());
        }
        if (operation.step() == LeaseStep.MULTI) {
            transactionBegan = operation.sentAt();
        } else if (!operation.isInTransaction()) {
            boolean inPieces = transactionBegan != 0;
            pool().stats().add(Counter.TRANSACTIONS, 1);
            pool().stats()
                    .add(
                            Counter.TRANSACTION_NANOS,
                            inPieces ? answeredAt - transactionBegan : took);
            transactionBegan = 0;
        }
    }

    /** Passes answers of the proxy's own whose turn it is. */
    private void passHeld() {
        while (!ring.isEmpty() && ring.first().openSlots() == 0) {
            RespOperation next = ring.first();
            ByteBuf answer = next.takeHeld();
            if (answer != null && isOver()) {
                answer.release();
            } else if (answer != null) {
                answers.write(answer);
            }
            settleFirst(next);
        }
    }

    private void touch() {
        RespConnection connection = at;
        if (!touched && (lease() != null || !input.isEmpty() || ending.isLeaving())) {
            touched = true;
            if (connection == null) {
                loop().execute(this::onRepliesRead);
            } else {
                connection.touch(this);
            }
        }
    }

    /** What a server had sent is read. */
    void onRepliesRead() {
        touched = false;
        releaseIfDone();
        if (isOver()) {
            return;
        }
        if (guardUnread()) {
            return;
        }
        RespConnection connection = at;
        if (lease() != null && connection != null) {
            connection.follow(channel());
        }
        pump();
        ending.ifAnswered();
    }

    /** Something that belongs to no command, on the connection that it has leased. */
    @Override
    public void onPush(ByteBuf bytes, int from, int length, boolean first, boolean last) {
        if (!isOver() && first && last) {
            answers.push(bytes, from, length);
            guardUnread();
        }
    }

    /** Ends a client that leaves too much unread; returns whether it is over. */
    private boolean guardUnread() {
        long pending = answers.pending();
        if (pending > Answers.FULL_BYTES || unread.isListed()) {
            home().unread().look(this, pending);
        }
        return isOver();
    }

    /** Messages were written, whose hub drops it if they are too many: here they only count. */
    void noteUnread() {
        long pending = answers.pending();
        if (!isOver() && (pending > Answers.FULL_BYTES || unread.isListed())) {
            home().unread().note(this, pending);
        }
    }

    /** What it leaves unread. */
    UnreadReplies.Unread unread() {
        return unread;
    }

    // ---- leases

    /** Asks for a connection of its own; the input goes on when it is there. */
    void wantLease(Lane lane) {
        lanes().pool(lane).acquire(this);
    }

    @Override
    protected void onLease(Lease granted) {
        hold(granted);
        at = (RespConnection) granted.connection();
        pump();
    }

    @Override
    protected void onRoom() {
        pump();
    }

    @Override
    protected void onNoLease(Refusal refusal) {
        commands.onRefused(refusal);
        pump();
    }

    /** Where the server does not answer its oldest command before something happens; or null. */
    @Nullable RespConnection blockedOn() {
        return lease() != null
                        && !ring.isEmpty()
                        && ring.first().isBlocking()
                        && !ring.first().isAnswered()
                ? at
                : null;
    }

    /**
     * Somebody is about to unblock it: until that is over, its lease stays, lest the next one on
     * that connection is unblocked instead.
     */
    void beginInterruption() {
        interruptions++;
    }

    void endInterruption() {
        interruptions--;
        if (!isOver()) {
            releaseIfDone();
            pump();
        }
    }

    /** Gives the lease back if nothing keeps it any more. */
    void releaseIfDone() {
        if (lease() != null && ring.isEmpty() && interruptions == 0 && commands.isReleasable()) {
            release(commands.condition());
        }
    }

    private void release(Condition condition) {
        RespConnection connection = at;
        at = null;
        deadlines.onLeaseEnd();
        transactionBegan = 0;
        letGo().giveBack(condition);
        if (connection != null && !connection.isGone()) {
            Channel server = connection.channel();
            if (server != null) {
                BackPressure.resume(server);
            }
        }
    }

    /** The server of the lease takes no more, or takes more again. */
    @Override
    public void onServerWritable(boolean writable) {
        if (writable && !isOver()) {
            transfer.onServerWritable();
            pump();
        }
    }

    // ---- a server is lost

    @Override
    public void onLost(RespConnection connection, String reason) {
        RespOperation operation = ring.first();
        boolean silent = operation.isSilent();
        operation.onReply();
        operation.noteOutcome(Outcome.BACKEND_FAULT);
        if (!isOver() && !operation.isAnswered()) {
            if (answers.isInside()) {
                ending.hangUp("the server was lost in the midst of a reply: " + reason);
            } else if (!silent) {
                answers.error(Words.lost(reason));
            }
        }
        if (operation.openSlots() == 0) {
            settleFirst(operation);
            passHeld();
        }
        if (lease() == null) {
            touch();
        }
    }

    /** The connection that it has leased is lost, of which all slots have been told. */
    @Override
    public void onServerLost(String reason) {
        transfer.onServerLost();
        commands.onServerLost(reason);
        at = null;
        transactionBegan = 0;
        letGo().giveBack(Condition.BROKEN);
        if (!isOver()) {
            pump();
            ending.ifAnswered();
        }
    }

    // ---- time

    @Override
    protected void onStillWaiting(long now, long waitedNanos) {}

    @Override
    protected void onLeaseSweep(long now) {
        RespConnection connection = at;
        if (connection != null && isOver()) {
            connection.onAbandonedSweep(now);
            deadlines.sweepOver(now);
        } else if (connection != null) {
            deadlines.sweepLeased(connection, now);
        }
    }

    @Override
    public void onSlotSweep(long now) {
        if (!isOver()) {
            deadlines.sweepShared(now);
        }
    }

    @Override
    protected void onIdleSweep(long now) {
        deadlines.sweepIdle(now);
    }

    /** Since when nothing was said, by its client or to it. */
    long silentSince() {
        return Math.max(answeredAt, requestedAt());
    }

    /** The client is told before its server has answered, whose answer goes nowhere then. */
    void answerEarly(RespOperation operation, Outcome outcome) {
        operation.setAnswered();
        operation.setOutcome(outcome);
        unanswered--;
    }

    // ---- the end of it

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable() && !isOver()) {
            RespConnection connection = at;
            Channel server = connection == null || lease() == null ? null : connection.channel();
            if (server != null && !server.config().isAutoRead()) {
                deadlines.onClientTakes(loop().now());
                BackPressure.resume(server);
            }
            pump();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ending.onFailure(ctx, cause);
    }

    @Override
    public void end(EndCode code, String message) {
        if (isOver()) {
            return;
        }
        switch (code) {
            case KILLED -> ending.hangUp(message);
            case SHUTDOWN -> {
                stopWaiting();
                ending.onShutdown(message);
            }
        }
    }

    /** Everything that the session has, it gives back. Once. Its slots stay, and swallow. */
    private void close() {
        if (closed) {
            return;
        }
        closed = true;
        ending.onClosed();
        stopWaiting();
        transfer.release();
        subscribing.leave();
        RespConnection connection = at;
        if (lease() != null && connection != null) {
            if (!hasOpenSlots()) {
                Condition condition = commands.condition();
                release(interruptions == 0 ? condition : Condition.BROKEN);
            } else if (ring.first().isBlocking()) {
                commands.doubt();
                connection.abandon("its client has gone");
            } else {
                connection.retire("its client has gone");
            }
        }
        answers.drop();
        home().unread().forget(this);
        input.release();
        pool().leave();
        context.proxy().sessions(loop()).remove(this);
        context.onEnd().run();
        if (context.proxy().config().log().disconnections()) {
            LOG.info("session={} pool={} closed: {}", id(), pool().key(), ending.reason());
        }
    }

    // ---- for the console

    @Override
    public boolean isQuiet() {
        return ring.isEmpty() && !held && !isWaiting() && !commands.isInTransaction();
    }

    @Override
    public @Nullable String pinReason() {
        return commands.pinReason();
    }

    @Override
    public String applicationName() {
        return client.name();
    }

    @Override
    public String library() {
        return client.library();
    }

    @Override
    public String libraryVersion() {
        return client.libraryVersion();
    }

    @Override
    public String protocolVersion() {
        return "RESP" + client.version().number();
    }

    @Override
    public @Nullable ServerConnection linked() {
        return at;
    }

    @Override
    public String tls() {
        return context.tls();
    }

    @Override
    public int preparedStatements() {
        return 0;
    }

    @Override
    public int operationsInFlight() {
        return ring.size();
    }
}
