package io.sluice.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.sluice.guard.Refusal;
import io.sluice.net.ChannelFailures;
import io.sluice.net.Dialer;
import io.sluice.net.Listener;
import io.sluice.net.ServerTls;
import io.sluice.net.TlsContexts;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Opens one server connection: connects, brings up TLS, and has its protocol log in; extended by
 * each. Handler of the channel until then; ends in one word to the connection's {@link
 * ServerConnection.Opening}, at the latest after the backend's connect timeout.
 *
 * <p><b>Threads:</b> confined to the pool's loop.
 */
public abstract class Startup extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LogManager.getLogger(Startup.class);

    private final ProtocolPool protocolPool;
    private final ChannelConnection connection;
    private final ServerConnection.Opening opening;
    private final ScheduledFuture<?> timeout;
    private @Nullable SocketAddress address;
    private @Nullable Channel channel;
    private @Nullable ByteBuf carry;

    /** A handshake is under way, which a server without TLS may take for part of a request. */
    private boolean securing;

    /** It is logged in; what has come behind that is looked at yet. */
    private boolean ready;

    private boolean over;

    /** The time allowed for it runs from here on. */
    protected Startup(
            ProtocolPool protocolPool,
            ChannelConnection connection,
            ServerConnection.Opening opening) {
        this.protocolPool = protocolPool;
        this.connection = connection;
        this.opening = opening;
        Duration limit = protocolPool.backend().connectTimeout();
        this.timeout =
                protocolPool
                        .loop()
                        .executor()
                        .schedule(() -> onTimeout(limit), limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Begins; returns before anything can have failed. */
    public final void begin() {
        // Later, so that the pool has the connection in its books before it can fail.
        protocolPool.loop().execute(this::dial);
    }

    // ---- what a protocol says

    /**
     * Brings up TLS, if it is wanted: by a handshake at once, where it is insisted on. A protocol
     * in which the server can be asked for it, and can decline, does so instead.
     *
     * @param ready run when what is sent next is as protected as it is going to be
     * @param failed told why it cannot be
     */
    protected void secure(
            Channel connected, SocketAddress to, Runnable ready, Consumer<String> failed) {
        ServerTls tls = ServerTls.wanted(protocolPool.backend(), to, protocolPool.proxy().tls());
        if (tls == null || tls.isOptional()) {
            ready.run();
        } else {
            securing = true;
            tls.handshake(
                    connected,
                    () -> {
                        securing = false;
                        ready.run();
                    },
                    failed);
        }
    }

    /** Sends the first words to the server. */
    protected abstract void logIn();

    /**
     * Reads what the server has sent so far, or the next part of it.
     *
     * @param in borrowed. What is left unread comes again, with more behind it
     * @return whether something was taken, so that there may be more to read at once
     */
    protected abstract boolean read(ByteBuf in);

    /**
     * The connection is logged in and has the channel from here on: tells it so, with what the
     * server has told of itself, and puts the handler into the channel's pipeline that reads from
     * now on.
     */
    protected abstract void onOpen(Channel open, SocketAddress to, String tls);

    // ---- what a protocol needs

    /** Only once it is connected. */
    protected final Channel channel() {
        return Objects.requireNonNull(channel, "not connected");
    }

    /** Whether its end was told: what comes from elsewhere after that is of no use. */
    protected final boolean isOver() {
        return over;
    }

    /** The server has let the proxy in: the connection is opened once all that has come is read. */
    protected final void ready() {
        ready = true;
    }

    protected final boolean isReady() {
        return ready;
    }

    /**
     * Gives up; nothing, if that was decided before.
     *
     * @param reason for people
     * @param code the server's own, "" if it gave none
     */
    protected final void fail(String reason, String code) {
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
                        protocolPool.backend().loginRetry()));
    }

    // ---- its course

    private void dial() {
        protocolPool
                .proxy()
                .dialer()
                .dial(
                        protocolPool.backend(),
                        protocolPool.loop(),
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
        connection.onConnected(connected);
        connected.pipeline().addLast("startup", this);
        secure(connected, to, this::logIn, reason -> fail(reason, ""));
    }

    private void onTimeout(Duration limit) {
        fail(
                "%sno answer within %d ms"
                        .formatted(securing ? "TLS failed: " : "", limit.toMillis()),
                "");
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        ByteBuf before = carry;
        if (before != null) {
            carry = null;
            ByteBuf both = ctx.alloc().buffer(before.readableBytes() + in.readableBytes());
            both.writeBytes(before).writeBytes(in);
            before.release();
            in.release();
            in = both;
        }
        try {
            while (!over && read(in)) {
                // one message after the other
            }
        } catch (RuntimeException e) {
            in.release();
            throw e; // reaches exceptionCaught
        }
        if (ready && !over) {
            open(in);
        } else if (over || !in.isReadable()) {
            in.release();
        } else {
            carry = in;
        }
    }

    /**
     * Hands the connection over.
     *
     * @param rest the beginning of something, if anything; becomes the next handler's
     */
    private void open(ByteBuf rest) {
        over = true;
        timeout.cancel(false);
        Channel open = channel();
        SocketAddress to = Objects.requireNonNull(address);
        open.pipeline().remove(this);
        onOpen(open, to, TlsContexts.words(open));
        LOG.log(
                protocolPool.proxy().config().log().connections() ? Level.INFO : Level.DEBUG,
                "pool={} server={} opened: address={} tls={}",
                connection.pool().key(),
                connection.serverId(),
                Listener.printable(to),
                connection.usesTls() ? connection.tls() : "off");
        opening.opened(connection);
        if (rest.isReadable() && !connection.isGone()) {
            TlsContexts.feed(open, rest);
        } else {
            rest.release();
        }
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) {
        fail("it closed the connection during login", "");
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(ChannelFailures.reason(connection.pool().key(), cause), "");
    }
}
