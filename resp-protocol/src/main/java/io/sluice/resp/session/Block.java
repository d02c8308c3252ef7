package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.tenancy.Names;
import io.sluice.resp.tenancy.QueuedReplies;
import io.sluice.resp.wire.BrokenProtocol;
import io.sluice.resp.wire.RequestScanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rest of a MULTI block that is all in the input: what is queued, and EXEC. Such a block goes
 * to a shared connection in one piece, since nothing can come between.
 *
 * @param bytes of it, behind MULTI
 * @param commands of it, EXEC included
 * @param errors for each but EXEC, in order: what it is answered with and the block is not done;
 *     null where it could be queued
 */
record Block(int bytes, int commands, List<@Nullable String> errors) {
    private static final int MOST_COMMANDS = 500;

    /**
     * Looks for it behind {@code multi}.
     *
     * @return null if it is not all there, or takes a connection of its own for another reason
     */
    static @Nullable Block ahead(RespSession session, Request multi) {
        if (multi.scanner().isInline()) {
            return null;
        }
        try {
            return read(session, multi);
        } catch (BrokenProtocol e) {
            return null; // and is told in its turn
        }
    }

    private static @Nullable Block read(RespSession session, Request multi) {
        ByteBuf in = multi.buffer();
        int start = multi.size();
        ByteBuf rest = in.slice(in.readerIndex() + start, in.readableBytes() - start); // borrowed
        RequestScanner scanner = session.home().scannerAhead();
        BackendCommands backend = session.lanes().commands();
        List<@Nullable String> errors = new ArrayList<>();
        while (errors.size() < MOST_COMMANDS
                && rest.readerIndex() < RespConnection.WHOLE_BYTES - start
                && scanner.scan(rest, session.requestLimits())) {
            if (scanner.isInline()) {
                break;
            }
            Request command = session.home().ahead().set(rest, scanner);
            CommandSpec spec = backend.find(command);
            String error = error(session, backend, spec, command);
            rest.skipBytes(scanner.consumed());
            scanner.reset();
            if (spec != null && spec.name().equals("exec")) {
                return error != null || rest.readerIndex() > RespConnection.WHOLE_BYTES - start
                        ? null
                        : new Block(rest.readerIndex(), errors.size() + 1, errors);
            }
            if (spec != null && (endsOtherwise(spec.name()) || isForServer(spec, backend))) {
                break;
            }
            errors.add(error);
        }
        return null;
    }

    private static boolean endsOtherwise(String name) {
        return switch (name) {
            case "discard", "reset", "quit", "host:", "post", "multi", "watch" -> true;
            default -> false;
        };
    }

    /** What the server may not have: that it says itself. */
    private static boolean isForServer(CommandSpec spec, BackendCommands backend) {
        return !Commands.isNotQueued(spec) && !backend.has(spec);
    }

    private static @Nullable String error(
            RespSession session,
            BackendCommands backend,
            @Nullable CommandSpec spec,
            Request command) {
        if (spec == null) {
            return backend.errors().unknownCommand(command);
        }
        String refused = Commands.refused(session, spec, command, backend);
        return refused == null && Commands.isNotQueued(spec)
                ? Commands.notQueued(spec, command, backend)
                : refused;
    }

    /**
     * Sends all of it, MULTI first, to {@code connection}.
     *
     * @param operation whose replies these will be
     */
    void send(
            RespSession session,
            RespConnection connection,
            Request multi,
            RespOperation operation) {
        Names names = session.lanes().names();
        ByteBuf in = multi.buffer();
        int size = multi.size() + bytes;
        if (names.isPlain()) {
            connection.writer().room(size).writeBytes(in, in.readerIndex(), size);
            return;
        }
        ByteBuf all = in.slice(in.readerIndex(), size); // borrowed
        RequestScanner scanner = session.home().scannerAhead();
        QueuedReplies queued = new QueuedReplies();
        for (int i = 0; i <= commands; i++) {
            scanner.scan(all, session.requestLimits());
            Request command = session.home().ahead().set(all, scanner);
            CommandSpec spec =
                    Objects.requireNonNull(session.lanes().commands().find(command), "was known");
            Commands.copy(session, connection, spec, command);
            if (i > 0 && i < commands) {
                queued.add(names.inReplies(spec));
            }
            all.skipBytes(scanner.consumed());
            scanner.reset();
        }
        if (names.arePrefixed()) {
            operation.setRewriting(names, PrefixUse.BLOCK, queued);
        }
    }

    boolean isRefused() {
        return errors.stream().anyMatch(error -> error != null);
    }

    /** Answers as Redis does when a command could not be queued; MULTI is answered already. */
    void answerAborted(RespSession session) {
        for (String error : errors) {
            session.client().onCommand();
            if (error == null) {
                session.answerQueued();
            } else {
                session.answerError(error);
            }
        }
        session.client().onCommand();
        session.answerError(Commands.ABORTED);
    }
}
