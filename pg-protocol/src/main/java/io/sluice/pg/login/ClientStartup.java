package io.sluice.pg.login;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.CredentialConfig;
import io.sluice.config.ListenerConfig;
import io.sluice.net.ChannelFailures;
import io.sluice.net.Clock;
import io.sluice.net.Listener;
import io.sluice.pg.auth.AuthenticationRequest;
import io.sluice.pg.auth.ClientAuthMethod;
import io.sluice.pg.auth.ClientLogin;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.session.FailedLogins;
import io.sluice.session.Logins;
import io.sluice.tenant.credential.Verifier;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The first words with a client, up to its being let in or sent away.
 *
 * <pre>
 *   FIRST ── SSLRequest, GSSENCRequest ──▶ FIRST
 *   FIRST ── CancelRequest ──▶ OVER
 *   FIRST ── StartupMessage ──▶ PROVING ── proof ──▶ OVER (a session takes the channel)
 * </pre>
 *
 * <p>Nothing is allocated from a length that a client merely claims, and bytes that come before TLS
 * is up end the connection.
 *
 * <p><b>Threads:</b> confined to the loop that accepted the channel.
 */
final class ClientStartup extends ChannelInboundHandlerAdapter implements Logins.Login {
    private static final Logger LOG = LogManager.getLogger(ClientStartup.class);

    private static final byte TLS_HANDSHAKE = 0x16;

    private enum State {
        FIRST,
        SECURING,
        PROVING,
        OVER
    }

    private final PostgresServer server;
    private final ListenerConfig listener;
    private final Channel channel;
    private final Clock clock;

    /** Asked while it is there: who has vanished has no address on every transport. */
    private final @Nullable SocketAddress client;

    private final long began;
    private final Logins logins;
    private final ClientTls tls;
    private State state = State.FIRST;
    private boolean counted;
    private boolean askedForGss;
    private @Nullable ByteBuf input;
    private @Nullable Proof proof;
    private @Nullable StartupPacket packet;
    private @Nullable Addressee addressee;

    /**
     * @param clock the loop's
     */
    ClientStartup(
            PostgresServer server,
            ListenerConfig listener,
            Channel channel,
            Clock clock,
            Logins logins) {
        this.server = server;
        this.listener = listener;
        this.channel = channel;
        this.client = channel.remoteAddress();
        this.clock = clock;
        this.began = clock.nanos();
        this.logins = logins;
        this.tls = new ClientTls(server, listener, channel);
    }

    @Override
    public void onSweep(long now) {
        Duration limit = server.loginTimeout();
        if (!limit.isPositive() || now - began < limit.toNanos()) {
            return;
        }
        if (state == State.OVER) {
            channel.close(); // nothing is ever answered to a cancel request
        } else {
            refuse(
                    ErrorResponse.fatal(
                            "08006", "login did not end within %d ms".formatted(limit.toMillis())),
                    "login timeout");
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        logins.add(this);
        int limit = server.proxy().config().limits().maxUnauthenticated();
        counted = server.proxy().admission().enterUnauthenticated(limit);
        if (!counted) {
            refuse(
                    ErrorResponse.fatal("53300", "too many connections are logging in at once"),
                    "more than %d connections log in (max-unauthenticated)".formatted(limit));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf read = (ByteBuf) message;
        if (state == State.OVER) {
            read.release();
            return;
        }
        // Grows by doubling: a proof that comes byte by byte is not copied for every byte.
        input =
                input == null
                        ? read
                        : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), input, read);
        try {
            boolean more = true;
            while (more && input != null && input.isReadable()) {
                more = step(input);
            }
        } catch (ProtocolViolation e) {
            refuse(
                    ErrorResponse.fatal("08P01", "protocol violation: " + e.getMessage()),
                    "it broke the protocol: " + e.getMessage());
        }
        ByteBuf rest = input;
        if (rest != null && !rest.isReadable()) {
            rest.release();
            input = null;
        }
    }

    private boolean step(ByteBuf in) {
        return switch (state) {
            case FIRST -> first(in);
            case SECURING -> throw new ProtocolViolation("bytes ahead of the TLS handshake");
            case PROVING -> Objects.requireNonNull(proof).read(in);
            case OVER -> false;
        };
    }

    // ---- first packets

    private boolean first(ByteBuf in) {
        if (in.readableBytes() < 1) {
            return false;
        }
        if (in.getByte(in.readerIndex()) == TLS_HANDSHAKE && !tls.wasAskedFor()) {
            return directTls(in);
        }
        if (in.readableBytes() < 4) {
            return false;
        }
        int length = in.getInt(in.readerIndex());
        if (length < 8 || length > StartupPacket.MAX_BYTES) {
            // HTTP, Redis and their like: not even an answer.
            hangUp("a first packet of length " + length);
            return false;
        }
        if (in.readableBytes() < length) {
            return false;
        }
        int code = in.getInt(in.readerIndex() + 4);
        switch (code) {
            case Messages.SSL_REQUEST -> onSslRequest(in, length);
            case Messages.GSSENC_REQUEST -> onGssRequest(in, length);
            case Messages.CANCEL_REQUEST -> onCancelRequest(in, length);
            default -> {
                ByteBuf body = in.slice(in.readerIndex() + 8, length - 8);
                in.skipBytes(length);
                onStartup(StartupPacket.read(code, body));
            }
        }
        return true;
    }

    private void onSslRequest(ByteBuf in, int length) {
        if (length != 8 || tls.wasAskedFor() || tls.isSecured()) {
            throw new ProtocolViolation("SSLRequest out of place");
        }
        in.skipBytes(8);
        tls.onAskedFor();
        boolean offered = tls.isOffered();
        if (in.isReadable()) {
            throw new ProtocolViolation("bytes behind SSLRequest, ahead of its answer");
        }
        ByteBuf answer = channel.alloc().buffer(1).writeByte(offered ? 'S' : 'N');
        if (offered) {
            state = State.SECURING;
        }
        channel.writeAndFlush(answer, channel.voidPromise());
        if (offered) {
            tls.begin(false, this::onHandshake);
        }
    }

    private boolean directTls(ByteBuf in) {
        if (!tls.isOffered()) {
            hangUp("TLS from the first byte on, which is not offered here");
            return false;
        }
        tls.onAskedFor();
        state = State.SECURING;
        input = null;
        SslHandler handler = tls.begin(true, this::onHandshake);
        // What has come is the handshake's: it passes through the new handler.
        channel.pipeline().context(handler).fireChannelReadComplete();
        channel.pipeline().fireChannelRead(in);
        return false;
    }

    private void onHandshake(@Nullable String failure) {
        if (state != State.SECURING) {
            return;
        }
        if (failure == null) {
            state = State.FIRST;
        } else {
            hangUp(failure);
        }
    }

    private void onGssRequest(ByteBuf in, int length) {
        if (length != 8 || askedForGss || tls.isSecured()) {
            throw new ProtocolViolation("GSSENCRequest out of place");
        }
        in.skipBytes(8);
        askedForGss = true;
        if (in.isReadable()) {
            throw new ProtocolViolation("bytes behind GSSENCRequest, ahead of its answer");
        }
        channel.writeAndFlush(channel.alloc().buffer(1).writeByte('N'), channel.voidPromise());
    }

    private void onCancelRequest(ByteBuf in, int length) {
        int secretLength = length - 12;
        if (secretLength < 4 || secretLength > 256) {
            throw new ProtocolViolation("CancelRequest of %d bytes".formatted(length));
        }
        in.skipBytes(8);
        int number = in.readInt();
        byte[] secret = new byte[secretLength];
        in.readBytes(secret);
        if (counted) {
            counted = false; // keeps its place until it is closed, which is when the server knows
            channel.closeFuture()
                    .addListener(closed -> server.proxy().admission().leaveUnauthenticated());
        }
        end("a cancel request");
        logins.add(this); // until it is closed, lest one stays that is never told to be over
        channel.closeFuture().addListener(closed -> logins.remove(this));
        server.cancelKeys().cancel(number, secret, channel);
    }

    private void onStartup(StartupPacket started) {
        packet = started;
        if (started.major() != 3) {
            refuse(
                    ErrorResponse.fatal(
                            "0A000",
                            "unsupported frontend protocol %d.%d: server supports 3.0 to 3.2"
                                    .formatted(started.major(), started.minor())),
                    "protocol version " + started.major() + "." + started.minor());
            return;
        }
        if (listener.tlsRequired() && !tls.isSecured() && !isUnix()) {
            refuse(
                    ErrorResponse.fatal("28000", "connections here must use TLS")
                            .withHint("Set sslmode=require or stronger."),
                    "came without TLS, which is required");
            return;
        }
        if (started.asksForReplication()) {
            refuse(
                    ErrorResponse.fatal("0A000", "replication connections are not supported"),
                    "asked for replication");
            return;
        }
        if (started.user().isEmpty()) {
            refuse(
                    ErrorResponse.fatal(
                            "28000", "no PostgreSQL user name specified in startup packet"),
                    "named no user");
            return;
        }
        if (started.isToBeNegotiated()) {
            ByteBuf out = channel.alloc().buffer(64);
            started.negotiate(out);
            channel.write(out, channel.voidPromise());
        }
        Addressee found =
                Addressee.find(
                        server.proxy().config(), started, listener.tenant(), tls.serverName());
        addressee = found;
        switch (found) {
            case Addressee.Contradiction(String message) ->
                    refuse(ErrorResponse.fatal("28000", message), message);
            case Addressee.Unknown(String why, ClientAuthMethod method) -> {
                LOG.debug("client={} {}", Listener.printable(client), why);
                prove(started.user(), "?/" + started.user(), List.of(), method);
            }
            case Addressee.Operator(String name, @Nullable ConsoleUser user) ->
                    prove(
                            name,
                            "console/" + name,
                            user == null ? List.of() : verifiers(user.verify(), name),
                            ClientAuthMethod.AUTO);
            case Addressee.Known known ->
                    prove(
                            started.user(),
                            known.tenant().name() + "/" + known.user().name(),
                            verifiers(known.user().verify(), started.user()),
                            ((PgSettings) known.service().protocolSettings()).authMethod());
        }
    }

    private boolean isUnix() {
        return listener.address() instanceof DomainSocketAddress;
    }

    private static List<Verifier> verifiers(CredentialConfig credential, String userName) {
        return credential.trust()
                ? List.of(new Verifier.Trust())
                : credential.secrets().stream()
                        .map(secret -> Verifier.of(secret, userName))
                        .toList();
    }

    // ---- proof

    private void prove(
            String userName, String account, List<Verifier> verifiers, ClientAuthMethod method) {
        String claimed =
                Addressee.claimed(
                        server.proxy().config(), packet(), listener.tenant(), tls.serverName());
        Proof wanted = new Proof(server, this, clock, FailedLogins.Source.of(client, claimed));
        proof = wanted;
        state = State.PROVING;
        wanted.begin(
                new ClientLogin.Claim(userName, account, verifiers, method),
                claimed,
                tls.endPoint());
    }

    boolean isProving() {
        return state == State.PROVING;
    }

    /** The client is who it says: it is let in. */
    void onProven(List<AuthenticationRequest> welcome) {
        StartupPacket started = Objects.requireNonNull(packet);
        switch (Objects.requireNonNull(addressee)) {
            case Addressee.Operator(String name, @Nullable ConsoleUser user) ->
                    server.beginConsole(this, Objects.requireNonNull(user), welcome);
            case Addressee.Known known -> server.beginSession(this, known, started, welcome);
            case Addressee.Unknown _, Addressee.Contradiction _ ->
                    throw new IllegalStateException("let in without being known");
        }
    }

    // ---- the end of it

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public long began() {
        return began;
    }

    @Override
    public String user() {
        StartupPacket started = packet;
        return started == null ? "" : started.user();
    }

    StartupPacket packet() {
        return Objects.requireNonNull(packet);
    }

    /** "" or the TLS version and cipher. */
    String tls() {
        return tls.words();
    }

    /**
     * Login is over, and the channel somebody else's; returns what was read too far, if anything.
     */
    @Nullable ByteBuf handOver() {
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
    void refuse(ErrorResponse error, String reason) {
        if (state == State.OVER) {
            return;
        }
        if (state == State.SECURING) {
            // No words before the handshake is done, and it may never be.
            hangUp(reason);
            return;
        }
        if (server.proxy().config().log().poolerErrors()) {
            LOG.warn(
                    "client={} answered by Sluice: {} {}",
                    Listener.printable(client),
                    error.code(),
                    error.message());
        }
        ByteBuf out = channel.alloc().buffer(256);
        error.writeTo(out);
        channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
        end(reason);
    }

    /** Closes without a word to the client. */
    void hangUp(String reason) {
        end(reason);
        channel.close();
    }

    private void end(String reason) {
        if (state == State.OVER) {
            return;
        }
        if (server.proxy().config().log().disconnections()) {
            LOG.info("client={} was not let in: {}", Listener.printable(client), reason);
        }
        leave();
        ByteBuf rest = input;
        input = null;
        if (rest != null) {
            rest.release();
        }
    }

    private void leave() {
        state = State.OVER;
        logins.remove(this);
        if (counted) {
            counted = false;
            server.proxy().admission().leaveUnauthenticated();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end("it closed the connection");
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException
                || cause instanceof DecoderException
                || cause instanceof OutOfMemoryError) {
            end(
                    "its connection failed: "
                            + ChannelFailures.reason(Listener.printable(client), cause));
            ctx.close();
        } else {
            onFailure(cause);
        }
    }

    /** A bug of ours: the client must not be left without a word. */
    void onFailure(Throwable failure) {
        LOG.error("client={} login failed", Listener.printable(client), failure);
        if (state == State.OVER || failure instanceof Error) {
            hangUp("internal error: " + failure);
        } else {
            refuse(
                    ErrorResponse.fatal("XX000", "internal error of the proxy"),
                    "internal error: " + failure);
        }
    }
}
