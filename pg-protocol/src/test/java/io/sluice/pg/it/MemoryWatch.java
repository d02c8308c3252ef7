package io.sluice.pg.it;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The most memory that a Sluice takes from when this is made until it is stopped. */
final class MemoryWatch {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final URI metrics;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor();
    private final Future<Memory> most;

    /**
     * Memory of a Sluice as its metrics tell it, in bytes.
     *
     * @param heap that is used, garbage included
     * @param direct that is allocated for buffers, by the JVM's count or that of Netty's allocator,
     *     whichever is more
     * @param resident of the whole process
     */
    record Memory(long heap, long direct, long resident) {
        static Memory in(String page) {
            long heap = sum(page, "jvm_memory_used_bytes{", "area=\"heap\"");
            long counted = sum(page, "jvm_buffer_memory_used_bytes{", "id=\"direct\"");
            long allocator = sum(page, "netty_allocator_memory_used", "memory_type=\"direct\"");
            long resident = sum(page, "process_resident_memory_bytes", "");
            return new Memory(heap, Math.max(counted, allocator), resident);
        }

        private static long sum(String page, String name, String label) {
            return (long)
                    page.lines()
                            .filter(line -> line.startsWith(name) && line.contains(label))
                            .mapToDouble(line ->
                                    Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                            .sum();
        }

        Memory orMore(Memory other) {
            return new Memory(
                    Math.max(heap, other.heap),
                    Math.max(direct, other.direct),
                    Math.max(resident, other.resident));
        }
    }

    /** Watches from now on what the page of metrics at that port tells. */
    MemoryWatch(int httpPort) {
        this.metrics = URI.create("http://127.0.0.1:%d/metrics".formatted(httpPort));
        this.most = thread.submit(this::watch);
    }

    private Memory watch() throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            Memory seen = new Memory(0, 0, 0);
            do {
                String page =
                        client.send(
                                        HttpRequest.newBuilder(metrics).timeout(PATIENCE).build(),
                                        BodyHandlers.ofString())
                                .body();
                seen = seen.orMore(Memory.in(page));
            } while (!stopped.await(50, TimeUnit.MILLISECONDS));
            return seen;
        }
    }

    /** Stops; the most of each kind of memory that was seen. */
    Memory stop() throws InterruptedException, ExecutionException {
        stopped.countDown();
        try (thread) {
            return most.get();
        }
    }
}
