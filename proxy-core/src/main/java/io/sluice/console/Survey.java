package io.sluice.console;

import io.sluice.net.Loop;
import io.sluice.net.Loops;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Asks every loop for what only it may look at.
 *
 * <p>A loop lists its things in one task and turns them into rows in slices of {@link #SLICE}, each
 * a task of its own, so that traffic goes on in between. A loop that lets a task wait longer than
 * the patience is named as silent and no longer waited for.
 *
 * <p><b>Threads:</b> any may ask; lists and rows are made on the loops, answers are put together on
 * the given executor.
 */
public final class Survey {
    /** Rows that one task on a loop makes at most. */
    public static final int SLICE = 1000;

    private final Loops loops;
    private final Executor executor;
    private final Duration patience;

    public Survey(Loops loops, Executor executor, Duration patience) {
        this.loops = loops;
        this.executor = executor;
        this.patience = patience;
    }

    /**
     * What was found.
     *
     * @param rows loop by loop, in the order of the loops
     * @param silent loops that did not answer; what is theirs is missing, or missing in part
     */
    public record Found<R>(List<R> rows, List<Loop> silent) {

        /** For a person: that rows are missing; empty if none are. */
        public List<String> notices() {
            return silent.stream()
                    .map(loop ->
                            "%s does not answer: what is at home there is missing".formatted(loop))
                    .toList();
        }
    }

    /** One piece of a loop's answer; {@code next} is where the following one begins. */
    private record Slice<R>(List<R> rows, int next, boolean more) {}

    /**
     * Asks all loops.
     *
     * @param lists what a loop has, as a list that later changes there do not touch; on that loop
     * @param toRows adds what is to be told of one of them, if anything; on that loop
     * @return fails only if one of the functions does
     */
    public <T, R> CompletableFuture<Found<R>> ask(
            Function<Loop, List<T>> lists, RowMaker<T, R> toRows) {
        List<CompletableFuture<Found<R>>> parts = new ArrayList<>();
        for (Loop loop : loops) {
            parts.add(new Conversation<>(loop, lists, toRows).begin());
        }
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenApplyAsync(_ -> joined(parts), executor);
    }

    /** Asks every loop for one thing. */
    public <R> CompletableFuture<Found<R>> askOne(Function<Loop, R> question) {
        return ask(loop -> List.of(question.apply(loop)), (answer, rows) -> rows.add(answer));
    }

    /** Turns a thing of a loop into any number of rows. */
    @FunctionalInterface
    public interface RowMaker<T, R> {
        void add(T thing, List<R> rows);
    }

    private static <R> Found<R> joined(List<CompletableFuture<Found<R>>> parts) {
        List<R> rows = new ArrayList<>();
        List<Loop> silent = new ArrayList<>();
        for (CompletableFuture<Found<R>> part : parts) {
            rows.addAll(part.join().rows());
            silent.addAll(part.join().silent());
        }
        return new Found<>(rows, silent);
    }

    /** One loop and what it has told so far. */
    private final class Conversation<T, R> {
        private final Loop loop;
        private final Function<Loop, List<T>> lists;
        private final RowMaker<T, R> toRows;
        private final List<R> heard = new ArrayList<>();

        Conversation(Loop loop, Function<Loop, List<T>> lists, RowMaker<T, R> toRows) {
            this.loop = loop;
            this.lists = lists;
            this.toRows = toRows;
        }

        CompletableFuture<Found<R>> begin() {
            return onLoop(() -> lists.apply(loop))
                    .thenComposeAsync(
                            list -> list.isEmpty() ? ended(true) : follow(list.getFirst(), 0),
                            executor);
        }

        private CompletableFuture<Found<R>> follow(List<T> list, int from) {
            return onLoop(() -> slice(list, from))
                    .thenComposeAsync(
                            answer -> {
                                if (answer.isEmpty()) {
                                    return ended(true);
                                }
                                Slice<R> slice = answer.getFirst();
                                heard.addAll(slice.rows());
                                return slice.more() ? follow(list, slice.next()) : ended(false);
                            },
                            executor);
        }

        private Slice<R> slice(List<T> list, int from) {
            List<R> rows = new ArrayList<>();
            int next = from;
            while (next < list.size() && next - from < SLICE) {
                toRows.add(list.get(next++), rows);
            }
            return new Slice<>(rows, next, next < list.size());
        }

        private CompletableFuture<Found<R>> ended(boolean silent) {
            return CompletableFuture.completedFuture(
                    new Found<>(heard, silent ? List.of(loop) : List.of()));
        }

        /** Runs {@code task} on the loop; its answer as the only element, none if it was silent. */
        private <A> CompletableFuture<List<A>> onLoop(Supplier<A> task) {
            CompletableFuture<List<A>> answer = new CompletableFuture<>();
            try {
                loop.execute(() -> {
                    if (answer.isDone()) {
                        return; // nobody waits any more
                    }
                    try {
                        answer.complete(List.of(task.get()));
                    } catch (RuntimeException | Error e) {
                        answer.completeExceptionally(e);
                    }
                });
            } catch (RejectedExecutionException _) { // the loop has ended and says no more
                answer.complete(List.of());
            }
            return answer.completeOnTimeout(List.of(), patience.toNanos(), TimeUnit.NANOSECONDS);
        }
    }
}
