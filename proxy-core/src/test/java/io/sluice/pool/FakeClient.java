package io.sluice.pool;

import io.sluice.guard.Refusal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Somebody who wants a connection, and keeps it until the test takes it back. */
final class FakeClient extends Waiter {
    private volatile @Nullable Lease lease;

    /** Any thread. */
    boolean hasLease() {
        return lease != null;
    }

    void giveBack() {
        Lease held = Objects.requireNonNull(lease, "it has no lease");
        lease = null;
        held.giveBack(Condition.CLEAN);
    }

    @Override
    protected void onLease(Lease granted) {
        lease = granted;
    }

    @Override
    protected void onNoLease(Refusal refusal) {
        throw new AssertionError("refused: " + refusal);
    }

    @Override
    protected void onStillWaiting(long now, long waitedNanos) {}

    @Override
    protected void onLeaseSweep(long now) {}
}
