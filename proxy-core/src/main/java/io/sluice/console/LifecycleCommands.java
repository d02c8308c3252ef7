package io.sluice.console;

import io.sluice.console.Command.Argument;
import io.sluice.spi.Lifecycle;
import io.sluice.spi.Lifecycle.Shutdown;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Commands for the process as a whole: RELOAD, SHUTDOWN. */
final class LifecycleCommands {
    private final Lifecycle lifecycle;

    LifecycleCommands(Lifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    List<Command> commands() {
        return List.of(
                Command.order("RELOAD", Argument.NONE, "RELOAD", _ -> reload()),
                Command.order(
                        "SHUTDOWN",
                        Argument.OPTIONAL,
                        "SHUTDOWN [WAIT_FOR_SERVERS|WAIT_FOR_CLIENTS|DRAIN]",
                        this::shutdown));
    }

    private CompletableFuture<Reply> reload() {
        return lifecycle
                .reload()
                .toCompletableFuture()
                .thenApply(reload -> {
                    String remarks = String.join("\n", reload.remarks());
                    if (!reload.inForce()) {
                        return new Reply.Failure(
                                Reply.Failure.Kind.BAD_CONFIGURATION, "RELOAD failed: " + remarks);
                    }
                    return remarks.isEmpty()
                            ? new Reply.Done("RELOAD")
                            : new Reply.Notice("reloaded, but", remarks, "RELOAD");
                });
    }

    private CompletableFuture<Reply> shutdown(@Nullable String argument) {
        Shutdown how =
                argument == null
                        ? Shutdown.NOW
                        : switch (argument.toUpperCase(Locale.ROOT)) {
                            case "WAIT_FOR_SERVERS" -> Shutdown.WAIT_FOR_SERVERS;
                            case "WAIT_FOR_CLIENTS" -> Shutdown.WAIT_FOR_CLIENTS;
                            case "DRAIN" -> Shutdown.DRAIN;
                            default -> null;
                        };
        if (how == null) {
            return Command.now(
                    Command.failure(
                            "SHUTDOWN may be followed by WAIT_FOR_SERVERS, WAIT_FOR_CLIENTS or"
                                    + " DRAIN"));
        }
        lifecycle.shutdown(how);
        return Command.now(new Reply.Done("SHUTDOWN"));
    }
}
