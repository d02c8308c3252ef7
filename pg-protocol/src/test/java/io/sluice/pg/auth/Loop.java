package io.sluice.pg.auth;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The test's own thread as an event loop: what is given to it runs when {@link #await} is called.
 */
final class Loop implements Executor {
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    /** Runs what arrives until {@code stage} is complete, and returns its value. */
    <T> T await(CompletionStage<T> stage) {
        var future = stage.toCompletableFuture();
        while (!future.isDone()) {
            try {
                Runnable task = tasks.poll(30, TimeUnit.SECONDS);
                if (task == null) {
                    throw new AssertionError("nothing came to the loop for 30 s");
                }
                task.run();
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
        return future.join();
    }
}
