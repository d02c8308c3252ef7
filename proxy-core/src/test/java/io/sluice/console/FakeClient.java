package io.sluice.console;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.guard.Guards;
import io.sluice.guard.Refusal;
import io.sluice.pool.Condition;
import io.sluice.pool.Lease;
import io.sluice.pool.Pool;
import io.sluice.session.ClientSession;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A session without a client. */
final class FakeClient extends ClientSession {
    /** Done when a lease was granted. */
    final CompletableFuture<Lease> granted = new CompletableFuture<>();

    /** Done with the proxy's words when it was ended. */
    final CompletableFuture<String> ended = new CompletableFuture<>();

    private final Runnable onEnd;
    @Nullable String pin;

    FakeClient(long id, Pool pool, Runnable onEnd) {
        super(id, new EmbeddedChannel(), pool, new Guards(List.of()));
        this.onEnd = onEnd;
    }

    void giveBack() {
        letGo().giveBack(Condition.CLEAN);
    }

    @Override
    protected void onLease(Lease lease) {
        hold(lease);
        granted.complete(lease);
    }

    @Override
    protected void onNoLease(Refusal refusal) {
        granted.completeExceptionally(new IllegalStateException(refusal.message()));
    }

    @Override
    protected void onStillWaiting(long now, long waitedNanos) {}

    @Override
    protected void onLeaseSweep(long now) {}

    @Override
    public @Nullable String pinReason() {
        return pin;
    }

    @Override
    public String applicationName() {
        return "psql";
    }

    @Override
    public String tls() {
        return "";
    }

    @Override
    public int preparedStatements() {
        return 7;
    }

    @Override
    public int operationsInFlight() {
        return 0;
    }

    @Override
    public void end(EndCode code, String message) {
        if (isWaiting()) {
            pool().cancelWait(this);
        }
        if (lease() != null) {
            letGo().giveBack(Condition.BROKEN);
        }
        onEnd.run();
        ended.complete(message);
    }

    @Override
    protected void onIdleSweep(long now) {}
}
