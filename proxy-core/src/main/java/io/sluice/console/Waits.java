package io.sluice.console;

import io.sluice.console.Survey.Found;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Commands that are answered only when something has become so: looks again and again. */
final class Waits {
    private final ScheduledExecutorService executor;
    private final Duration interval;

    Waits(ScheduledExecutorService executor, Duration interval) {
        this.executor = executor;
        this.interval = interval;
    }

    /**
     * Answers with {@code tag} once every loop counts zero; a silent loop counts as not yet. Cancel
     * what is returned to end the waiting.
     *
     * @param wanted asked before each look; once it is false, the answer is a failure
     */
    CompletableFuture<Reply> until(
            String tag,
            BooleanSupplier wanted,
            Supplier<CompletableFuture<Found<Integer>>> remaining) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        look(tag, wanted, remaining, reply);
        return reply;
    }

    private void look(
            String tag,
            BooleanSupplier wanted,
            Supplier<CompletableFuture<Found<Integer>>> remaining,
            CompletableFuture<Reply> reply) {
        if (reply.isDone()) {
            return;
        }
        if (!wanted.getAsBoolean()) {
            reply.complete(Command.failure(tag + " was taken back before it was through"));
            return;
        }
        remaining
                .get()
                .whenCompleteAsync(
                        (found, failure) -> {
                            if (failure != null) {
                                reply.completeExceptionally(failure);
                            } else if (found.silent().isEmpty()
                                    && found.rows().stream().allMatch(count -> count == 0)) {
                                reply.complete(new Reply.Done(tag));
                            } else {
                                executor.schedule(
                                        () -> look(tag, wanted, remaining, reply),
                                        interval.toNanos(),
                                        TimeUnit.NANOSECONDS);
                            }
                        },
                        executor);
    }
}
