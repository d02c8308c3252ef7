package io.sluice.session;

import io.netty.channel.Channel;
import io.sluice.guard.Guards;
import io.sluice.guard.Operation;
import io.sluice.guard.OperationClass;
import io.sluice.guard.Outcome;
import io.sluice.metrics.Counter;
import io.sluice.net.Loop;
import io.sluice.pool.Lease;
import io.sluice.pool.Pool;
import io.sluice.pool.ServerConnection;
import io.sluice.pool.Waiter;
import org.jspecify.annotations.Nullable;

/**
 * One client's conversation, from login to close; extended by each protocol.
 *
 * <p><b>Threads:</b> confined to the loop that its tenant's backend is at home on, which is also
 * its channel's.
 */
public abstract class ClientSession extends Waiter {
    private final long id;
    private final Channel channel;
    private final Loop loop;
    private Pool pool;
    private final Guards guards;
    private final long connectedAt;
    private final long connectedAtMillis;
    private long requestedAt;
    @Nullable ClientSession nextSession;
    @Nullable ClientSession previousSession;
    private @Nullable Lease lease;
    private long leasedAt;

    protected ClientSession(long id, Channel channel, Pool pool, Guards guards) {
        this.id = id;
        this.channel = channel;
        this.pool = pool;
        this.loop = pool.loop();
        this.guards = guards;
        this.connectedAt = pool.loop().now();
        this.connectedAtMillis = System.currentTimeMillis();
        this.requestedAt = connectedAt;
    }

    /** Unique in this process, never used again. */
    public final long id() {
        return id;
    }

    public final Channel channel() {
        return channel;
    }

    public final Pool pool() {
        return pool;
    }

    public final Loop loop() {
        return loop;
    }

    /** Its requests go to another pool of the same home from now on. */
    protected final void changePool(Pool other) {
        assert other.loop() == loop : "moved to " + other.loop();
        pool.leave();
        other.enter();
        pool = other;
    }

    public final long connectedAtMillis() {
        return connectedAtMillis;
    }

    public final long connectedAt() {
        return connectedAt;
    }

    /** When the last request came, in nanoseconds of the loop's clock. */
    public final long requestedAt() {
        return requestedAt;
    }

    protected final void requested(long now) {
        requestedAt = now;
    }

    /** The lease it holds, if it does. */
    public final @Nullable Lease lease() {
        return lease;
    }

    public final @Nullable ServerConnection server() {
        return lease == null ? null : lease.connection();
    }

    /** The connection that its open operations are on, also where others use that, too. */
    public @Nullable ServerConnection linked() {
        return server();
    }

    protected final long leasedAt() {
        return leasedAt;
    }

    protected final void hold(Lease granted) {
        lease = granted;
        leasedAt = loop().now();
    }

    /** Forgets the lease and returns it: the caller gives it back. */
    protected final Lease letGo() {
        Lease held = lease;
        if (held == null) {
            throw new IllegalStateException("session " + id + " holds no lease");
        }
        lease = null;
        return held;
    }

    protected final Guards guards() {
        return guards;
    }

    /** Counts and reports an operation that is over; call exactly once for each. */
    protected final void settle(Operation operation, Outcome outcome) {
        var stats = pool.stats();
        switch (outcome) {
            case OK -> {}
            case CLIENT_FAULT -> stats.add(Counter.CLIENT_ERRORS, 1);
            case BACKEND_FAULT -> stats.add(Counter.BACKEND_ERRORS, 1);
            case TIMEOUT -> stats.add(Counter.TIMEOUTS, 1);
            case ABANDONED -> stats.add(Counter.ABANDONED, 1);
            case REFUSED -> stats.add(Counter.REFUSALS, 1);
        }
        if (operation.sentAt() != 0) {
            long took = loop().now() - operation.sentAt();
            stats.add(Counter.QUERIES, 1);
            stats.add(counterOf(operation.operationClass()), 1);
            stats.add(Counter.QUERY_NANOS, took);
            stats.queries().record(took);
        }
        guards.settled(operation, outcome);
    }

    private static Counter counterOf(OperationClass operationClass) {
        return switch (operationClass) {
            case OTHER -> Counter.OTHER_QUERIES;
            case SIMPLE_READ -> Counter.SIMPLE_READS;
            case WRITE -> Counter.WRITES;
            case COMPLEX_READ -> Counter.COMPLEX_READS;
            case AGGREGATION -> Counter.AGGREGATIONS;
            case BATCH -> Counter.BATCHES;
            case ANALYTICS -> Counter.ANALYTICS;
        };
    }

    /**
     * Whether nothing of the client's would be lost if the session ended now: no request is
     * unanswered, no transaction open. A protocol whose sessions may hold a lease outside a
     * transaction (a pin) says so itself.
     */
    public boolean isQuiet() {
        return lease == null && !isWaiting() && operationsInFlight() == 0;
    }

    /** PgBouncer's word for where it stands, as SHOW CLIENTS tells it. */
    public final String stateWord() {
        return isWaiting()
                ? "waiting"
                : lease != null || operationsInFlight() > 0 ? "active" : "idle";
    }

    /** Why it keeps its server connection beyond a transaction; null if it does not. */
    public abstract @Nullable String pinReason();

    /** What the client calls itself; "" if it does not say. */
    public abstract String applicationName();

    /** What the client's library calls itself; "" if it does not say. */
    public String library() {
        return "";
    }

    /** "" if the library does not say. */
    public String libraryVersion() {
        return "";
    }

    /** Of the protocol, as its clients call it; "" where there is one only. */
    public String protocolVersion() {
        return "";
    }

    /** "" or the TLS version and cipher. */
    public abstract String tls();

    /** Statements that the client has prepared. */
    public abstract int preparedStatements();

    /** Requests that are not answered yet. */
    public abstract int operationsInFlight();

    /**
     * Ends the session, with the protocol's words for why; does nothing if it is ending already.
     *
     * @param code what kind of end it is
     * @param message for the client and the log
     */
    public abstract void end(EndCode code, String message);

    /** Called every second or so when it neither waits nor holds a lease. */
    protected abstract void onIdleSweep(long now);

    /** Kinds of ends that the proxy brings about. */
    public enum EndCode {
        /** An administrator asked for it. */
        KILLED,
        /** The process stops. */
        SHUTDOWN
    }
}
