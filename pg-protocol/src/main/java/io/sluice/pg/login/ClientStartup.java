package io.sluice.pg.login;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.ListenerConfig;
import io.sluice.guard.Refusal;
import io.sluice.net.Clock;
import io.sluice.net.Listener;
import io.sluice.pg.auth.AuthenticationRequest;
import io.sluice.pg.auth.ClientAuthMethod;
import io.sluice.pg.auth.ClientLogin;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.pg.session.Words;
import io.sluice.session.Arrival;
import io.sluice.session.LastWords;
import io.sluice.session.Logins;
import io.sluice.session.NotLetIn;
import io.sluice.tenant.TenantClaim;
import io.sluice.tenant.credential.Verifier;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The first words with a PostgreSQL client.
 *
 * <pre>
 *   FIRST ── SSLRequest, GSSENCRequest ──▶ FIRST
 *   FIRST ── CancelRequest ──▶ over
 *   FIRST ── StartupMessage ──▶ PROVING ── proof ──▶ over (a session takes the channel)
 * </pre>
 *
 * <p><b>Threads:</b> confined to the loop that accepted the channel.
 */
final class ClientStartup extends Arrival {
    private static final Logger LOG = LogManager.getLogger(ClientStartup.class);

    private final PostgresServer server;
    private boolean askedForGss;

    /** There once it is to prove who it is. */
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
        super(server.proxy(), listener, channel, clock, logins);
        this.server = server;
    }

    @Override
    protected boolean read(ByteBuf in) {
        try {
            Proof asked = proof;
            return asked == null ? first(in) : asked.read(in);
        } catch (ProtocolViolation e) {
            refuse(
                    ErrorResponse.fatal("08P01", "protocol violation: " + e.getMessage()),
                    "it broke the protocol: " + e.getMessage());
            return false;
        }
    }

    // ---- first packets

    private boolean first(ByteBuf in) {
        // ALPN as PostgreSQL asks for it: else another protocol's client could be made to speak.
        if (!tls().wasAskedFor() && tlsBegins(in, true)) {
            return false;
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
        if (length != 8 || tls().wasAskedFor() || tls().isSecured()) {
            throw new ProtocolViolation("SSLRequest out of place");
        }
        in.skipBytes(8);
        tls().onAskedFor();
        if (in.isReadable()) {
            throw new ProtocolViolation("bytes behind SSLRequest, ahead of its answer");
        }
        if (tls().isOffered()) {
            beginTls(channel().alloc().buffer(1).writeByte('S'));
        } else {
            answerNo();
        }
    }

    private void answerNo() {
        channel()
                .writeAndFlush(channel().alloc().buffer(1).writeByte('N'), channel().voidPromise());
    }

    private void onGssRequest(ByteBuf in, int length) {
        if (length != 8 || askedForGss || tls().isSecured()) {
            throw new ProtocolViolation("GSSENCRequest out of place");
        }
        in.skipBytes(8);
        askedForGss = true;
        if (in.isReadable()) {
            throw new ProtocolViolation("bytes behind GSSENCRequest, ahead of its answer");
        }
        answerNo();
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
        endWhenClosed("a cancel request"); // which is when the server knows; it is never answered
        server.cancelKeys().cancel(number, secret, channel());
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
        if (lacksTls()) {
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
            ByteBuf out = channel().alloc().buffer(64);
            started.negotiate(out);
            channel().write(out, channel().voidPromise());
        }
        TenantClaim claim = Addressee.claim(started, listener().tenant(), tls().serverName());
        Addressee found = Addressee.find(proxy().config(), started, claim);
        addressee = found;
        switch (found) {
            case Addressee.Contradiction(String message) ->
                    refuse(ErrorResponse.fatal("28000", message), message);
            case Addressee.Unknown(String why, ClientAuthMethod method) -> {
                LOG.debug("client={} {}", Listener.printable(client()), why);
                prove(claim, "?/" + started.user(), List.of(), method);
            }
            case Addressee.Operator(String name, @Nullable ConsoleUser user) ->
                    prove(
                            claim,
                            "console/" + name,
                            user == null ? List.of() : Verifier.allOf(user.verify(), name),
                            ClientAuthMethod.AUTO);
            case Addressee.Known known ->
                    prove(
                            claim,
                            known.tenant().name() + "/" + known.user().name(),
                            Verifier.allOf(known.user().verify(), started.user()),
                            ((PgSettings) known.service().protocolSettings()).authMethod());
        }
    }

    // ---- proof

    private void prove(
            TenantClaim claim, String account, List<Verifier> verifiers, ClientAuthMethod method) {
        String claimed = claim.claimed(proxy().config(), packet().database());
        Proof wanted = new Proof(proxy(), this, source(claimed));
        proof = wanted;
        wanted.begin(
                new ClientLogin.Claim(claim.userName(), account, verifiers, method),
                tls().endPoint());
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
    public String user() {
        StartupPacket started = packet;
        return started == null ? "" : started.user();
    }

    StartupPacket packet() {
        return Objects.requireNonNull(packet);
    }

    @Override
    protected LastWords words(NotLetIn why) {
        return lastWords(
                switch (why) {
                    case NotLetIn.TooManyAtOnce _ ->
                            ErrorResponse.fatal(
                                    "53300", "too many connections are logging in at once");
                    case NotLetIn.TooLate(Duration limit) ->
                            ErrorResponse.fatal(
                                    "08006",
                                    "login did not end within %d ms".formatted(limit.toMillis()));
                    case NotLetIn.TooManyFailures failures ->
                            ErrorResponse.fatal("28000", "too many failed logins from this address")
                                    .withHint("Try again in %d s.".formatted(failures.seconds()));
                    case NotLetIn.Refused(Refusal refusal) -> Words.atLogin(refusal);
                    case NotLetIn.ConfigurationChanged _ ->
                            ErrorResponse.fatal(
                                    "57P01", "the configuration has changed, connect again");
                    case NotLetIn.Bug _ ->
                            ErrorResponse.fatal("XX000", "internal error of the proxy");
                });
    }

    /** Tells the client why it is not let in, and closes. */
    void refuse(ErrorResponse error, String reason) {
        refuse(lastWords(error), reason);
    }

    private static LastWords lastWords(ErrorResponse error) {
        return new LastWords(error.code() + " " + error.message(), error::writeTo);
    }
}
