package io.sluice.tenant.credential;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Brings what was derived elsewhere back to the loop that owns the login. */
public final class OnLoop {
    private OnLoop() {}

    /**
     * Returns the step that follows: at once if the value is there, else completed on {@code loop}.
     *
     * @param failed gets a reason for the log, without secrets
     */
    public static <T, S> CompletionStage<S> then(
            CompletableFuture<T> value,
            Executor loop,
            Function<T, S> succeeded,
            Function<String, S> failed) {
        return value.isDone()
                ? value.handle((it, failure) -> step(it, failure, succeeded, failed))
                : value.handleAsync((it, failure) -> step(it, failure, succeeded, failed), loop);
    }

    private static <T, S> S step(
            T value,
            @Nullable Throwable failure,
            Function<T, S> succeeded,
            Function<String, S> failed) {
        return failure == null ? succeeded.apply(value) : failed.apply(reason(failure));
    }

    private static String reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        return cause instanceof DerivationRefused
                ? String.valueOf(cause.getMessage())
                : "key derivation failed: " + cause.getClass().getName(); // its text is not ours
    }
}
