package io.sluice.pool;

import io.netty.channel.Channel;
import io.sluice.config.PoolConfig;
import io.sluice.guard.Refusal;
import io.sluice.tenant.Destination;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a server, logged in; extended by each protocol.
 *
 * <p><b>Threads:</b> confined to the loop of its pool, which is also its channel's.
 */
public abstract class ServerConnection {
    private static final AtomicLong IDS = new AtomicLong();

    private final long id = IDS.incrementAndGet();
    private final Pool pool;
    private final Permit permit;

    @SuppressWarnings("this-escape") // the lease only keeps it
    private final Lease lease = new Lease(this);

    private final int generation;
    private final long openedAt;
    private long expiresAt;
    private long idleSince;
    private long provenAt;
    private int uses;
    private Standing standing = Standing.CONNECTING;

    /** Where a connection stands with its pool; changed by {@link Pool} alone. */
    enum Standing {
        CONNECTING,
        IDLE,
        LEASED,
        /** Given back, and waiting for something else to end: a cancel under way. */
        HELD_BACK,
        CHECKING,
        RESETTING,
        CLOSED
    }

    protected ServerConnection(Pool pool, Permit permit) {
        this.pool = pool;
        this.permit = permit;
        this.generation = pool.generation();
        this.openedAt = pool.loop().now();
    }

    /** Unique among the server connections of this process, never used again. */
    public final long id() {
        return id;
    }

    public final Pool pool() {
        return pool;
    }

    public final Lease lease() {
        return lease;
    }

    final Permit permit() {
        return permit;
    }

    final int generation() {
        return generation;
    }

    final Standing standing() {
        return standing;
    }

    final void setStanding(Standing newStanding) {
        standing = newStanding;
    }

    /** When connecting began, in nanoseconds of the loop's clock. */
    public final long openedAt() {
        return openedAt;
    }

    final long expiresAt() {
        return expiresAt;
    }

    final void setExpiresAt(long at) {
        expiresAt = at;
    }

    /** When it was last given back, in nanoseconds of the loop's clock; 0: never yet. */
    public final long idleSince() {
        return idleSince;
    }

    final void setIdleSince(long at) {
        idleSince = at;
    }

    final long provenAt() {
        return provenAt;
    }

    final void setProvenAt(long at) {
        provenAt = at;
    }

    final int countUse() {
        return ++uses;
    }

    /** PgBouncer's word for the standing, as SHOW SERVERS tells it. */
    public final String stateWord() {
        return switch (standing) {
            case CONNECTING -> "new";
            case IDLE -> "idle";
            case LEASED -> isLentOutUnused() ? "idle" : "active";
            case HELD_BACK -> "being_canceled";
            case CHECKING, RESETTING -> "tested";
            case CLOSED -> "closed";
        };
    }

    /** Whether a lane of sessions that share it holds it, and none of them uses it. */
    private boolean isLentOutUnused() {
        return pool.key().lane() == Lane.SHARED && openSlots() == 0;
    }

    /** Whether it is to be closed at the end of its lease because of a RECONNECT or reload. */
    public final boolean isStale() {
        return generation != pool.generation();
    }

    /** Whether it is to be given back as soon as nothing is open on it, to be closed. */
    final boolean isPastUse(long now) {
        return isStale() || (expiresAt != 0 && now - expiresAt >= 0);
    }

    public final boolean isIdle() {
        return standing == Standing.IDLE;
    }

    public final boolean isLeased() {
        return standing == Standing.LEASED;
    }

    public final boolean isClosed() {
        return standing == Standing.CLOSED;
    }

    /** Null until there is one. */
    public abstract @Nullable Channel channel();

    /** Requests that were sent on it and are not answered yet. */
    public abstract int openSlots();

    /**
     * Whether it must be kept from the next session although it is clean: a cancel is under way.
     */
    protected abstract boolean mustBeHeldBack();

    /**
     * Proves that the server still answers; ends in {@link Pool#onAlive} or {@link #close}. Only
     * called when idle.
     */
    protected abstract void check();

    /**
     * Removes what a session may have left; ends in {@link Pool#onClean} or {@link #close}. Only
     * called when everything sent on it has been answered.
     */
    protected abstract void reset();

    /** Looked at while connecting, checking, resetting or held back, every sweep. */
    protected abstract void onSweep(long now);

    /** Looked at while a {@link SharedLane} holds it, every sweep. */
    protected void onSharedSweep(long now) {}

    /**
     * Closes the connection because of what the server or the network did, which is logged at INFO,
     * and tells its pool, once. What its session, if there is one, is told is the protocol's
     * business.
     *
     * @param reason for the log: why, for people
     */
    public abstract void close(String reason);

    /**
     * As {@link #close}, in the orderly course of things: logged at INFO only if {@code
     * log.disconnections} asks for it.
     */
    public abstract void retire(String reason);

    /** Identifies the connection on the server (PostgreSQL: process id); 0 if unknown. */
    public abstract long serverId();

    /** Statements prepared on it; 0 where the protocol has none. */
    public abstract int preparedStatements();

    /** "" or the TLS version and cipher. */
    public abstract String tls();

    /** Whether a cancel request for what it does is under way to its server. */
    public abstract boolean isBeingCancelled();

    /** How opening it ended; given to a pool by its {@link Connector}. */
    public interface Opening {
        /** Logged in and clean; call once, on the pool's loop. */
        void opened(ServerConnection connection);

        /** Not to be had; call once, on the pool's loop. */
        void failed(ServerConnection connection, Refusal.BackendUnavailable why);

        /** The proxy closed it itself before it was open; call once, on the pool's loop. */
        void givenUp(ServerConnection connection);
    }

    /** Opens server connections; supplied by a protocol for each pool. */
    @FunctionalInterface
    public interface Connector {
        /** Begins to open a connection and returns it at once. */
        ServerConnection open(Pool pool, Permit permit, Opening opening);

        /**
         * The configuration has changed: what it says now of whom the pool is for. Where that opens
         * connections otherwise they are replaced right after, see {@link #onReconnect}.
         */
        default void follow(Destination now) {}

        /**
         * What a pool of that lane has of its user's sizes and patience, where lanes have their
         * own; asked after a reload, of which the protocol was told before. On the pool's loop.
         */
        default PoolConfig sizes(Lane lane, PoolConfig ofUser) {
            return ofUser;
        }

        /** All connections are being replaced: what they told of their servers may hold no more. */
        default void onReconnect() {}
    }
}
