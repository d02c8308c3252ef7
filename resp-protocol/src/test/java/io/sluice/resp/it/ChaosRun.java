package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.RedisBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Many {@link ChaosClient}s at once, and somebody who breaks and freezes what they talk to. */
final class ChaosRun {
    private final RedisBackend backend;
    private final TestProxy proxy;
    private final long seed;
    private final int clients;
    private final Duration length;

    ChaosRun(RedisBackend backend, TestProxy proxy, long seed, int clients, Duration length) {
        this.backend = backend;
        this.proxy = proxy;
        this.seed = seed;
        this.clients = clients;
        this.length = length;
    }

    /** Returns when all are through, and have seen nothing that was not their own. */
    void run() throws Exception {
        long end = System.nanoTime() + length.toNanos();
        List<ChaosClient> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                ChaosClient client = new ChaosClient(proxy, i, new SplittableRandom(seed + i), end);
                all.add(client);
                running.add(threads.submit(client));
            }
            breakThings(end);
            for (Future<?> each : running) {
                try {
                    each.get(60, TimeUnit.SECONDS);
                } catch (Exception e) {
                    threads.shutdownNow();
                    throw new AssertionError("-Dsluice.chaos.seed=" + seed, e);
                }
            }
        }
        long answers = all.stream().mapToLong(ChaosClient::answers).sum();
        long values = all.stream().mapToLong(ChaosClient::values).sum();
        assertThat(answers).as("answers").isGreaterThan(clients * 10L);
        assertThat(values).as("answers with a tag").isGreaterThan(answers / 10);
    }

    private void breakThings(long end) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(~seed);
        while (System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(300, 900));
            switch (random.nextInt(4)) {
                case 0 -> backend.disconnectClients();
                case 1 -> {
                    backend.freeze();
                    try {
                        TimeUnit.MILLISECONDS.sleep(random.nextInt(100, 700));
                    } finally {
                        backend.thaw();
                    }
                }
                case 2 ->
                        proxy.onPools(pool -> {
                            pool.reconnect();
                            return 0;
                        });
                default -> {}
            }
        }
    }
}
