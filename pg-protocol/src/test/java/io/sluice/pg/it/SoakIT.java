package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.sluice.pool.Pool;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.TestAuthority;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One proxy under chaos for {@code -Dsluice.soak.minutes} (2 unless said otherwise): after each
 * round nothing is left of its clients, and the last round leaves no more memory taken than an
 * early one did.
 */
@Tag("long")
class SoakIT {
    private static final int MINUTES = Integer.getInteger("sluice.soak.minutes", 2);
    private static final Duration ROUND = Duration.ofSeconds(15);
    private static final int WARMING_UP = 2;
    private static final int CLIENTS = 200;
    private static final int STATEMENTS = 20;
    private static final int MEGABYTE = 1 << 20;

    @TempDir private static Path folder;

    private static PostgresBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() throws IOException {
        backend = PostgresBackend.start();
        TestProxy.prepare(backend);
        ChaosRun.prepare(backend);
        proxy =
                ChaosRun.startProxy(
                        backend,
                        TestAuthority.create().issueForLoopback(folder),
                        "sluice.postgres.prepared-statements.per-server = " + STATEMENTS);
    }

    @AfterAll
    static void stop() {
        proxy.close();
        backend.close();
    }

    /**
     * What is taken when all clients have gone.
     *
     * @param heap bytes after a collection
     * @param direct bytes that the allocator of connections' buffers has taken
     */
    private record Memory(long heap, long direct) {
        static Memory taken() {
            System.gc();
            var allocator = (ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT;
            return new Memory(
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                    allocator.metric().usedDirectMemory());
        }

        @Override
        public String toString() {
            return "%d MB heap, %d MB direct".formatted(heap / MEGABYTE, direct / MEGABYTE);
        }
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS) // it takes as long as it is told to
    void takesNoMoreInTheEndThanInTheBeginning() throws Exception {
        long seed = ChaosRun.firstSeed();
        int rounds = Math.toIntExact(MINUTES * Duration.ofMinutes(1).dividedBy(ROUND));
        for (int i = 0; i < WARMING_UP; i++) {
            run(seed + i);
        }
        Memory early = Memory.taken();
        for (int i = WARMING_UP; i < rounds; i++) {
            run(seed + i);
            Memory now = Memory.taken();
            System.out.println("soak, round %d of %d: %s".formatted(i + 1, rounds, now));
            assertThat(now.heap()).isLessThan(early.heap() + 8 * MEGABYTE);
            assertThat(now.direct()).isLessThan(early.direct() + 16 * MEGABYTE);
        }
    }

    private static void run(long seed) throws Exception {
        var over = new CountDownLatch(1);
        var watch = new Watch(over);
        Thread watcher = Thread.ofVirtual().name("soak-watch").start(watch);
        try {
            new ChaosRun(backend, proxy, seed, CLIENTS, ROUND).run();
        } finally {
            over.countDown();
            watcher.join();
        }
        assertThat(watch.sessions).as("sessions at a time").isBetween(1, CLIENTS + CLIENTS / 2);
        assertThat(watch.statements)
                .as("statements that a server connection is said to have")
                .isBetween(1, STATEMENTS);
        for (String tenant : List.of("acme", "globex")) {
            assertThat(statementsOnAServerOf(tenant)).isLessThanOrEqualTo(STATEMENTS);
        }
    }

    private static int statementsOnAServerOf(String tenant) throws IOException {
        try (RawPgClient client = proxy.login(tenant)) {
            return Integer.parseInt(
                    "" + client.queryOne("SELECT count(*) FROM pg_prepared_statements"));
        }
    }

    /** The most that there was at a time. */
    private static final class Watch implements Runnable {
        private final CountDownLatch over;
        private int sessions;
        private int statements;

        Watch(CountDownLatch over) {
            this.over = over;
        }

        @Override
        public void run() {
            try {
                while (!over.await(100, TimeUnit.MILLISECONDS)) {
                    sessions = Math.max(sessions, proxy.onSessions(session -> session).size());
                    for (int most : proxy.onPools(SoakIT::mostStatements)) {
                        statements = Math.max(statements, most);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static int mostStatements(Pool pool) {
        return pool.connections().stream()
                .mapToInt(connection -> connection.preparedStatements())
                .max()
                .orElse(0);
    }
}
