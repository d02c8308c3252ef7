package io.sluice.pool;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.sluice.guard.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who wants a lease, or has one: a session. Carries its own links in the wait queue, so
 * that waiting allocates nothing; is a channel handler because a session is its channel's own.
 *
 * <p><b>Threads:</b> confined to the pool's loop.
 */
public abstract class Waiter extends ChannelInboundHandlerAdapter {
    @Nullable Waiter next;
    @Nullable Waiter previous;
    @Nullable WaitQueue queue;
    long waitingSince;

    /** The lease that was asked for; may be called from within {@link Pool#acquire}. */
    protected abstract void onLease(Lease lease);

    /** There will be no lease; may be called from within {@link Pool#acquire}. */
    protected abstract void onNoLease(Refusal refusal);

    /** A shared connection that was waited for has room; see {@link SharedLane#await}. */
    protected void onRoom() {
        throw new IllegalStateException(this + " does not share connections");
    }

    /** Looked at while waiting, every sweep. */
    protected abstract void onStillWaiting(long now, long waitedNanos);

    /** Looked at while it holds a lease, every sweep. */
    protected abstract void onLeaseSweep(long now);

    /** Leaves the queue that it waits in, if it does. */
    public final void stopWaiting() {
        WaitQueue waitedIn = queue;
        if (waitedIn != null) {
            waitedIn.remove(this);
        }
    }

    public final boolean isWaiting() {
        return queue != null;
    }

    /** When the present wait began; meaningless when not waiting. */
    public final long waitingSince() {
        return waitingSince;
    }
}
