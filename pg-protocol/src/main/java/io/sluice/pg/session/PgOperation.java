package io.sluice.pg.session;

import io.sluice.guard.Operation;
import io.sluice.guard.Outcome;

/** One Query, one FunctionCall, or all messages up to a Sync. */
final class PgOperation extends Operation {
    private boolean failed;
    private boolean backendFault;
    private boolean timedOut;
    private boolean timedOutOnServer;
    private boolean cancelled;
    private boolean complete;
    private boolean secondTry;
    private boolean beginsTransaction;

    void reset() {
        failed = false;
        backendFault = false;
        timedOut = false;
        timedOutOnServer = false;
        cancelled = false;
        complete = false;
        secondTry = false;
        beginsTransaction = false;
    }

    /** Whether the server answered something in it with an error. */
    boolean failed() {
        return failed;
    }

    void setFailed(boolean becauseOfBackend) {
        failed = true;
        backendFault |= becauseOfBackend;
    }

    boolean backendFault() {
        return backendFault;
    }

    /** Whether the proxy cancelled it because it took too long. */
    boolean timedOut() {
        return timedOut;
    }

    void setTimedOut() {
        timedOut = true;
    }

    /** Whether the server ended it, though nobody had asked it to: its own timeout did. */
    boolean timedOutOnServer() {
        return timedOutOnServer && !cancelled;
    }

    void setTimedOutOnServer() {
        timedOutOnServer = true;
    }

    /** Whether its client asked to cancel it. */
    boolean cancelled() {
        return cancelled;
    }

    void setCancelled() {
        cancelled = true;
    }

    /** Whether everything of it was sent: for a series of messages, also its Sync. */
    boolean complete() {
        return complete;
    }

    void setComplete() {
        complete = true;
    }

    /** Whether its first server was lost before anything of it was sent. */
    boolean secondTry() {
        return secondTry;
    }

    void setSecondTry() {
        secondTry = true;
    }

    /** Whether anything in it begins a transaction. */
    boolean beginsTransaction() {
        return beginsTransaction;
    }

    void setBeginsTransaction() {
        beginsTransaction = true;
    }

    /** How it went, now that it is answered. */
    Outcome outcome() {
        return timedOut() || timedOutOnServer()
                ? Outcome.TIMEOUT
                : cancelled
                        ? Outcome.ABANDONED
                        : !failed
                                ? Outcome.OK
                                : backendFault ? Outcome.BACKEND_FAULT : Outcome.CLIENT_FAULT;
    }

    /** The Sync that seemed to be its end was none. */
    void setOpen() {
        complete = false;
    }
}
