package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.OperationClass;
import io.sluice.guard.Refusal;
import io.sluice.pool.Condition;
import io.sluice.pool.Lane;
import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.command.BlockingTimeout;
import io.sluice.resp.command.CommandErrors;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.Placement;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.tenancy.Names;
import io.sluice.resp.tenancy.QueuedReplies;
import io.sluice.resp.tenancy.RequestRewriter;
import io.sluice.resp.wire.RespBytes;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where each command of a session goes: to a shared connection, to one of its own, or nowhere.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Commands {
    private static final String FENCE_CHANNEL = "__sluice:fence";

    static final String ABORTED = "EXECABORT Transaction discarded because of previous errors.";

    private final RespSession session;

    /** Keys are watched on the leased connection. */
    private boolean watching;

    /** Keys were watched on a connection that is lost: they may have changed. */
    private boolean watchLost;

    /** A transaction is open on the leased connection. */
    private boolean inTransaction;

    /** When the first command of that was sent: WATCH, or MULTI. */
    private long began;

    /** Commands of it that are queued. */
    private int queuedCommands;

    /** A command of it was refused: EXEC must not do the others. */
    private boolean dirty;

    /**
     * What the commands of a transaction are answered with that has no connection, or none any
     * more; null if there is no such one.
     */
    private @Nullable String lost;

    /** Of the transaction's commands, if what they answer has to be rewritten; null if none. */
    private @Nullable QueuedReplies queued;

    /** The connection is the session's until it ends. */
    private boolean keeping;

    /** The connection is closed at the end of its lease. */
    private boolean closing;

    /** Nobody knows what state the leased connection is in. */
    private boolean unsure;

    /**
     * Why there is no lease for the command at the front of the input; null: it was not refused.
     */
    private @Nullable Refusal refusal;

    /** A fence is on its way on the leased connection. */
    private boolean fencing;

    /** When the fence was sent. */
    private long fencedAt;

    /** What the fence was answered with; 0: it was not sent yet. */
    private byte fenced;

    /** What WAIT is answered with because its fence was not; null: nothing is the matter. */
    private @Nullable String fenceLost;

    /** Bytes of the input behind the command at its front that were dealt with, too. */
    private int further;

    /** What became of a command. */
    private enum Fate {
        /** Nothing yet: what it needs is not there. */
        WAITS,
        SENT,
        /** It is answered with an error. */
        REFUSED
    }

    Commands(RespSession session) {
        this.session = session;
    }

    boolean isInTransaction() {
        return inTransaction || lost != null;
    }

    /** Commands that are queued in an open transaction; -1 if none is open. */
    int queuedCommands() {
        return isInTransaction() ? queuedCommands : -1;
    }

    /**
     * When the first WATCH, or MULTI, was sent of a transaction that keeps a lease; 0: none does.
     */
    long transactionBegan() {
        return inTransaction || watching ? began : 0;
    }

    /** Whether keys are watched. */
    boolean isWatching() {
        return watching;
    }

    @Nullable String pinReason() {
        return session.lease() == null
                ? null
                : inTransaction ? null : watching ? "watch" : keeping ? "state" : null;
    }

    int takeFurther() {
        int taken = further;
        further = 0;
        return taken;
    }

    // ---- one command

    /**
     * Deals with a whole command.
     *
     * @return whether it is done with; otherwise it is asked again when what it waits for is there
     */
    boolean dispatch(Request request) {
        BackendCommands backend = session.lanes().commands();
        CommandSpec spec = backend.find(request);
        if (refusal != null && onRefusedFront(spec)) {
            return true;
        }
        if (!session.whereabouts().isAuthenticated()) {
            return session.locals().runUnproven(request);
        }
        if (spec == null) {
            return onUnknown(request, backend);
        }
        session.client().onNamed(spec);
        if (!backend.has(spec) && session.lanes().names().touches(spec) && asksAgain()) {
            return false;
        }
        String refused = refused(session, spec, request, backend);
        if (refused != null) {
            return refuse(spec, refused);
        }
        if (session.subscribing().limitsCommands()) {
            return limited(request, spec, backend);
        }
        if (isInTransaction()) {
            return inTransaction(request, spec);
        }
        return switch (spec.placement()) {
            case SHARED -> toShared(request, spec) != Fate.WAITS;
            case BLOCKING, BLOCKING_BY_ARGUMENT -> toBlocking(request, spec) != Fate.WAITS;
            case TRANSACTION -> transaction(request, spec);
            case LOCAL -> local(request, spec);
            case STATEFUL -> {
                if (!keeping && session.locals().isAnsweredWithoutState(request, spec)) {
                    yield session.locals().run(request, spec);
                }
                Fate fate = toLease(request, spec, LeaseStep.KEEP);
                keeping |= fate == Fate.SENT;
                yield fate != Fate.WAITS;
            }
            case UNCLASSIFIED -> toLease(request, spec, LeaseStep.CLOSE) != Fate.WAITS;
            case WAITING -> toFenced(request, spec) != Fate.WAITS;
            case SUBSCRIPTION -> session.subscribing().run(request, spec);
            case REFUSED -> throw new IllegalStateException(spec.name() + " was let through");
        };
    }

    /** A command of a client of RESP2 that has subscriptions. */
    private boolean limited(Request request, CommandSpec spec, BackendCommands backend) {
        return switch (spec.name()) {
            case "subscribe",
                    "psubscribe",
                    "ssubscribe",
                    "unsubscribe",
                    "punsubscribe",
                    "sunsubscribe" ->
                    session.subscribing().run(request, spec);
            case "ping" -> session.subscribing().ping(request, spec);
            case "quit", "reset" -> local(request, spec);
            default -> refuse(spec, backend.errors().whileSubscribed(spec));
        };
    }

    /**
     * Answers a command that goes nowhere with an error; EXEC ends its transaction all the same.
     */
    private boolean refuse(CommandSpec spec, String error) {
        RespConnection connection = session.at();
        boolean exec = spec.name().equals("exec");
        String text = exec ? CommandErrors.abortedBecauseOf(error) : error;
        if (exec && inTransaction && connection != null) {
            abort(connection, text);
            return true;
        }
        begin();
        if (exec) {
            lost = null;
            watchLost = false;
        }
        dirty = inTransaction;
        session.answerError(text);
        return true;
    }

    private boolean local(Request request, CommandSpec spec) {
        if (spec.name().equals("reset") && request.count() == 1) {
            if (session.hasOpenSlots()) {
                return false;
            }
            session.subscribing().leave();
        }
        return session.locals().run(request, spec);
    }

    /** The command at the front is the one that no connection is to be had for. */
    private boolean onRefusedFront(@Nullable CommandSpec spec) {
        Refusal why = refusal;
        refusal = null;
        if (why == null) {
            return false;
        }
        if (spec != null && spec.placement() == Placement.SHARED && session.isBulky()) {
            session.setNotBulky(); // it would only have been better on a connection of its own
            return false;
        }
        begin();
        if (spec != null && spec.name().equals("multi") && !isInTransaction()) {
            // Else what comes behind it would be done without a transaction.
            lost = Words.of(why);
            session.answerOk();
        } else {
            session.answerError(Words.of(why));
        }
        return true;
    }

    private boolean onUnknown(Request request, BackendCommands backend) {
        if (request.scanner().isHttp(request.buffer())) {
            session.ending().hangUp("it speaks HTTP");
            return true;
        }
        if (!session.lanes().knowledge().isCertain()) {
            session.lanes().shared().await(session); // the first connection brings it
            return false;
        }
        if (asksAgain()) {
            return false;
        }
        begin();
        dirty = inTransaction;
        session.answerError(backend.errors().unknownCommand(request));
        return true;
    }

    /**
     * Whether the server is asked again for what it has, since the command at the front is not
     * known there; that is looked at again then.
     */
    boolean asksAgain() {
        boolean old = session.lanes().knowledge().isOld();
        if (old) {
            CommandRefresh.begin(session);
        }
        return old;
    }

    /** The error that a command is answered with and goes nowhere; null if there is none. */
    static @Nullable String refused(
            RespSession session, CommandSpec spec, Request request, BackendCommands backend) {
        if (!backend.arityFits(spec, request)) {
            return backend.errors().wrongArity(spec);
        }
        if (spec.isRefusedAsUnknown()) {
            return backend.errors().unknownSubcommand(request);
        }
        if (!backend.has(spec) && session.lanes().names().touches(spec)) {
            return backend.unknown(spec, request); // the server would show names as it knows them
        }
        String forbidden = session.policy().refusal(spec, backend);
        if (forbidden == null) {
            forbidden = session.policy().longPattern(spec, request);
        }
        return forbidden == null
                ? session.home().rewriter().refusal(session.lanes().names(), spec, request)
                : forbidden;
    }

    /** A command is dealt with: what CLIENT REPLY SKIP has said counts for it. */
    private void begin() {
        session.client().onCommand();
    }

    // ---- sending

    private Fate toShared(Request request, CommandSpec spec) {
        if (session.isBulky()) {
            return toLease(request, spec, LeaseStep.NONE);
        }
        session.releaseIfDone();
        RespConnection connection = session.lease() == null ? shared() : leased();
        return connection == null
                ? Fate.WAITS
                : send(connection, request, spec, LeaseStep.NONE, limit(spec));
    }

    /** A shared connection for one more request; null if the session has to wait. */
    private @Nullable RespConnection shared() {
        RespConnection connection = session.at();
        var lane = session.lanes().shared();
        if (connection == null) {
            connection = (RespConnection) lane.pick();
        } else if (!lane.hasRoom(connection)) {
            connection = null;
        }
        if (connection == null) {
            lane.await(session);
        }
        return connection;
    }

    /**
     * The leased connection; null if nothing keeps it any more but what is still to be answered.
     */
    private @Nullable RespConnection leased() {
        return isReleasable() && session.hasOpenSlots() ? null : session.at();
    }

    private Fate toLease(Request request, CommandSpec spec, LeaseStep step) {
        RespConnection connection = lease(Lane.LEASE);
        return connection == null ? Fate.WAITS : send(connection, request, spec, step, limit(spec));
    }

    private Fate toBlocking(Request request, CommandSpec spec) {
        long nanos = BlockingTimeout.nanos(spec, request);
        if (nanos == BlockingTimeout.NOT_BLOCKING) {
            return toShared(request, spec);
        }
        RespConnection connection = lease(Lane.BLOCKING);
        if (connection == null) {
            return Fate.WAITS;
        }
        return sendBlocking(connection, request, spec, limit(spec, nanos));
    }

    private Fate sendBlocking(
            RespConnection connection, Request request, CommandSpec spec, long limit) {
        Fate fate = send(connection, request, spec, LeaseStep.NONE, limit);
        if (fate == Fate.SENT) {
            session.ring().last().setBlocking();
        }
        return fate;
    }

    private long limit(CommandSpec spec, long nanos) {
        if (nanos == BlockingTimeout.FOREVER) {
            return session.policy().settings().patience().blocking().toNanos();
        }
        long answering = limit(spec);
        return nanos == BlockingTimeout.UNKNOWN || answering == 0 ? answering : nanos + answering;
    }

    /**
     * WAIT and WAITAOF count for what their own connection has written. The client's writes are all
     * answered by now, on whatever connections; so one more is made on this one, which everything
     * of the client's is ahead of.
     */
    private Fate toFenced(Request request, CommandSpec spec) {
        String failed = fenceLost;
        if (failed != null) {
            fenceLost = null;
            begin();
            session.answerError(failed);
            return Fate.REFUSED;
        }
        RespConnection connection = lease(Lane.BLOCKING);
        if (connection == null || fencing) {
            return Fate.WAITS;
        }
        if (fenced == 0) {
            fencing = true;
            fencedAt = session.loop().now();
            connection.ask(new Fence(), "PUBLISH", FENCE_CHANNEL, "");
            return Fate.WAITS;
        }
        boolean written = fenced == ':';
        fenced = 0;
        if (!written) {
            begin();
            session.answerError(
                    "NOPERM sluice: WAIT needs a server user that may PUBLISH to " + FENCE_CHANNEL);
            return Fate.REFUSED;
        }
        return sendBlocking(
                connection, request, spec, limit(spec, BlockingTimeout.nanos(spec, request)));
    }

    /** Something that a server passes on to its replicas, and that changes nothing. */
    private final class Fence extends Question {
        @Override
        void onAnswer(byte type, byte[] reply, int length) {
            fencing = false;
            fenced = type;
            session.pump();
        }

        @Override
        void onNoAnswer(String reason) {
            fencing = false;
            fenceLost = "TRYAGAIN sluice: the server connection was lost before WAIT: " + reason;
        }
    }

    /** Why the leased server is given up that does not answer a fence; null if it is not. */
    @Nullable String slowFence(long now) {
        long limit = session.lanes().limit(OperationClass.OTHER);
        return fencing && limit > 0 && now - fencedAt >= limit
                ? "PUBLISH to %s took longer than %d ms".formatted(FENCE_CHANNEL, limit / 1_000_000)
                : null;
    }

    private long limit(CommandSpec spec) {
        return session.lanes().limit(spec.operationClass());
    }

    /** A connection of the session's own; null if it has to wait for one. */
    private @Nullable RespConnection lease(Lane lane) {
        if (session.lease() != null) {
            return leased();
        }
        if (!session.hasOpenSlots()) {
            session.wantLease(lane);
        }
        return null;
    }

    private Fate send(
            RespConnection connection,
            Request request,
            CommandSpec spec,
            LeaseStep step,
            long limit) {
        begin();
        RespOperation operation = operation(connection, spec, step, limit);
        if (operation == null) {
            return Fate.REFUSED;
        }
        operation.addBytesIn(request.size());
        operation.sent(session.loop().now());
        connection.expect(session);
        operation.expect(1);
        copy(session, connection, spec, request);
        return Fate.SENT;
    }

    /** Sends a whole command in the names that its tenant's things have on the server. */
    static void copy(
            RespSession session, RespConnection connection, CommandSpec spec, Request request) {
        if (!request.scanner().isWhole()) {
            throw new IllegalStateException("part of " + spec.name() + " is not there");
        }
        Names names = session.lanes().names();
        if (names.isPlain()) {
            ByteBuf in = request.buffer();
            int size = request.size();
            connection.writer().room(size).writeBytes(in, in.readerIndex(), size);
        } else {
            session.home()
                    .rewriter()
                    .write(connection.writer(), names, spec, request, request.size());
        }
    }

    /** A new operation that the guards have let pass; null if they have not, and said so. */
    private @Nullable RespOperation operation(
            RespConnection connection, CommandSpec spec, LeaseStep step, long limit) {
        RespOperation operation = session.add();
        operation.begin(spec.label(), spec.operationClass(), session.loop().now());
        operation.setKind(spec.id());
        if (step == LeaseStep.MULTI || (inTransaction && step == LeaseStep.NONE)) {
            operation.setInTransaction();
        }
        Refusal refused = step.mayBeRefused() ? session.check(operation) : null;
        if (refused != null) {
            session.takeBack();
            dirty = inTransaction;
            session.answerError(Words.of(refused));
            return null;
        }
        session.setAt(connection);
        operation.setLimit(limit);
        operation.setStep(step);
        operation.setSilent(session.client().silentReplies());
        setRewriting(operation, spec);
        return operation;
    }

    /** What of its replies is to be put into the client's words; and remembers it for EXEC. */
    private void setRewriting(RespOperation operation, CommandSpec spec) {
        Names names = session.lanes().names();
        PrefixUse use = names.inReplies(spec);
        if (use == PrefixUse.BLOCK) {
            operation.setRewriting(names, use, queued());
        } else if (use != null) {
            operation.setRewriting(names, use, null);
            if (inTransaction && isQueued(spec)) {
                queued().add(use);
            }
        }
    }

    /**
     * Whether a server that has a transaction open keeps it for EXEC; others it refuses at once.
     */
    private static boolean isQueued(CommandSpec spec) {
        return spec.placement() != Placement.TRANSACTION || spec.name().equals("unwatch");
    }

    private QueuedReplies queued() {
        QueuedReplies present = queued;
        if (present == null) {
            present = new QueuedReplies();
            queued = present;
        }
        return present;
    }

    // ---- long commands

    /**
     * Deals with a command longer than is copied, of which at least the name is there.
     *
     * @param whole whether all of it is
     */
    boolean dispatchLong(Request request, boolean whole) {
        if (!session.whereabouts().isAuthenticated()) {
            return dispatchOrLeave(request, whole);
        }
        CommandSpec spec = session.lanes().commands().find(request);
        boolean passes =
                spec != null
                        && refusal == null
                        && !session.subscribing().limitsCommands()
                        && !spec.hasPattern()
                        && session.policy().refusal(spec, session.lanes().commands()) == null
                        && lost == null
                        && (inTransaction
                                ? !isNotQueued(spec)
                                : spec.placement() == Placement.SHARED);
        if (spec == null || !passes) {
            if (refusal != null && !whole) {
                session.setNotBulky(); // it cannot be shared: part of it is not there
            }
            if (whole || refusal != null) {
                return dispatchOrLeave(request, whole);
            }
            limitLong(request.scanner().known());
            return false;
        }
        int head = head(spec, request, whole);
        if (head < 0) {
            if (whole) {
                return dispatch(request);
            }
            limitLong(request.scanner().known());
            return false;
        }
        RespConnection connection = lease(Lane.LEASE);
        if (connection == null) {
            return false;
        }
        begin();
        RespOperation operation = operation(connection, spec, LeaseStep.NONE, limit(spec));
        if (operation == null) {
            if (!whole) {
                session.ending().leave("a command was refused that was too long to be waited for");
            }
            return whole;
        }
        if (inTransaction) {
            queuedCommands++;
        }
        connection.expect(session);
        operation.expect(1);
        if (head > 0) {
            session.home()
                    .rewriter()
                    .write(connection.writer(), session.lanes().names(), spec, request, head);
        }
        if (whole) {
            operation.sent(session.loop().now());
            operation.addBytesIn(request.size());
            int rest = request.size() - head;
            if (rest > 0) {
                ByteBuf in = request.buffer();
                connection.writer().write(in.retainedSlice(in.readerIndex() + head, rest));
            }
        } else {
            session.transfer().begin(connection, operation, head);
        }
        return true;
    }

    /**
     * How many of a long command's bytes are to be rewritten; the rest goes as it is.
     *
     * @return -1 if that can only be told when all of it is there, or if it is refused
     */
    private int head(CommandSpec spec, Request request, boolean whole) {
        Names names = session.lanes().names();
        if (!names.touches(spec)) {
            return 0;
        }
        RequestRewriter rewriter = session.home().rewriter();
        int head = rewriter.head(names, spec, request);
        if (head < 0 && whole) {
            head = request.size();
        }
        return head < 0 || rewriter.refusal(names, spec, request) != null ? -1 : head;
    }

    /** Ends a client whose command is too long to be kept until it is whole. */
    private void limitLong(long known) {
        long limit = session.lanes().settings().requests().maxCommand();
        if (known > limit) {
            session.ending()
                    .leaveWith(
                            "ERR sluice: a command of at least %d bytes, more than may be kept (requests.max-command %d)"
                                    .formatted(known, limit),
                            "its command was longer than requests.max-command");
        }
    }

    private boolean dispatchOrLeave(Request request, boolean whole) {
        boolean done = dispatch(request);
        if (!whole && done) {
            session.ending().leave("a command was refused that was too long to be waited for");
            return false;
        }
        return done;
    }

    // ---- transactions

    private boolean transaction(Request request, CommandSpec spec) {
        return switch (spec.name()) {
            case "multi" -> multi(request, spec);
            case "watch" -> {
                Fate fate = toLease(request, spec, LeaseStep.WATCH);
                if (fate == Fate.SENT) {
                    beginTransaction();
                    watching = true;
                }
                yield fate != Fate.WAITS;
            }
            case "unwatch" -> unwatch(request, spec);
            default -> { // EXEC, DISCARD
                begin();
                session.answerError(
                        "ERR %s without MULTI".formatted(spec.name().toUpperCase(Locale.ROOT)));
                yield true;
            }
        };
    }

    private boolean unwatch(Request request, CommandSpec spec) {
        session.releaseIfDone();
        if (session.lease() == null || !watching) {
            begin();
            watchLost = false;
            session.answerOk();
            return true;
        }
        Fate fate = toLease(request, spec, LeaseStep.UNWATCH);
        if (fate == Fate.SENT) {
            forgetWatches();
        }
        return fate != Fate.WAITS;
    }

    private boolean multi(Request request, CommandSpec spec) {
        if (session.lease() == null && !watchLost && !session.client().skipsNext()) {
            if (!session.knowsServer()) {
                return false; // nobody can say yet what it would refuse
            }
            Block block = Block.ahead(session, request);
            if (block != null) {
                return sendBlock(request, spec, block);
            }
        }
        Fate fate = toLease(request, spec, LeaseStep.MULTI);
        if (fate == Fate.SENT) {
            beginTransaction();
            inTransaction = true;
            queuedCommands = 0;
            dirty = false;
        }
        return fate != Fate.WAITS;
    }

    /** MULTI and all up to EXEC, at once and in one piece. */
    private boolean sendBlock(Request request, CommandSpec spec, Block block) {
        if (block.isRefused()) {
            begin();
            session.answerOk();
            block.answerAborted(session);
            further = block.bytes();
            return true;
        }
        RespConnection connection = shared();
        if (connection == null) {
            return false;
        }
        begin();
        further = block.bytes();
        RespOperation operation =
                operation(
                        connection,
                        spec,
                        LeaseStep.NONE,
                        session.lanes().limit(OperationClass.BATCH));
        if (operation == null) {
            block.answerAborted(session);
            return true;
        }
        operation.addBytesIn(request.size() + block.bytes());
        operation.sent(session.loop().now());
        operation.expect(1 + block.commands());
        for (int i = 0; i <= block.commands(); i++) {
            connection.expect(session);
        }
        block.send(session, connection, request, operation);
        return true;
    }

    private boolean inTransaction(Request request, CommandSpec spec) {
        String name = spec.name();
        if (endsSession(name)) {
            return local(request, spec);
        }
        boolean ends = name.equals("exec") || name.equals("discard");
        RespConnection connection = session.at();
        String missing = lost;
        if (missing != null || connection == null) {
            begin();
            if (!ends) {
                session.answerError(missing == null ? ABORTED : missing);
            } else if (name.equals("exec")) {
                session.answerError(ABORTED);
            } else {
                session.answerOk();
            }
            lost = ends ? null : missing;
            watchLost &= !ends;
            return true;
        }
        if (ends && (dirty || watchLost) && name.equals("exec")) {
            abort(connection, dirty ? ABORTED : null);
        } else if (ends) {
            boolean exec = name.equals("exec");
            if (send(
                            connection,
                            request,
                            spec,
                            exec ? LeaseStep.EXEC : LeaseStep.DISCARD,
                            session.lanes().limit(OperationClass.BATCH))
                    == Fate.SENT) {
                endTransaction();
                watchLost = false;
            }
        } else if (isNotQueued(spec)) {
            begin();
            dirty = true;
            session.answerError(notQueued(spec, request, session.lanes().commands()));
        } else if (send(connection, request, spec, LeaseStep.NONE, limit(spec)) == Fate.SENT) {
            queuedCommands++;
        }
        return true;
    }

    /** What is never queued: it ends the transaction, the client's connection mostly, too. */
    private static boolean endsSession(String name) {
        return switch (name) {
            case "quit", "reset", "host:", "post" -> true;
            default -> false;
        };
    }

    /** Whether it cannot be part of a transaction. */
    static boolean isNotQueued(CommandSpec spec) {
        return spec.leavesState() || isAnsweredElsewhere(spec);
    }

    /** The error for what cannot be part of a transaction. */
    static String notQueued(CommandSpec spec, Request request, BackendCommands backend) {
        String unknown = backend.unknown(spec, request);
        return unknown == null
                ? "ERR sluice: %s is not possible inside MULTI"
                        .formatted(spec.name().toUpperCase(Locale.ROOT))
                : unknown;
    }

    /** Whether it never goes to the server that a transaction is open on. */
    private static boolean isAnsweredElsewhere(CommandSpec spec) {
        return switch (spec.placement()) {
            case LOCAL -> !spec.name().equals("ping") && !spec.name().equals("echo");
            case SUBSCRIPTION, STATEFUL, WAITING, UNCLASSIFIED, REFUSED -> true;
            case SHARED, BLOCKING, BLOCKING_BY_ARGUMENT, TRANSACTION -> false;
        };
    }

    /**
     * The server forgets what is queued; the client hears that it was not done.
     *
     * @param error null: as when a key that is watched has changed, which it may have
     */
    private void abort(RespConnection connection, @Nullable String error) {
        begin();
        RespOperation operation = session.add();
        operation.begin("exec", OperationClass.OTHER, session.loop().now());
        operation.setSilent(1);
        operation.setStep(LeaseStep.DISCARD);
        operation.setLimit(session.lanes().limit(OperationClass.BATCH));
        operation.sent(session.loop().now());
        operation.expect(1);
        connection.expect(session);
        RespBytes.command(connection.writer().room(64), "DISCARD");
        if (error != null) {
            session.answerError(error);
        } else {
            ByteBuf out = session.channel().alloc().buffer(8);
            RespBytes.nullArray(out, session.client().version());
            session.answer(out);
        }
        watchLost = false;
        endTransaction();
    }

    private void beginTransaction() {
        if (!inTransaction && !watching) {
            began = session.loop().now();
        }
    }

    private void endTransaction() {
        inTransaction = false;
        watching = false;
        dirty = false;
        queued = null;
    }

    private void forgetWatches() {
        watching = false;
        watchLost = false;
    }

    // ---- leases

    /** A command that changes the state of the leased connection is answered. */
    void onStepDone(LeaseStep step, byte type) {
        switch (step) {
            case NONE, WATCH, KEEP, EXEC -> {}
            case MULTI -> {
                if (type == '-') {
                    onNoTransaction();
                }
            }
            case DISCARD, UNWATCH -> unsure |= type == '-';
            case CLOSE -> closing = true;
        }
    }

    /** The server refused MULTI: what the client has sent since was done at once. */
    private void onNoTransaction() {
        unsure = true;
        boolean another = false;
        for (int i = 1; i < session.ring().size(); i++) {
            another |= session.ring().get(i).step() == LeaseStep.MULTI;
        }
        if (!another) {
            inTransaction = false;
            dirty = false;
        }
    }

    /** Whether nothing but open slots keeps the lease. */
    boolean isReleasable() {
        return !inTransaction
                && !watching
                && !keeping
                && !fencing
                && fenced == 0
                && !session.transfer().isUnderWay();
    }

    /** How the leased connection is given back; what was known of it is forgotten. */
    Condition condition() {
        boolean broken = unsure || keeping || closing || fencing || session.transfer().isUnderWay();
        boolean reset = inTransaction || watching;
        forgetLease();
        return broken ? Condition.BROKEN : reset ? Condition.NEEDS_RESET : Condition.CLEAN;
    }

    private void forgetLease() {
        unsure = false;
        keeping = false;
        closing = false;
        fencing = false;
        fenced = 0;
        endTransaction();
    }

    /** The leased connection is not to be used again. */
    void doubt() {
        unsure = true;
    }

    void onServerLost(String reason) {
        lost = inTransaction ? Words.lost(reason) : null;
        watchLost |= watching;
        if (keeping) {
            session.ending().leave("the server that kept its state was lost: " + reason);
        }
        forgetLease();
    }

    /** What the client has begun is no more. */
    void forget() {
        lost = null;
        forgetLease();
    }

    /** There is no connection for the command at the front of the input. */
    void onRefused(Refusal why) {
        refusal = why;
    }
}
