package io.sluice.testbed;

import io.sluice.app.Sluice;
import io.sluice.net.Loop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Waits for what loops do of their own, so that a test can say that nothing happened. */
public final class Sweeps {
    private Sweeps() {}

    /** Returns when every loop has looked at its pools, and at the sessions that wait or lease. */
    public static void await(Sluice proxy) {
        await(proxy, 3);
    }

    /** Returns when every loop has looked at its idle sessions, too. */
    public static void awaitIdle(Sluice proxy) {
        await(proxy, 12);
    }

    private static void await(Sluice proxy, int sweeps) {
        for (Loop loop : proxy.loops()) {
            var looked = new CompletableFuture<Void>();
            loop.execute(() -> {
                int[] left = {sweeps};
                loop.addSweep(now -> {
                    if (--left[0] == 0) {
                        looked.complete(null);
                    }
                });
            });
            looked.orTimeout(30, TimeUnit.SECONDS).join();
        }
    }
}
