package io.sluice.pg.it;

import io.sluice.net.Loop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Waits for what loops do of their own, so that a test can say that nothing happened. */
final class Sweeps {
    private Sweeps() {}

    /** Returns when every loop has looked at its pools, and at the sessions that wait or lease. */
    static void await(TestProxy proxy) {
        await(proxy, 3);
    }

    /** Returns when every loop has looked at its idle sessions, too. */
    static void awaitIdle(TestProxy proxy) {
        await(proxy, 12);
    }

    private static void await(TestProxy proxy, int sweeps) {
        for (Loop loop : proxy.sluice().loops()) {
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
