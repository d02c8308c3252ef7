package io.sluice.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolConfig;
import io.sluice.guard.Refusal;
import io.sluice.metrics.Stats;
import io.sluice.net.Homes;
import io.sluice.net.Loop;
import io.sluice.net.Loops;
import io.sluice.net.Transport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PoolsTest {
    private static final Duration TEARDOWN_AFTER = Duration.ofMinutes(5);
    private static final long NOW = 1_000_000_000L;

    private final Loops loops = new Loops(Transport.NIO, 2, () -> NOW);
    private final Loop loop = loops.get(0);
    private final Loop other = loops.get(1);
    private final Homes homes = new Homes(loops);
    private final Pools pools = new Pools(loop, homes);
    private final Ledger ledger = new Ledger(loop);

    @AfterEach
    void end() {
        loops.close();
    }

    @Test
    void aHomeIsPlacedAnewOnlyWhenTheLastOfItsPoolsIsTornDown() {
        homes.enter("acme", "main", loop);
        onLoop(() -> {
            pools.get(key("app"), () -> pool("app", TEARDOWN_AFTER));
            pools.get(key("jobs"), () -> pool("jobs", TEARDOWN_AFTER.multipliedBy(2)));
        });
        homes.leave("acme", "main", loop);

        onLoop(() -> pools.sweep(NOW + TEARDOWN_AFTER.toNanos()));
        onLoop(() -> assertThat(pools.all()).hasSize(1));
        assertThat(homes.enter("acme", "main", other)).isSameAs(loop);
        homes.leave("acme", "main", loop);

        onLoop(() -> pools.sweep(NOW + 2 * TEARDOWN_AFTER.toNanos()));
        onLoop(() -> assertThat(pools.all()).isEmpty());
        assertThat(homes.enter("acme", "main", other)).isSameAs(other);
    }

    @Test
    void aPoolThatIsMadeAnewBeforeTheSweepKeepsItsHome() {
        homes.enter("acme", "main", loop);
        onLoop(() -> {
            pools.get(key("app"), () -> pool("app", TEARDOWN_AFTER))
                    .tearDown(new Refusal.ShuttingDown());
            pools.get(key("app"), () -> pool("app", TEARDOWN_AFTER));
        });
        homes.leave("acme", "main", loop);

        onLoop(() -> pools.sweep(NOW));
        assertThat(homes.enter("acme", "main", other)).isSameAs(loop);
        homes.leave("acme", "main", loop);

        onLoop(() -> pools.sweep(NOW + TEARDOWN_AFTER.toNanos()));
        assertThat(homes.enter("acme", "main", other)).isSameAs(other);
    }

    private Pool pool(String user, Duration teardownAfter) {
        var config =
                new PoolConfig(
                        0,
                        5,
                        0,
                        Duration.ZERO,
                        10,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        0,
                        Duration.ZERO,
                        teardownAfter);
        return new Pool(
                key(user),
                loop,
                config,
                ledger,
                List.of(),
                (pool, permit, opening) -> {
                    throw new AssertionError("nobody needs a connection");
                },
                new Stats(),
                new Switches());
    }

    private static PoolKey key(String user) {
        return new PoolKey("fake", "acme", "main", "app", user, "", 0);
    }

    private void onLoop(Runnable task) {
        CompletableFuture.runAsync(task, loop.executor()).join();
    }
}
