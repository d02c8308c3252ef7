package io.sluice.pg.login;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.pg.auth.AuthenticationRequest;
import io.sluice.pg.auth.ClientLogin;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.message.ProtocolViolation;
import io.sluice.session.FailedLogins;
import io.sluice.session.NotLetIn;
import io.sluice.spi.Proxy;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client's proof of who it is: what a {@link ClientLogin} asks it, and what it answers. Who has
 * failed too often is not asked at all.
 *
 * <p><b>Threads:</b> confined to the loop that accepted the channel.
 */
final class Proof {
    /** Longest answer to an authentication request: a password of 64 KiB and what is around it. */
    private static final int MAX_BYTES = 64 * 1024 + 256;

    private final Proxy proxy;
    private final ClientStartup startup;

    /** Whose failures a failure of this login is counted with. */
    private final FailedLogins.Source source;

    private @Nullable ClientLogin login;

    Proof(Proxy proxy, ClientStartup startup, FailedLogins.Source source) {
        this.proxy = proxy;
        this.startup = startup;
        this.source = source;
    }

    /**
     * Asks for it.
     *
     * @param endPoint what the proof is bound to; null without TLS
     */
    void begin(ClientLogin.Claim claim, byte @Nullable [] endPoint) {
        NotLetIn heldBack = startup.tooManyFailures(source);
        if (heldBack != null) {
            startup.refuse(heldBack);
            return;
        }
        ClientLogin begun =
                new ClientLogin(
                        claim,
                        endPoint,
                        proxy.keyDerivation(),
                        proxy.decoys(),
                        startup.channel().eventLoop());
        login = begun;
        onStep(begun.begin());
    }

    /**
     * Reads an answer.
     *
     * @param in borrowed
     * @return whether there was a whole one
     */
    boolean read(ByteBuf in) {
        if (in.readableBytes() < Frontend.HEADER_BYTES) {
            return false;
        }
        byte type = in.getByte(in.readerIndex());
        int length = in.getInt(in.readerIndex() + 1);
        if (type == Frontend.TERMINATE) {
            startup.hangUp("the client said goodbye during login");
            return false;
        }
        if (type != Frontend.PASSWORD) {
            throw new ProtocolViolation("message type %d during login".formatted(type));
        }
        if (length < 4 || length > MAX_BYTES) {
            throw new ProtocolViolation("a proof of %d bytes".formatted(length));
        }
        if (in.readableBytes() <= length) {
            return false;
        }
        ByteBuf payload = in.slice(in.readerIndex() + Frontend.HEADER_BYTES, length - 4);
        in.skipBytes(1 + length);
        Objects.requireNonNull(login).onResponse(payload).whenComplete(this::onLookedAt);
        return true;
    }

    private void onLookedAt(ClientLogin.@Nullable Step step, @Nullable Throwable failure) {
        if (startup.isOver()) {
            return;
        }
        if (step == null) {
            startup.onFailure(Objects.requireNonNull(failure));
            return;
        }
        try {
            onStep(step);
        } catch (RuntimeException e) {
            startup.onFailure(e); // nobody else would hear of it
        }
    }

    private void onStep(ClientLogin.Step step) {
        switch (step) {
            case ClientLogin.Step.Send(AuthenticationRequest request) -> {
                Channel channel = startup.channel();
                ByteBuf out = channel.alloc().buffer(128);
                request.writeTo(out);
                channel.writeAndFlush(out, channel.voidPromise());
            }
            case ClientLogin.Step.Failed(String reason) -> {
                startup.countFailure(source);
                startup.refuse(
                        ErrorResponse.fatal(
                                ClientLogin.SQLSTATE, ClientLogin.refusal(startup.user())),
                        "login failed: " + reason);
            }
            case ClientLogin.Step.Accepted(List<AuthenticationRequest> welcome) ->
                    startup.onProven(welcome);
        }
    }
}
