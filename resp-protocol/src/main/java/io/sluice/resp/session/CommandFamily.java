package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.guard.OperationClass;
import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.command.CommandReplies;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.MalformedCommands;
import io.sluice.resp.wire.RespBytes;
import java.time.Duration;

/**
 * COMMAND and what it tells of commands: the server is asked, in the client's words, and what the
 * tenant may not use is left out of its answer. The session takes no further commands meanwhile.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class CommandFamily {
    private final RespSession session;
    private final LocalAnswers answers;

    CommandFamily(RespSession session, LocalAnswers answers) {
        this.session = session;
        this.answers = answers;
    }

    /** What is asked, which says what the answer looks like. */
    private enum Kind {
        ALL,
        COUNT,
        INFO,
        DOCS,
        LIST
    }

    /**
     * Deals with a whole command.
     *
     * @return whether it is done with; otherwise it is asked again
     */
    boolean run(Request request, CommandSpec spec) {
        return switch (spec.name()) {
            case "command" -> ask(request, Kind.ALL);
            case "command count" ->
                    request.count() == 2
                            ? ask(request, Kind.COUNT)
                            : answers.wrongArguments(request, spec);
            case "command info" -> ask(request, request.count() == 2 ? Kind.ALL : Kind.INFO);
            case "command docs" -> ask(request, Kind.DOCS);
            case "command list" -> ask(request, Kind.LIST);
            default -> throw new IllegalStateException(spec.name() + " has no answer");
        };
    }

    private boolean ask(Request request, Kind kind) {
        if (session.hasOpenSlots()) {
            return false;
        }
        RespConnection connection = (RespConnection) session.lanes().shared().pick();
        if (connection == null) {
            session.lanes().shared().await(session);
            return false;
        }
        session.hold();
        Asked asked = new Asked(kind);
        if (kind == Kind.COUNT) {
            connection.ask(asked, "COMMAND"); // its own count would be of all
        } else {
            connection.expect(asked);
            ByteBuf in = request.buffer();
            connection
                    .writer()
                    .room(request.size())
                    .writeBytes(in, in.readerIndex(), request.size());
        }
        return true;
    }

    private final class Asked extends Question {
        private final Kind kind;
        private final long askedAt = session.loop().now();
        private boolean over;

        Asked(Kind kind) {
            this.kind = kind;
        }

        @Override
        void onAnswer(byte type, byte[] reply, int length) {
            if (over || session.isOver()) {
                return;
            }
            over = true;
            if (type == '-') {
                answers.end(answers.begin(length).writeBytes(reply, 0, length));
            } else {
                answer(Unpooled.wrappedBuffer(reply, 0, length));
            }
            session.resume(); // which does nothing for who is over by now
        }

        private void answer(ByteBuf reply) {
            try {
                ByteBuf answer = filtered(reply);
                session.client().onCommand();
                session.answer(answer);
            } catch (MalformedCommands e) {
                answers.error("ERR sluice: " + e.getMessage());
            } catch (RuntimeException e) {
                session.ending().onFault(e); // else it would wait for ever
            }
        }

        private ByteBuf filtered(ByteBuf reply) {
            var replies =
                    new CommandReplies(
                            session.channel().alloc(),
                            session.client().version(),
                            reply,
                            CommandFamily.this::isAllowed);
            return switch (kind) {
                case ALL -> replies.infos(false);
                case INFO -> replies.infos(true);
                case DOCS -> replies.docs();
                case LIST -> replies.names();
                case COUNT -> {
                    ByteBuf count = session.channel().alloc().buffer(24);
                    RespBytes.integer(count, replies.count());
                    yield count;
                }
            };
        }

        @Override
        void onNoAnswer(String reason) {
            fail(Words.lost(reason));
        }

        @Override
        public void onSlotSweep(long now) {
            long limit = session.lanes().limit(OperationClass.COMPLEX_READ);
            if (limit > 0 && now - askedAt >= limit) {
                fail(Words.timedOut(Duration.ofNanos(limit)));
            }
        }

        private void fail(String text) {
            if (!over && !session.isOver()) {
                over = true;
                answers.error(text);
                session.resume();
            }
        }
    }

    /** Whether a client may hear of a command: it may use it, or a subcommand of it. */
    private boolean isAllowed(String name) {
        BackendCommands backend = session.lanes().commands();
        CommandSpec spec = backend.named(name);
        if (spec == null) {
            return false;
        }
        return isUsable(spec)
                && (!spec.isContainer()
                        || backend.subcommands(spec).stream().anyMatch(this::isUsable));
    }

    private boolean isUsable(CommandSpec spec) {
        return !spec.isRefusedAsUnknown() && session.policy().refusal(spec) == null;
    }
}
