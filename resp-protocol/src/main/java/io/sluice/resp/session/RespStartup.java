package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.config.Secret;
import io.sluice.pool.Lane;
import io.sluice.pool.ServerConnection;
import io.sluice.pool.Startup;
import io.sluice.resp.command.MalformedCommands;
import io.sluice.resp.wire.BrokenProtocol;
import io.sluice.resp.wire.ReplyScanner;
import io.sluice.resp.wire.RespBytes;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Opens one server connection: says HELLO with the RESP version and the credentials, selects the
 * database, and asks for the server's commands where they are not known; all in one piece, and the
 * answers are read in order.
 *
 * <p><b>Threads:</b> confined to the pool's loop.
 */
final class RespStartup extends Startup {
    private static final int MAX_BYTES = 16 << 20;

    /** What is asked, and what becomes of an error. */
    private enum Step {
        HELLO,
        SELECT,
        /** A favour: where the user may not, it is done without. */
        NO_EVICT,
        /** What commands the server has; a user who may not ask has those that Sluice ships. */
        COMMAND
    }

    private final RespLanes lanes;
    private final RespConnection connection;
    private final ReplyScanner scanner = new ReplyScanner();
    private final ArrayDeque<Step> awaited = new ArrayDeque<>();
    private int scanned;
    private @Nullable Greeting greeting;

    RespStartup(RespLanes lanes, RespConnection connection, ServerConnection.Opening opening) {
        super(lanes, connection, opening);
        this.lanes = lanes;
        this.connection = connection;
    }

    @Override
    protected void logIn() {
        Secret secret = lanes.serverSecret();
        String version = Integer.toString(lanes.version().number());
        ByteBuf out = channel().alloc().buffer(512);
        awaited.add(Step.HELLO);
        if (secret == null) {
            RespBytes.command(out, "HELLO", version, "SETNAME", "sluice");
        } else {
            RespBytes.command(
                    out,
                    "HELLO",
                    version,
                    "AUTH",
                    lanes.serverUser(),
                    secret.reveal(),
                    "SETNAME",
                    "sluice");
        }
        if (lanes.serverNumber() != 0) {
            awaited.add(Step.SELECT);
            RespBytes.command(out, "SELECT", Integer.toString(lanes.serverNumber()));
        }
        if (connection.pool().key().lane() == Lane.SHARED) {
            awaited.add(Step.NO_EVICT);
            RespBytes.command(out, "CLIENT", "NO-EVICT", "ON");
        }
        if (lanes.knowledge().isDue()) {
            awaited.add(Step.COMMAND);
            RespBytes.command(out, "COMMAND");
        }
        channel().writeAndFlush(out, channel().voidPromise());
    }

    @Override
    protected boolean read(ByteBuf in) {
        if (isReady() || awaited.isEmpty()) {
            return false;
        }
        int from = in.readerIndex();
        int end;
        try {
            end = scanner.scan(in, from + scanned, in.writerIndex());
        } catch (BrokenProtocol e) {
            fail("it broke the protocol: " + e.getMessage(), "");
            return false;
        }
        if (end < 0) {
            scanned = in.readableBytes();
            if (scanned > MAX_BYTES) {
                fail("it answered with more than %d bytes".formatted(MAX_BYTES), "");
            }
            return false;
        }
        scanned = 0;
        onAnswer(awaited.remove(), scanner.type(), in.slice(from, end - from));
        in.readerIndex(end);
        if (!isOver() && awaited.isEmpty()) {
            if (greeting == null) {
                fail("it did not greet", "");
            } else {
                ready();
            }
        }
        return true;
    }

    private void onAnswer(Step step, byte type, ByteBuf answer) {
        boolean isError = type == '-';
        switch (step) {
            case HELLO -> {
                if (isError) {
                    failWith("login failed: ", answer);
                } else {
                    readGreeting(answer);
                }
            }
            case SELECT -> {
                if (isError) {
                    failWith("SELECT failed: ", answer);
                }
            }
            case NO_EVICT -> {}
            case COMMAND -> {
                if (isError) {
                    lanes.knowledge().onNotTold();
                } else {
                    lanes.knowledge().onCommands(answer);
                }
            }
        }
    }

    private void readGreeting(ByteBuf answer) {
        try {
            greeting = Greeting.read(answer);
        } catch (MalformedCommands e) {
            fail("its answer to HELLO cannot be read: " + e.getMessage(), "");
        }
    }

    private void failWith(String what, ByteBuf error) {
        String text =
                error.toString(
                        error.readerIndex() + 1,
                        Math.max(0, error.readableBytes() - 3),
                        StandardCharsets.UTF_8);
        int space = text.indexOf(' ');
        fail(what + text, space < 0 ? text : text.substring(0, space));
    }

    @Override
    protected void onOpen(Channel open, SocketAddress to, String tls) {
        Greeting greeted = greeting;
        if (greeted == null) {
            throw new IllegalStateException("open without a greeting");
        }
        lanes.knowledge().onGreeted(greeted);
        connection.onOpen(open, to, greeted.id(), tls);
    }
}
