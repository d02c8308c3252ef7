package io.sluice.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.spi.Demonstration.Ports;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A demo of a test, on free ports, and what it has printed. */
final class ShownDemo implements AutoCloseable {
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final CompletableFuture<Void> interrupted = new CompletableFuture<>();
    private final CompletableFuture<Void> ended;

    /** Starts one; returns when it has told everything. */
    ShownDemo(@Nullable String home) {
        ended =
                CompletableFuture.runAsync(
                        () -> run(home), task -> Thread.ofPlatform().name("demo").start(task));
        await().atMost(Duration.ofSeconds(90))
                .until(() -> ended.isDone() || text.toString(UTF_8).contains("Ctrl-C"));
        if (ended.isDone()) {
            ended.join(); // and tell why
        }
    }

    static Ports ports(int postgres, int redis) {
        return new Ports(Map.of("postgres", postgres, "redis", redis), 0);
    }

    private void run(@Nullable String home) {
        try {
            new Demo(home).run(ports(0, 0), new PrintStream(text, true, UTF_8), interrupted);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> lines() {
        return text.toString(UTF_8).lines().toList();
    }

    /** The connection string of the tenant acme at PostgreSQL. */
    String acme() {
        return lines().get(1);
    }

    /** The commands to try. */
    List<String> commands() {
        List<String> commands =
                lines().stream().filter(line -> line.startsWith("  ")).map(String::strip).toList();
        assertThat(commands).hasSize(4);
        return commands;
    }

    /** Interrupts it, as Ctrl-C does; returns when it has ended. */
    @Override
    public void close() {
        interrupted.complete(null);
        ended.join();
    }
}
