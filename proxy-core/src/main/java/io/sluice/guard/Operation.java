package io.sluice.guard;

/**
 * One request of a client, from asked to answered, as guards, timers and recorders see it; the same
 * for every protocol. Each protocol has its own subclass with what it must remember meanwhile.
 *
 * <p><b>Threads:</b> confined to its session's loop. Instances are reused: nobody keeps one.
 */
public abstract class Operation {
    private OperationClass operationClass = OperationClass.OTHER;
    private String command = "";
    private long startedAt;
    private long sentAt;
    private long bytesIn;
    private long bytesOut;
    private boolean guarded;

    /** Makes this a new operation. */
    public void begin(String newCommand, OperationClass newClass, long now) {
        command = newCommand;
        operationClass = newClass;
        startedAt = now;
        sentAt = 0;
        bytesIn = 0;
        bytesOut = 0;
        guarded = false;
    }

    /** It turns out to be this. */
    public void describe(String newCommand, OperationClass newClass) {
        command = newCommand;
        operationClass = newClass;
    }

    /** The command's name in the protocol's own words, of a bounded set: never user input. */
    public String command() {
        return command;
    }

    public OperationClass operationClass() {
        return operationClass;
    }

    /** When it was asked, in nanoseconds of the loop's clock. */
    public long startedAt() {
        return startedAt;
    }

    /** When it was sent to a server; 0 while it was not. */
    public long sentAt() {
        return sentAt;
    }

    public void sent(long now) {
        if (sentAt == 0) {
            sentAt = now;
        }
    }

    public long bytesIn() {
        return bytesIn;
    }

    public long bytesOut() {
        return bytesOut;
    }

    public void addBytesIn(long n) {
        bytesIn += n;
    }

    public void addBytesOut(long n) {
        bytesOut += n;
    }

    boolean guarded() {
        return guarded;
    }

    void setGuarded(boolean passed) {
        guarded = passed;
    }
}
