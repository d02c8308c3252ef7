package io.sluice.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.sluice.config.ListenerConfig;
import io.sluice.net.ChannelFailures;
import io.sluice.net.ClientTls;
import io.sluice.net.Clock;
import io.sluice.net.Listener;
import io.sluice.net.TlsContexts;
import io.sluice.spi.Proxy;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The first words with a client, up to its being let in or sent away; extended by each protocol,
 * which reads them. Handler of the client's channel until then.
 *
 * <pre>
 *   TALKING ── {@link #beginTls}, {@link #tlsBegins} ──▶ SECURING ── handshake ──▶ TALKING
 *   TALKING ── {@link #handOver} ──▶ OVER (somebody else has the channel)
 *   any ── {@link #refuse}, {@link #hangUp}, the client goes, login timeout ──▶ OVER
 * </pre>
 *
 * <p>While it lasts the client is counted as one that has not logged in, and is known to {@link
 * Logins}. Nothing may be allocated from a length that it merely claims, and bytes that come before
 * TLS is up end the connection.
 *
 * <p><b>Threads:</b> confined to the loop that accepted the channel.
 */
public abstract class Arrival extends ChannelInboundHandlerAdapter implements Logins.Login {
    private static final Logger LOG = LogManager.getLogger(Arrival.class);

    private enum State {
        TALKING,
        SECURING,
        OVER
    }

    private final Proxy proxy;
    private final ListenerConfig listener;
    private final Channel channel;
    private final Clock clock;

    /** Asked while it is there: who has vanished has no address on every transport. */
    private final @Nullable SocketAddress client;

    private final long began;
    private final Logins logins;
    private final ClientTls tls;
    private State state = State.TALKING;
    private boolean counted;
    private @Nullable ByteBuf input;

    /**
     * @param listener where the client came in
     * @param clock the loop's
     * @param logins the loop's
     */
    protected Arrival(
            Proxy proxy, ListenerConfig listener, Channel channel, Clock clock, Logins logins) {
        this.proxy = proxy;
        this.listener = listener;
        this.channel = channel;
        this.client = channel.remoteAddress();
        this.clock = clock;
        this.began = clock.nanos();
        this.logins = logins;
        this.tls = new ClientTls(proxy.tls(), listener, channel);
    }

    // ---- what a protocol says

    /**
     * Reads what has come so far, or the next part of it.
     *
     * @param in readable; borrowed. What is left unread comes again, with more behind it
     * @return whether something was taken, so that there may be more to read at once
     */
    protected abstract boolean read(ByteBuf in);

    /** How a client is told that it is not let in. */
    protected abstract LastWords words(NotLetIn why);

    // ---- what a protocol needs

    protected final Proxy proxy() {
        return proxy;
    }

    protected final ListenerConfig listener() {
        return listener;
    }

    /** Where the client comes from, also when it has gone; null if it cannot be told. */
    protected final @Nullable SocketAddress client() {
        return client;
    }

    public final ClientTls tls() {
        return tls;
    }

    @Override
    public final Channel channel() {
        return channel;
    }

    @Override
    public final long began() {
        return began;
    }

    public final boolean isOver() {
        return state == State.OVER;
    }

    /** Whether the client must use TLS here and does not; local ones need not. */
    protected final boolean lacksTls() {
        return listener.tlsRequired()
                && !tls.isSecured()
                && !(listener.address() instanceof DomainSocketAddress);
    }

    /**
     * Reads what has come and was left unread, as long as something of it is taken: for a protocol
     * that waited for something else than bytes. Not to be called from within {@link #read}.
     */
    protected final void readOn() {
        boolean more = true;
        while (more && input != null && input.isReadable()) {
            more = step(input);
        }
        ByteBuf rest = input;
        if (rest != null && !rest.isReadable()) {
            rest.release();
            input = null;
        }
    }

    // ---- TLS

    /**
     * Looks whether TLS begins here without having been asked for; it is then seen to, or the
     * client sent away if none is offered. To be called only where that may be: with the first
     * bytes of all, unless TLS was asked for.
     *
     * @param in what {@link #read} was given: no longer the caller's if this returns true, which is
     *     then to return false
     * @param needsAlpn whether the client has to name the protocol that it means to speak
     */
    protected final boolean tlsBegins(ByteBuf in, boolean needsAlpn) {
        if (!ClientTls.beginsWith(in)) {
            return false;
        }
        if (!tls.isOffered()) {
            hangUp("TLS from the first byte on, which is not offered here");
            return true;
        }
        tls.onAskedFor();
        state = State.SECURING;
        input = null;
        SslHandler handler = tls.begin(needsAlpn, this::onHandshake);
        // What has come is the handshake's: it passes through the new handler.
        channel.pipeline().context(handler).fireChannelReadComplete();
        channel.pipeline().fireChannelRead(in);
        return true;
    }

    /**
     * Begins TLS that the client has asked for and that {@link ClientTls#isOffered}.
     *
     * @param answer tells the client that it may begin; becomes the channel's
     */
    protected final void beginTls(ByteBuf answer) {
        state = State.SECURING;
        channel.writeAndFlush(answer, channel.voidPromise());
        tls.begin(false, this::onHandshake);
    }

    private void onHandshake(@Nullable String failure) {
        if (state != State.SECURING) {
            return;
        }
        if (failure == null) {
            state = State.TALKING;
        } else {
            hangUp(failure);
        }
    }

    // ---- failed logins

    /**
     * Whose failures a failure of this login is counted with.
     *
     * @param claimed the tenant that the client says it belongs to
     */
    public final FailedLogins.Source source(String claimed) {
        return FailedLogins.Source.of(client, claimed);
    }

    /** Why a login from there is not even looked at now; null if it is. */
    public final @Nullable NotLetIn tooManyFailures(FailedLogins.Source source) {
        int limit = proxy.config().limits().failedLogins();
        Duration pause = proxy.failedLogins().pause(source, limit, clock.nanos());
        return pause.isPositive()
                ? new NotLetIn.TooManyFailures(limit, source.tenant(), pause)
                : null;
    }

    /** Counts a login that failed for want of the right proof. */
    public final void countFailure(FailedLogins.Source source) {
        proxy.failedLogins().failed(source, clock.nanos());
    }

    // ---- the end of it

    /**
     * Login is over, and the channel somebody else's, who is to {@link TlsContexts#feed} what was
     * read too far to the handler that follows.
     *
     * @return what was read too far, which becomes the caller's; null if nothing was
     */
    public final @Nullable ByteBuf handOver() {
        ByteBuf rest = input;
        input = null;
        leave();
        if (rest != null && !rest.isReadable()) {
            rest.release();
            return null;
        }
        return rest;
    }

    /** Tells the client why it is not let in, and closes. */
    public final void refuse(NotLetIn why) {
        refuse(words(why), why.reason());
    }

    /**
     * Tells the client why it is not let in, and closes; nothing, if that has been decided before.
     *
     * @param reason for the log
     */
    public final void refuse(LastWords words, String reason) {
        if (state == State.OVER) {
            return;
        }
        if (state == State.SECURING) {
            // No words before the handshake is done, and it may never be.
            hangUp(reason);
            return;
        }
        if (proxy.config().log().poolerErrors()) {
            LOG.warn("client={} answered by Sluice: {}", printable(), words.summary());
        }
        ByteBuf out = channel.alloc().buffer(256);
        words.writer().accept(out);
        channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
        end(reason);
    }

    /** Closes without a word to the client. */
    public final void hangUp(String reason) {
        end(reason);
        channel.close();
    }

    /**
     * Is over for the client, which is neither answered nor closed yet: until it is, it stays among
     * those that log in, and counted.
     */
    protected final void endWhenClosed(String reason) {
        if (counted) {
            counted = false;
            channel.closeFuture().addListener(closed -> proxy.admission().leaveUnauthenticated());
        }
        end(reason);
        logins.add(this); // lest one stays that is never told to be over
        channel.closeFuture().addListener(closed -> logins.remove(this));
    }

    private void end(String reason) {
        if (state == State.OVER) {
            return;
        }
        logNotLetIn(reason);
        leave();
        ByteBuf rest = input;
        input = null;
        if (rest != null) {
            rest.release();
        }
    }

    final void logNotLetIn(String reason) {
        if (proxy.config().log().disconnections()) {
            LOG.info("client={} was not let in: {}", printable(), reason);
        }
    }

    private void leave() {
        state = State.OVER;
        logins.remove(this);
        if (counted) {
            counted = false;
            proxy.admission().leaveUnauthenticated();
        }
    }

    /** A bug of ours: the client must not be left without a word. */
    public final void onFailure(Throwable failure) {
        LOG.error("client={} login failed", printable(), failure);
        NotLetIn why = new NotLetIn.Bug(failure);
        if (state == State.OVER || failure instanceof Error) {
            hangUp(why.reason());
        } else {
            refuse(why);
        }
    }

    private String printable() {
        return Listener.printable(client);
    }

    // ---- events of the channel and the loop

    @Override
    public final void handlerAdded(ChannelHandlerContext ctx) {
        logins.add(this);
        int limit = proxy.config().limits().maxUnauthenticated();
        counted = proxy.admission().enterUnauthenticated(limit);
        if (!counted) {
            refuse(new NotLetIn.TooManyAtOnce(limit));
        }
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf came = (ByteBuf) message;
        if (state == State.OVER) {
            came.release();
            return;
        }
        // Grows by doubling: a proof that comes byte by byte is not copied for every byte.
        input =
                input == null
                        ? came
                        : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), input, came);
        readOn();
    }

    private boolean step(ByteBuf in) {
        return switch (state) {
            case TALKING -> read(in);
            case SECURING -> {
                hangUp("it broke the protocol: bytes ahead of the TLS handshake");
                yield false;
            }
            case OVER -> false;
        };
    }

    @Override
    public final void onSweep(long now) {
        Duration limit = proxy.config().loginTimeout();
        if (!limit.isPositive() || now - began < limit.toNanos()) {
            return;
        }
        if (state == State.OVER) {
            channel.close();
        } else {
            refuse(new NotLetIn.TooLate(limit));
        }
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) {
        end("it closed the connection");
        ctx.fireChannelInactive();
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException
                || cause instanceof DecoderException
                || cause instanceof OutOfMemoryError) {
            end("its connection failed: " + ChannelFailures.reason(printable(), cause));
            ctx.close();
        } else {
            onFailure(cause);
        }
    }
}
