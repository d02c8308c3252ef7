package io.sluice.pool;

import io.sluice.config.PoolConfig;
import io.sluice.guard.Refusal;
import io.sluice.metrics.Counter;
import io.sluice.metrics.Stats;
import io.sluice.net.Loop;
import io.sluice.pool.ServerConnection.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The server connections of one {@link PoolKey} on one loop, and the sessions that wait for them.
 *
 * <p>The connection used last is handed out first, so that few stay warm and the rest can go. One
 * that is given back goes straight to the first waiter. When nobody can connect, waiters hear the
 * last error at once instead of each trying.
 *
 * <p><b>Threads:</b> confined to its loop.
 */
public final class Pool {
    /** How long a pool that found no room to prewarm does not ask again. */
    private static final long PREWARM_PAUSE_NANOS = 1_000_000_000L;

    private final PoolKey key;
    private final Loop loop;
    private final Ledger ledger;
    private final List<Account> accounts;
    private final ServerConnection.Connector connector;
    private final Stats stats;
    private final Switches switches;
    private final WaitQueue waiters = new WaitQueue();
    private final IdleConnections idle = new IdleConnections();
    private final List<ServerConnection> all = new ArrayList<>();
    private final Holding holding = new Holding(this);
    private final Debts debts = new Debts();
    private final Outage outage;
    private PoolConfig config;
    private int requested;
    private int generation;
    private int sessions;
    private long prewarmAt;

    /** When it was last seen to be paused: nobody is to blame for having waited until then. */
    private long pausedAt;

    private long unusedSince;
    private boolean tornDown;
    private @Nullable SharedLane lentBy;

    public Pool(
            PoolKey key,
            Loop loop,
            PoolConfig config,
            Ledger ledger,
            List<Account> accounts,
            ServerConnection.Connector connector,
            Stats stats,
            Switches switches) {
        this.key = key;
        this.outage = new Outage(key);
        this.loop = loop;
        this.config = config;
        this.ledger = ledger;
        this.accounts = List.copyOf(accounts);
        this.connector = connector;
        this.stats = stats;
        this.switches = switches;
        this.unusedSince = loop.now();
        this.pausedAt = unusedSince;
    }

    public PoolKey key() {
        return key;
    }

    public Loop loop() {
        return loop;
    }

    /** What the protocol opens its connections by, and keeps beside it. */
    public ServerConnection.Connector connector() {
        return connector;
    }

    public Stats stats() {
        return stats;
    }

    public PoolConfig config() {
        return config;
    }

    /** Takes new sizes and limits; connections beyond them close when they are given back. */
    public void reconfigure(PoolConfig newConfig) {
        config = newConfig;
    }

    /** A session lives here from now on; keeps the pool from being torn down. */
    public void enter() {
        sessions++;
    }

    public void leave() {
        sessions--;
        unusedSince = loop.now();
    }

    public int sessions() {
        return sessions;
    }

    /** Its connections are lent out by {@code lane}, which sessions wait at instead. */
    void lendBy(SharedLane lane) {
        lentBy = lane;
    }

    /** Sessions that wait for a connection, or for room on one. */
    public int waiting() {
        SharedLane lane = lentBy;
        return lane == null ? waiters.size() : lane.waiting();
    }

    /** How long the session that waits longest has been waiting, in nanoseconds. */
    public long longestWait(long now) {
        SharedLane lane = lentBy;
        return lane == null ? waiters.longestWait(now) : lane.longestWait(now);
    }

    public boolean hasIdle() {
        return !idle.isEmpty();
    }

    /** Every connection that is not closed, also those being opened; unmodifiable. */
    public List<ServerConnection> connections() {
        return Collections.unmodifiableList(all);
    }

    /** How many connections it does not need at present; any thread. */
    int spareConnections() {
        return idle.spare();
    }

    /** The ledger's own notes, confined to its loop. */
    Holding holding() {
        return holding;
    }

    int generation() {
        return generation;
    }

    boolean isTornDown() {
        return tornDown;
    }

    public boolean isPaused() {
        return switches.isPaused(Switches.Database.of(key));
    }

    // ---- sessions

    /**
     * Gives {@code waiter} a lease, or queues it, or tells it why there is none; exactly one of its
     * callbacks follows, perhaps within this call, unless {@link #cancelWait} comes first.
     */
    public void acquire(Waiter waiter) {
        assert loop.isCurrent() : loop + " used on " + Thread.currentThread();
        if (waiters.size() == 0 && !isPaused()) {
            ServerConnection warmest = idle.pollWarmest();
            if (warmest != null) {
                stats.acquires().record(0);
                lease(warmest, waiter);
                return;
            }
        }
        long now = loop.now();
        Refusal.BackendUnavailable failure = outage.last();
        if (failure != null && all.isEmpty() && outage.holdsBack(now)) {
            waiter.onNoLease(failure);
        } else if (waiters.size() >= config.maxWaiters()) {
            waiter.onNoLease(new Refusal.QueueFull(key.toString(), config.maxWaiters()));
        } else {
            waiters.add(waiter, now);
            grow(now);
        }
    }

    /** Takes a session that waits out of the queue. */
    public void cancelWait(Waiter waiter) {
        waiters.remove(waiter);
    }

    private void lease(ServerConnection connection, Waiter waiter) {
        connection.setStanding(Standing.LEASED);
        connection.lease().begin(waiter);
        stats.add(Counter.ASSIGNMENTS, 1);
        waiter.onLease(connection.lease());
    }

    void onGivenBack(ServerConnection connection, Condition condition) {
        if (connection.standing() == Standing.CLOSED) {
            return; // it died first
        }
        connection.setProvenAt(loop.now());
        unusedSince = loop.now();
        switch (condition) {
            case BROKEN -> connection.retire("given back in an unknown state");
            case NEEDS_RESET -> {
                connection.setStanding(Standing.RESETTING);
                connection.reset();
            }
            case CLEAN -> settle(connection);
        }
    }

    /** A reset has ended well. */
    public void onClean(ServerConnection connection) {
        if (connection.standing() == Standing.RESETTING) {
            settle(connection);
        }
    }

    /** A check has ended well. */
    public void onAlive(ServerConnection connection) {
        if (connection.standing() == Standing.CHECKING) {
            connection.setProvenAt(loop.now());
            if (connection.generation() != generation || tornDown) {
                connection.retire("RECONNECT, or the configuration changed");
            } else if (waiters.size() > 0) {
                offer(connection);
            } else if (!debts.pay(connection)) {
                // As idle as before: a check is no use, and must not keep it warm.
                connection.setStanding(Standing.IDLE);
                idle.addColdest(connection);
            }
        }
    }

    /** What held a clean connection back is over. */
    public void onReleased(ServerConnection connection) {
        if (connection.standing() == Standing.HELD_BACK) {
            settle(connection);
        }
    }

    /** A clean connection without a session: is it still wanted? */
    private void settle(ServerConnection connection) {
        if (connection.mustBeHeldBack()) {
            connection.setStanding(Standing.HELD_BACK);
            return;
        }
        String reason = reasonToRetire(connection, loop.now());
        if (reason != null) {
            connection.retire(reason);
        } else if (!debts.pay(connection)) {
            offer(connection);
        }
    }

    private @Nullable String reasonToRetire(ServerConnection connection, long now) {
        if (connection.generation() != generation) {
            return "RECONNECT, or the configuration changed";
        }
        if (connection.expiresAt() != 0 && now - connection.expiresAt() >= 0) {
            return "reached its lifetime";
        }
        int uses = connection.countUse();
        if (config.maxUses() > 0 && uses >= config.maxUses()) {
            return "reached its number of uses";
        }
        if (all.size() > config.max() + config.reserve()) {
            return "the pool was made smaller";
        }
        return tornDown ? "the pool is closed" : null;
    }

    /** Hands a usable connection to the first waiter, or keeps it. */
    private void offer(ServerConnection connection) {
        if (waiters.size() > 0 && !isPaused()) {
            Waiter waiter = waiters.first();
            if (waiter != null) {
                waiters.remove(waiter);
                long waited = loop.now() - waiter.waitingSince;
                stats.add(Counter.WAIT_NANOS, waited);
                stats.acquires().record(waited);
                lease(connection, waiter);
                return;
            }
        }
        if (!debts.pay(connection)) {
            connection.setStanding(Standing.IDLE);
            connection.setIdleSince(loop.now());
            idle.addWarmest(connection);
        }
    }

    // ---- growing and shrinking

    /** Asks for as many connections as waiters could use, up to the pool's own limit. */
    private void grow(long now) {
        if (isPaused() || tornDown || outage.holdsBack(now)) {
            return;
        }
        int limit = config.max() + (reserveIsDue(now) ? config.reserve() : 0);
        int room = limit - all.size() - requested;
        if (room <= 0) {
            return;
        }
        int opening = requested;
        for (ServerConnection connection : all) {
            if (connection.standing() == Standing.CONNECTING) {
                opening++;
            }
        }
        int wanted = Math.min(waiters.size() - opening, room);
        if (outage.last() != null) {
            wanted = Math.min(wanted, 1 - opening); // one tries for all
        }
        for (int i = 0; i < wanted; i++) {
            request();
        }
    }

    private boolean reserveIsDue(long now) {
        return config.reserve() > 0 && waiters.longestWait(now) >= config.reserveAfter().toNanos();
    }

    private void request() {
        requested++;
        ledger.request(this, accounts);
    }

    void onPermit(Permit permit) {
        requested--;
        if (tornDown || isPaused() || all.size() >= config.max() + config.reserve()) {
            ledger.release(permit);
            return;
        }
        all.add(connector.open(this, permit, new Opened()));
    }

    void onRequestWithdrawn() {
        requested--;
    }

    /** There is no room for a connection that was only to be kept warm. */
    void onNoRoom() {
        requested--;
        long now = loop.now();
        prewarmAt = now + PREWARM_PAUSE_NANOS;
        if (waiters.size() > 0) {
            grow(now);
        }
    }

    /** What becomes of a connection that is being opened. */
    private final class Opened implements ServerConnection.Opening {
        @Override
        public void opened(ServerConnection connection) {
            long now = loop.now();
            outage.onOpened();
            stats.add(Counter.CONNECTS, 1);
            connection.setProvenAt(now);
            if (config.lifetime().isPositive()) {
                // Spread, so that connections opened together do not all end together.
                long lifetime = config.lifetime().toNanos();
                long jitter = ThreadLocalRandom.current().nextLong(lifetime / 10 + 1);
                connection.setExpiresAt(now + lifetime - jitter);
            }
            if (connection.generation() != generation || tornDown) {
                connection.retire("no longer wanted when it was open");
            } else {
                offer(connection);
            }
        }

        @Override
        public void failed(ServerConnection connection, Refusal.BackendUnavailable why) {
            stats.add(Counter.CONNECT_FAILURES, 1);
            remove(connection);
            Refusal.BackendUnavailable known = outage.onFailed(why, loop.now());
            if (all.isEmpty()) {
                refuseAll(known);
            }
        }

        @Override
        public void givenUp(ServerConnection connection) {
            onClosed(connection);
        }
    }

    private void refuseAll(Refusal refusal) {
        for (int left = waiters.size(); left > 0; left--) {
            Waiter waiter = waiters.poll();
            if (waiter == null) {
                return;
            }
            waiter.onNoLease(refusal);
        }
    }

    /** A connection that was open is closed; called once by it. */
    public void onClosed(ServerConnection connection) {
        idle.remove(connection);
        remove(connection);
        if (waiters.size() > 0) {
            grow(loop.now());
        }
    }

    private void remove(ServerConnection connection) {
        if (connection.standing() == Standing.CLOSED) {
            throw new IllegalStateException("closed twice");
        }
        connection.setStanding(Standing.CLOSED);
        all.remove(connection);
        ledger.release(connection.permit());
    }

    /** Makes room for {@code request}: an idle connection now, or the next that is given back. */
    void giveNext(Permit request) {
        ServerConnection coldest = idle.pollColdest();
        if (coldest != null) {
            Debts.giveUp(coldest, request);
        } else {
            debts.add(request);
        }
    }

    /** Makes room for {@code request} if a connection is idle. */
    void giveIdle(Permit request) {
        ServerConnection coldest = idle.pollColdest();
        if (coldest != null) {
            Debts.giveUp(coldest, request);
        } else {
            ledger.nothingIdle(this, request);
        }
    }

    /** The request has been served otherwise, or is no more. */
    void onNoLongerAsked(Permit request) {
        debts.remove(request);
    }

    /** Replaces every connection: idle ones now, the others when they are given back. */
    public void reconnect() {
        generation++;
        outage.forget();
        connector.onReconnect();
        closeIdle("RECONNECT, or the configuration changed");
    }

    /** Whether connections from before the last {@link #reconnect} are still open. */
    public boolean hasStale() {
        for (ServerConnection connection : all) {
            if (connection.generation() != generation) {
                return true;
            }
        }
        return false;
    }

    public void closeIdle(String reason) {
        for (ServerConnection connection : idle.copy()) {
            connection.retire(reason);
        }
    }

    /** PAUSE is over. */
    public void resume() {
        while (!idle.isEmpty() && waiters.size() > 0 && !isPaused()) {
            ServerConnection warmest = idle.pollWarmest();
            if (warmest != null) {
                offer(warmest);
            }
        }
        grow(loop.now());
    }

    /** Closes everything; sessions that wait are refused. */
    public void tearDown(Refusal refusal) {
        tornDown = true;
        refuseAll(refusal);
        ledger.withdraw(this, accounts);
        for (ServerConnection connection : new ArrayList<>(all)) {
            connection.retire("the pool is closed");
        }
    }

    // ---- time

    void sweep(long now) {
        idle.sweep();
        sweepWaiters(now);
        for (int i = all.size() - 1; i >= 0; i--) {
            if (i < all.size()) {
                sweepConnection(all.get(i), now);
            }
        }
        if (requested > 0 && (waiters.size() == 0 || isPaused())) {
            ledger.withdraw(this, accounts);
        }
        if (waiters.size() > 0) {
            grow(now);
        } else {
            prewarm(now);
        }
        if (config.teardownAfter().isPositive()
                && now - unusedSince >= config.teardownAfter().toNanos()
                && isUnused()) {
            tearDown(new Refusal.ShuttingDown());
        }
    }

    /** Sessions that live in another pool may use it, too. */
    private boolean isUnused() {
        if (sessions > 0 || waiters.size() > 0) {
            return false;
        }
        for (ServerConnection connection : all) {
            if (connection.isLeased()) {
                return false;
            }
        }
        return true;
    }

    private void sweepWaiters(long now) {
        long limit = config.acquireTimeout().toNanos();
        if (isPaused()) {
            pausedAt = now;
        }
        Waiter waiter = waiters.first();
        while (waiter != null) {
            Waiter next = waiter.next;
            long waited = now - waiter.waitingSince;
            if (limit > 0 && Math.min(waited, now - pausedAt) >= limit) {
                cancelWait(waiter);
                Refusal failure = outage.last();
                waiter.onNoLease(
                        failure != null
                                ? failure
                                : new Refusal.WaitTimedOut(
                                        key.toString(),
                                        Duration.ofNanos(waited),
                                        config.max(),
                                        waiters.size()));
            } else {
                waiter.onStillWaiting(now, waited);
            }
            waiter = next;
        }
    }

    private void sweepConnection(ServerConnection connection, long now) {
        switch (connection.standing()) {
            case IDLE -> sweepIdle(connection, now);
            case LEASED -> {
                Waiter holder = connection.lease().holder();
                if (holder != null) {
                    holder.onLeaseSweep(now);
                }
            }
            case CONNECTING, HELD_BACK, CHECKING, RESETTING -> connection.onSweep(now);
            case CLOSED -> {}
        }
    }

    private void sweepIdle(ServerConnection connection, long now) {
        boolean expired = connection.expiresAt() != 0 && now - connection.expiresAt() >= 0;
        boolean idleTooLong =
                config.idleTimeout().isPositive()
                        && now - connection.idleSince() >= config.idleTimeout().toNanos()
                        && (all.size() > config.min() || sessions == 0);
        if (expired || idleTooLong) {
            connection.retire(expired ? "reached its lifetime" : "idle");
        } else if (config.checkAfter().isPositive()
                && now - connection.provenAt() >= config.checkAfter().toNanos()) {
            idle.remove(connection);
            connection.setStanding(Standing.CHECKING);
            connection.check();
        }
    }

    /** Keeps {@code min} connections warm while the pool has sessions. */
    private void prewarm(long now) {
        if (sessions > 0
                && all.size() + requested < Math.min(config.min(), config.max())
                && !outage.holdsBack(now)
                && now - prewarmAt >= 0
                && !isPaused()
                && !tornDown) {
            requested++;
            ledger.requestSpare(this, accounts);
        }
    }

    @Override
    public String toString() {
        return "pool " + key;
    }
}
