package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import io.sluice.config.Secret;
import io.sluice.guard.Refusal;
import io.sluice.net.ChannelFailures;
import io.sluice.net.Dialer;
import io.sluice.net.Listener;
import io.sluice.pool.Lane;
import io.sluice.pool.ServerConnection;
import io.sluice.resp.wire.BrokenProtocol;
import io.sluice.resp.wire.ReplyScanner;
import io.sluice.resp.wire.RespBytes;
import io.sluice.spi.Proxy;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Opens one server connection: connects, says HELLO with the RESP version and the credentials, and
 * selects the database; all in one piece, and the answers are read in order.
 *
 * <p><b>Threads:</b> confined to the pool's loop.
 */
final class RespOpening extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LogManager.getLogger(RespOpening.class);
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

    private final Proxy proxy;
    private final RespLanes lanes;
    private final RespConnection connection;
    private final ServerConnection.Opening opening;
    private final ScheduledFuture<?> timeout;
    private final ReplyScanner scanner = new ReplyScanner();
    private final ArrayDeque<Step> awaited = new ArrayDeque<>();
    private @Nullable Channel channel;
    private @Nullable SocketAddress address;
    private @Nullable ByteBuf carry;
    private int scanned;
    private @Nullable Greeting greeting;
    private boolean over;

    private RespOpening(
            Proxy proxy,
            RespLanes lanes,
            RespConnection connection,
            ServerConnection.Opening opening) {
        this.proxy = proxy;
        this.lanes = lanes;
        this.connection = connection;
        this.opening = opening;
        Duration limit = lanes.target().backend().connectTimeout();
        this.timeout =
                lanes.loop()
                        .executor()
                        .schedule(
                                () -> fail("no answer within " + limit.toMillis() + " ms", ""),
                                limit.toMillis(),
                                TimeUnit.MILLISECONDS);
    }

    /** Begins to open {@code connection}; {@code opening} hears how it ends. */
    static void begin(
            Proxy proxy,
            RespLanes lanes,
            RespConnection connection,
            ServerConnection.Opening opening) {
        RespOpening begun = new RespOpening(proxy, lanes, connection, opening);
        // Later, so that the pool has the connection in its books before it can fail.
        lanes.loop().execute(begun::dial);
    }

    private void dial() {
        proxy.dialer()
                .dial(
                        lanes.target().backend(),
                        lanes.loop(),
                        ChannelInboundHandlerAdapter::new,
                        new Dialer.Outcome() {
                            @Override
                            public void connected(Channel connected, SocketAddress to) {
                                onConnected(connected, to);
                            }

                            @Override
                            public void failed(String reason) {
                                fail(reason, "");
                            }
                        });
    }

    private void onConnected(Channel connected, SocketAddress to) {
        if (over || connection.isGone()) {
            connected.close();
            fail("closed while connecting", "");
            return;
        }
        channel = connected;
        address = to;
        connection.onOpening(connected);
        connected.pipeline().addLast("opening", this);
        greet(connected);
    }

    private void greet(Channel connected) {
        RespTarget target = lanes.target();
        Secret secret = target.secret();
        String version = Integer.toString(target.version().number());
        ByteBuf out = connected.alloc().buffer(512);
        awaited.add(Step.HELLO);
        if (secret == null) {
            RespBytes.command(out, "HELLO", version, "SETNAME", "sluice");
        } else {
            RespBytes.command(
                    out,
                    "HELLO",
                    version,
                    "AUTH",
                    target.user(),
                    secret.reveal(),
                    "SETNAME",
                    "sluice");
        }
        if (target.database() != 0) {
            awaited.add(Step.SELECT);
            RespBytes.command(out, "SELECT", Integer.toString(target.database()));
        }
        if (connection.pool().key().lane() == Lane.SHARED) {
            awaited.add(Step.NO_EVICT);
            RespBytes.command(out, "CLIENT", "NO-EVICT", "ON");
        }
        if (lanes.knowledge().isDue()) {
            awaited.add(Step.COMMAND);
            RespBytes.command(out, "COMMAND");
        }
        connected.writeAndFlush(out, connected.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf read = (ByteBuf) message;
        if (over) {
            read.release();
            return;
        }
        ByteBuf before = carry;
        carry =
                before == null
                        ? read
                        : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, read);
        try {
            while (!over && !awaited.isEmpty() && step(carry)) {
                // one answer after the other
            }
        } catch (BrokenProtocol e) {
            fail("it broke the protocol: " + e.getMessage(), "");
        }
        if (!over && awaited.isEmpty()) {
            open();
        }
    }

    private boolean step(ByteBuf in) {
        int from = in.readerIndex();
        int end = scanner.scan(in, from + scanned, in.writerIndex());
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
        return true;
    }

    private void onAnswer(Step step, byte type, ByteBuf answer) {
        boolean isError = type == '-';
        switch (step) {
            case HELLO -> {
                if (isError) {
                    failWith("login failed: ", answer);
                } else {
                    greeting = Greeting.read(answer);
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

    private void failWith(String what, ByteBuf error) {
        String text =
                error.toString(
                        error.readerIndex() + 1,
                        Math.max(0, error.readableBytes() - 3),
                        StandardCharsets.UTF_8);
        int space = text.indexOf(' ');
        fail(what + text, space < 0 ? text : text.substring(0, space));
    }

    private void open() {
        Channel opened = channel;
        ByteBuf rest = carry;
        Greeting greeted = greeting;
        if (opened == null || greeted == null) {
            fail("it did not greet", "");
            return;
        }
        over = true;
        timeout.cancel(false);
        carry = null;
        opened.pipeline().remove(this);
        lanes.knowledge().onGreeted(greeted.version());
        connection.onOpen(opened, greeted.id(), "");
        LOG.log(
                proxy.config().log().connections() ? Level.INFO : Level.DEBUG,
                "pool={} server={} opened: address={}",
                connection.pool().key(),
                greeted.id(),
                Listener.printable(address));
        boolean unasked = rest != null && rest.isReadable();
        if (rest != null) {
            rest.release();
        }
        opening.opened(connection);
        if (unasked) {
            connection.close("it sent more than it was asked for when it was opened");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail("it closed the connection during login", "");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(ChannelFailures.reason(connection.pool().key(), cause), "");
    }

    private void fail(String reason, String code) {
        if (over) {
            return;
        }
        over = true;
        timeout.cancel(false);
        ByteBuf rest = carry;
        if (rest != null) {
            carry = null;
            rest.release();
        }
        Channel open = channel;
        if (open != null) {
            open.close();
        }
        if (connection.isGone()) {
            opening.givenUp(connection);
            return;
        }
        opening.failed(
                connection,
                new Refusal.BackendUnavailable(
                        connection.pool().key().toString(),
                        reason,
                        code,
                        lanes.target().backend().loginRetry()));
    }
}
