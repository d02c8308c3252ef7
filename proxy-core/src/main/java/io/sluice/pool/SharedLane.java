package io.sluice.pool;

import io.sluice.guard.Refusal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections of a pool on which requests of many sessions pass at once: it leases them itself and
 * lends them out a request at a time. As few as do are used, so that what is sent on one is as much
 * as can be: only when all have as many open slots as they may is a further one opened. One that
 * nobody has used for a while goes back to the pool.
 *
 * <p><b>Threads:</b> confined to the pool's loop.
 */
public final class SharedLane {
    private final Pool pool;
    private final List<Seat> seats = new ArrayList<>();
    private final WaitQueue waiters = new WaitQueue();
    private int slotsPerConnection;
    private @Nullable Seat opening;

    /** Whoever waited is being told that there is room, and may take it. */
    private boolean waking;

    /**
     * @param slotsPerConnection open slots from which on a connection takes no further request
     */
    @SuppressWarnings("this-escape") // the pool only keeps it
    public SharedLane(Pool pool, int slotsPerConnection) {
        this.pool = pool;
        this.slotsPerConnection = slotsPerConnection;
        pool.lendBy(this);
    }

    public Pool pool() {
        return pool;
    }

    public void setSlotsPerConnection(int slots) {
        slotsPerConnection = slots;
    }

    /** Sessions that wait for a connection, or for room on one. */
    public int waiting() {
        return waiters.size();
    }

    long longestWait(long now) {
        return waiters.longestWait(now);
    }

    /** Connections that it holds at present. */
    public int connections() {
        return seats.size();
    }

    /**
     * The connection that the next request of a session without open slots goes to: the fullest
     * that has room. Null if there is none now; {@link #await} tells when to ask again.
     */
    public @Nullable ServerConnection pick() {
        if ((waiters.size() > 0 && !waking) || pool.isPaused()) {
            return null; // those who came before come first
        }
        ServerConnection found = fullest();
        if (found == null) {
            open(); // the pool may have one at hand
            found = fullest();
        }
        return found;
    }

    private @Nullable ServerConnection fullest() {
        Seat best = null;
        for (int i = 0; i < seats.size(); i++) {
            Seat seat = seats.get(i);
            if (seat.hasRoom() && (best == null || seat.open() > best.open())) {
                best = seat;
            }
        }
        if (best == null) {
            return null;
        }
        best.used = true;
        return best.connection;
    }

    /** Whether a session that has open slots on {@code connection} may have one more there. */
    public boolean hasRoom(ServerConnection connection) {
        return !connection.isClosed()
                && connection.openSlots() < slotsPerConnection
                && !connection.isPastUse(pool.loop().now())
                && !pool.isPaused();
    }

    /**
     * Queues a session until there is room: it then hears {@link Waiter#onRoom}, or {@link
     * Waiter#onNoLease} if no connection is to be had.
     */
    public void await(Waiter waiter) {
        waiters.add(waiter, pool.loop().now());
        open();
    }

    private void open() {
        if (opening == null && seats.size() < pool.config().max() && !anyHasRoom()) {
            Seat seat = new Seat();
            opening = seat;
            pool.acquire(seat);
        }
    }

    private boolean anyHasRoom() {
        for (int i = 0; i < seats.size(); i++) {
            if (seats.get(i).hasRoom()) {
                return true;
            }
        }
        return false;
    }

    /** Slots of a connection were answered: perhaps somebody waits for that. */
    public void onAnswered() {
        if (waiters.size() > 0) {
            wake();
        }
    }

    private void wake() {
        if (waking) {
            return;
        }
        waking = true;
        try {
            // Who is woken and finds no room queues again, behind the others.
            for (int left = waiters.size();
                    left > 0 && waiters.size() > 0 && anyHasRoom() && !pool.isPaused();
                    left--) {
                Waiter waiter = waiters.poll();
                if (waiter != null) {
                    waiter.onRoom();
                }
            }
        } finally {
            waking = false;
        }
        if (waiters.size() > 0) {
            open(); // what has just come was not enough
        }
    }

    private void refuseAll(Refusal refusal) {
        for (int left = waiters.size(); left > 0; left--) {
            Waiter waiter = waiters.poll();
            if (waiter != null) {
                waiter.onNoLease(refusal);
            }
        }
    }

    /** A connection that the lane holds is lost: its protocol has told the sessions. */
    public void onLost(ServerConnection connection) {
        for (int i = 0; i < seats.size(); i++) {
            Seat seat = seats.get(i);
            ServerConnection held = seat.connection;
            if (held != null && held.id() == connection.id()) {
                seats.remove(i);
                seat.lease().giveBack(Condition.BROKEN);
                break;
            }
        }
        if (waiters.size() > 0) {
            open();
        }
    }

    /** The lane's own place in the pool: one for each connection that it holds. */
    private final class Seat extends Waiter {
        @Nullable Lease lease;
        @Nullable ServerConnection connection;
        boolean used;

        Lease lease() {
            Lease held = lease;
            if (held == null) {
                throw new IllegalStateException("holds no lease");
            }
            return held;
        }

        int open() {
            ServerConnection held = connection;
            return held == null ? 0 : held.openSlots();
        }

        boolean hasRoom() {
            ServerConnection held = connection;
            return held != null && SharedLane.this.hasRoom(held);
        }

        @Override
        protected void onLease(Lease granted) {
            opening = null;
            lease = granted;
            connection = granted.connection();
            used = true;
            seats.add(this);
            wake();
        }

        @Override
        protected void onNoLease(Refusal refusal) {
            opening = null;
            if (seats.isEmpty()) {
                refuseAll(refusal);
            }
        }

        @Override
        protected void onStillWaiting(long now, long waitedNanos) {}

        @Override
        protected void onLeaseSweep(long now) {
            ServerConnection held = connection;
            if (held == null) {
                return;
            }
            held.onSharedSweep(now);
            if (held.openSlots() == 0 && (!used || held.isPastUse(now)) && seats.remove(this)) {
                connection = null;
                lease().giveBack(Condition.CLEAN);
            }
            used = false;
            if (waiters.size() > 0) { // PAUSE may be over
                open();
                wake();
            }
        }
    }
}
