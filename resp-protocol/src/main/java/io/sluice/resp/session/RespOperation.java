package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.Operation;
import io.sluice.guard.OperationClass;
import io.sluice.guard.Outcome;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.tenancy.Names;
import io.sluice.resp.tenancy.QueuedReplies;
import org.jspecify.annotations.Nullable;

/**
 * A command, or a whole MULTI block, from asked to answered; and, when it was answered before its
 * server did (a timeout), until the server has done so, too.
 */
final class RespOperation extends Operation {
    /** Replies that a server still owes. */
    private int openSlots;

    /** What a lease ends with, or goes on with, when the last of the replies is there. */
    private LeaseStep step = LeaseStep.NONE;

    /** The client has been told something else than the server's reply. */
    private boolean answered;

    /** Replies, the next ones, that the client has asked not to be sent. */
    private int silent;

    private boolean blocking;

    /** Belongs to a transaction that goes on behind it. */
    private boolean inTransaction;

    /** Number of the command that it is counted for; negative: for none. */
    private int kind;

    private Outcome outcome = Outcome.OK;

    /** Nanoseconds that it may take; 0: any. */
    private long limit;

    /** When the last part of a reply came; 0: none has. */
    private long heardAt;

    /** What its tenant's things were called when it was sent. */
    private Names names = Names.PLAIN;

    /** What is rewritten in its replies; null: nothing. */
    private @Nullable PrefixUse prefixUse;

    /** Of what EXEC brings; null unless that is to be rewritten. */
    private @Nullable QueuedReplies queued;

    /** The answer, while older ones are awaited. */
    private @Nullable ByteBuf held;

    @Override
    public void begin(String newCommand, OperationClass newClass, long now) {
        super.begin(newCommand, newClass, now);
        openSlots = 0;
        step = LeaseStep.NONE;
        answered = false;
        silent = 0;
        blocking = false;
        inTransaction = false;
        kind = -1;
        outcome = Outcome.OK;
        limit = 0;
        heardAt = 0;
        held = null;
        prefixUse = null;
        queued = null;
    }

    int openSlots() {
        return openSlots;
    }

    void expect(int replies) {
        openSlots += replies;
    }

    /** One of its replies is there. */
    void onReply() {
        openSlots--;
        silent = Math.max(0, silent - 1);
    }

    LeaseStep step() {
        return step;
    }

    void setStep(LeaseStep newStep) {
        step = newStep;
    }

    boolean isAnswered() {
        return answered;
    }

    void setAnswered() {
        answered = true;
    }

    /** Whether its next reply is not for the client. */
    boolean isSilent() {
        return silent > 0;
    }

    /** Its next {@code replies} are not for the client. */
    void setSilent(int replies) {
        silent = replies;
    }

    /** Replies that the client still waits for. */
    int owed() {
        return Math.max(0, openSlots - silent);
    }

    boolean isInTransaction() {
        return inTransaction;
    }

    void setInTransaction() {
        inTransaction = true;
    }

    int kind() {
        return kind;
    }

    void setKind(int number) {
        kind = number;
    }

    boolean isBlocking() {
        return blocking;
    }

    void setBlocking() {
        blocking = true;
    }

    Outcome outcome() {
        return outcome;
    }

    void setOutcome(Outcome newOutcome) {
        outcome = newOutcome;
    }

    /** How it ended as the server sees it: what the client was told before that counts more. */
    void noteOutcome(Outcome seen) {
        if (!answered) {
            outcome = seen;
        }
    }

    /** Part of a reply is there: the time that it may take counts from here. */
    void heard(long now) {
        heardAt = now;
    }

    /**
     * Whether it has taken as long as it may.
     *
     * @param readSince time before that does not count: its connection was not read
     */
    boolean isDue(long now, long readSince) {
        long since = Math.max(Math.max(sentAt(), heardAt), readSince);
        return limit != 0 && sentAt() != 0 && now - since >= limit;
    }

    long limit() {
        return limit;
    }

    void setLimit(long nanos) {
        limit = nanos;
    }

    @Nullable PrefixUse prefixUse() {
        return prefixUse;
    }

    @Nullable QueuedReplies queued() {
        return queued;
    }

    Names names() {
        return names;
    }

    /**
     * Has its replies put into the client's words.
     *
     * @param ofBlock not null where {@code use} is BLOCK
     */
    void setRewriting(Names sentIn, PrefixUse use, @Nullable QueuedReplies ofBlock) {
        names = sentIn;
        prefixUse = use;
        queued = ofBlock;
    }

    @Nullable ByteBuf held() {
        return held;
    }

    /** Keeps {@code answer}, which becomes this operation's, until older ones are answered. */
    void hold(ByteBuf answer) {
        held = answer;
    }

    @Nullable ByteBuf takeHeld() {
        ByteBuf taken = held;
        held = null;
        return taken;
    }
}
