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
import io.netty.util.concurrent.Future;
import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.CredentialConfig;
import io.sluice.config.ListenerConfig;
import io.sluice.net.ChannelFailures;
import io.sluice.net.Clock;
import io.sluice.net.Listener;
import io.sluice.net.TlsContexts;
import io.sluice.pg.auth.AuthenticationRequest;
import io.sluice.pg.auth.ClientAuthMethod;
import io.sluice.pg.auth.ClientLogin;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.Backend;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.session.FailedLogins;
import io.sluice.session.Logins;
import io.sluice.tenant.credential.TlsServerEndPoint;
import io.sluice.tenant.credential.Verifier;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLSession;
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

    /** Longest answer to an authentication request: a password of 64 KiB and what is around it. */
    private static final int MAX_PROOF = 64 * 1024 + 256;

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
    private State state = State.FIRST;
    private boolean counted;
    private boolean secured;
    private boolean directly;

    /** What the client was shown: a reload may have put another in its place since. */
    private TlsContexts.@Nullable ServerSide shown;

    private boolean askedForTls;
    private boolean askedForGss;
    private @Nullable ByteBuf input;
    private @Nullable ClientLogin login;
    private @Nullable StartupPacket packet;
    private @Nullable Addressee addressee;

    /** Whose failures a failure of this login is counted with. */
    private FailedLogins.@Nullable Source source;

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
    }

    @Override
    public void onSweep(long now) {
        Duration limit = server.loginTimeout();
        if (limit.isPositive() && now - began >= limit.toNanos()) {
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
            case PROVING -> proof(in);
            case OVER -> false;
        };
    }

    // ---- first packets

    private boolean first(ByteBuf in) {
        if (in.readableBytes() < 1) {
            return false;
        }
        if (in.getByte(in.readerIndex()) == TLS_HANDSHAKE && !askedForTls) {
            return directTls(in);
        }
        if (in.readableBytes() < 4) {
            return false;
        }
        int length = in.getInt(in.readerIndex());
        if (length < 8 || length > StartupPacket.MAX_BYTES) {
            // HTTP, Redis and their like: not even an answer.
            end("a first packet of length " + length);
            channel.close();
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
        if (length != 8 || askedForTls || secured) {
            throw new ProtocolViolation("SSLRequest out of place");
        }
        in.skipBytes(8);
        askedForTls = true;
        boolean offered = listener.tls() != null;
        if (in.isReadable()) {
            throw new ProtocolViolation("bytes behind SSLRequest, ahead of its answer");
        }
        ByteBuf answer = channel.alloc().buffer(1).writeByte(offered ? 'S' : 'N');
        if (offered) {
            state = State.SECURING;
        }
        channel.writeAndFlush(answer, channel.voidPromise());
        if (offered) {
            secure();
        }
    }

    private boolean directTls(ByteBuf in) {
        if (listener.tls() == null) {
            end("TLS from the first byte on, which is not offered here");
            channel.close();
            return false;
        }
        askedForTls = true;
        directly = true;
        state = State.SECURING;
        input = null;
        SslHandler handler = secure();
        // What has come is the handshake's: it passes through the new handler.
        channel.pipeline().context(handler).fireChannelReadComplete();
        channel.pipeline().fireChannelRead(in);
        return false;
    }

    private SslHandler secure() {
        TlsContexts.ServerSide side =
                server.proxy().tls().server(Objects.requireNonNull(listener.tls()));
        shown = side;
        SslHandler handler = side.context().newHandler(channel.alloc());
        TlsContexts.install(handler, channel);
        handler.handshakeFuture()
                .addListener((Future<Channel> done) -> {
                    if (state != State.SECURING) {
                        return;
                    }
                    if (done.isSuccess() && directly && handler.applicationProtocol() == null) {
                        // As PostgreSQL: else another protocol's client could be made to speak
                        // here.
                        end("TLS from the first byte on, without ALPN");
                        channel.close();
                    } else if (done.isSuccess()) {
                        secured = true;
                        state = State.FIRST;
                    } else {
                        end("TLS failed: " + done.cause().getMessage());
                        channel.close();
                    }
                });
        return handler;
    }

    private void onGssRequest(ByteBuf in, int length) {
        if (length != 8 || askedForGss || secured) {
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
        if (listener.tlsRequired() && !secured && !isUnix()) {
            refuse(
                    ErrorResponse.fatal("28000", "connections here must use TLS")
                            .withHint("Set sslmode=require or stronger."),
                    "came without TLS, which is required");
            return;
        }
        if (!started.replication().isEmpty() && !isFalse(started.replication())) {
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
        negotiateVersion(started);
        Addressee found =
                Addressee.find(server.proxy().config(), started, listener.tenant(), serverName());
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

    /** As PostgreSQL reads it: any beginning of a word that no other has, in any case. */
    private static boolean isFalse(String value) {
        String word = value.toLowerCase(Locale.ROOT);
        return word.equals("0")
                || "false".startsWith(word)
                || "no".startsWith(word)
                || (word.length() > 1 && "off".startsWith(word));
    }

    private boolean isUnix() {
        return listener.address() instanceof DomainSocketAddress;
    }

    /** A newer minor version or protocol options: the client is told what there is. */
    private void negotiateVersion(StartupPacket started) {
        int newest = Math.min(started.minor(), 2);
        if (newest == 1) {
            newest = 0; // 3.1 was never released
        }
        if (newest == started.minor() && started.extensions().isEmpty()) {
            return;
        }
        ByteBuf out = channel.alloc().buffer(64);
        int start = Messages.begin(out, Backend.NEGOTIATE_PROTOCOL_VERSION);
        out.writeInt(3 << 16 | newest);
        out.writeInt(started.extensions().size());
        started.extensions().forEach(name -> Messages.string(out, name));
        Messages.end(out, start);
        channel.write(out, channel.voidPromise());
    }

    private @Nullable String serverName() {
        SSLSession session = tlsSession();
        if (session instanceof ExtendedSSLSession extended) {
            for (SNIServerName name : extended.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return null;
    }

    private @Nullable SSLSession tlsSession() {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        return handler == null ? null : handler.engine().getSession();
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
                        server.proxy().config(), packet(), listener.tenant(), serverName());
        FailedLogins.Source from = FailedLogins.Source.of(client, claimed);
        source = from;
        int limit = server.proxy().config().limits().failedLogins();
        Duration pause = server.proxy().failedLogins().pause(from, limit, clock.nanos());
        if (pause.isPositive()) {
            long seconds = pause.plusMillis(999).toSeconds();
            refuse(
                    ErrorResponse.fatal("28000", "too many failed logins from this address")
                            .withHint("Try again in %d s.".formatted(seconds)),
                    "more than %d failed logins of its address at %s within a minute (failed-logins)"
                            .formatted(limit, claimed));
            return;
        }
        state = State.PROVING;
        byte[] endPoint =
                secured ? TlsServerEndPoint.of(Objects.requireNonNull(shown).certificate()) : null;
        ClientLogin begun =
                new ClientLogin(
                        new ClientLogin.Claim(userName, account, verifiers, method),
                        endPoint,
                        server.proxy().keyDerivation(),
                        server.proxy().decoys(),
                        channel.eventLoop());
        login = begun;
        onStep(begun.begin());
    }

    private boolean proof(ByteBuf in) {
        if (in.readableBytes() < Frontend.HEADER_BYTES) {
            return false;
        }
        byte type = in.getByte(in.readerIndex());
        int length = in.getInt(in.readerIndex() + 1);
        if (type == Frontend.TERMINATE) {
            end("the client said goodbye during login");
            channel.close();
            return false;
        }
        if (type != Frontend.PASSWORD) {
            throw new ProtocolViolation("message type %d during login".formatted(type));
        }
        if (length < 4 || length > MAX_PROOF) {
            throw new ProtocolViolation("a proof of %d bytes".formatted(length));
        }
        if (in.readableBytes() <= length) {
            return false;
        }
        ByteBuf payload = in.slice(in.readerIndex() + Frontend.HEADER_BYTES, length - 4);
        in.skipBytes(1 + length);
        Objects.requireNonNull(login).onResponse(payload).whenComplete(this::onProofLookedAt);
        return true;
    }

    private void onProofLookedAt(ClientLogin.@Nullable Step step, @Nullable Throwable failure) {
        if (state != State.PROVING) {
            return;
        }
        if (step == null) {
            onFailure(Objects.requireNonNull(failure));
            return;
        }
        try {
            onStep(step);
        } catch (RuntimeException e) {
            onFailure(e); // nobody else would hear of it
        }
    }

    private void onStep(ClientLogin.Step step) {
        switch (step) {
            case ClientLogin.Step.Send(AuthenticationRequest request) -> {
                ByteBuf out = channel.alloc().buffer(128);
                request.writeTo(out);
                channel.writeAndFlush(out, channel.voidPromise());
            }
            case ClientLogin.Step.Failed(String reason) -> {
                server.proxy().failedLogins().failed(Objects.requireNonNull(source), clock.nanos());
                refuse(
                        ErrorResponse.fatal(
                                ClientLogin.SQLSTATE,
                                ClientLogin.refusal(Objects.requireNonNull(packet).user())),
                        "login failed: " + reason);
            }
            case ClientLogin.Step.Accepted(List<AuthenticationRequest> welcome) ->
                    onProven(welcome);
        }
    }

    private void onProven(List<AuthenticationRequest> welcome) {
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
        SSLSession session = tlsSession();
        return session == null ? "" : session.getProtocol() + "/" + session.getCipherSuite();
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
            end(reason);
            channel.close();
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
    private void onFailure(Throwable failure) {
        LOG.error("client={} login failed", Listener.printable(client), failure);
        if (state == State.OVER || failure instanceof Error) {
            end("internal error: " + failure);
            channel.close();
        } else {
            refuse(
                    ErrorResponse.fatal("XX000", "internal error of the proxy"),
                    "internal error: " + failure);
        }
    }
}
