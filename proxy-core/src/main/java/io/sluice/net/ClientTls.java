package io.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.sluice.config.ListenerConfig;
import io.sluice.tenant.credential.TlsServerEndPoint;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import org.jspecify.annotations.Nullable;

/**
 * TLS with a client that is logging in: the handshake, and what it has told.
 *
 * <p><b>Threads:</b> confined to the channel's loop.
 */
public final class ClientTls {
    /**
     * What the first byte of a TLS connection is: the type of a handshake record (RFC 8446 §5.1).
     */
    private static final byte HANDSHAKE = 0x16;

    private final TlsContexts contexts;
    private final ListenerConfig listener;
    private final Channel channel;
    private boolean asked;
    private boolean secured;

    /** What the client was shown: a reload may have put another in its place since. */
    private TlsContexts.@Nullable ServerSide shown;

    /**
     * @param listener where the client came in: its TLS is offered, if it has any
     */
    public ClientTls(TlsContexts contexts, ListenerConfig listener, Channel channel) {
        this.contexts = contexts;
        this.listener = listener;
        this.channel = channel;
    }

    /** Whether a client's first bytes are a TLS handshake; {@code in} is readable, and borrowed. */
    public static boolean beginsWith(ByteBuf in) {
        return in.getByte(in.readerIndex()) == HANDSHAKE;
    }

    public boolean isOffered() {
        return listener.tls() != null;
    }

    /** Whether the client has asked for it, once and for all. */
    public boolean wasAskedFor() {
        return asked;
    }

    public void onAskedFor() {
        asked = true;
    }

    public boolean isSecured() {
        return secured;
    }

    /**
     * Puts the handshake into the pipeline, ahead of all other handlers. Only where it {@link
     * #isOffered}.
     *
     * @param needsAlpn whether it fails with a client that names no protocol
     * @param then told when it is over: why it has failed, or null
     */
    public SslHandler begin(boolean needsAlpn, Consumer<@Nullable String> then) {
        TlsContexts.ServerSide side = contexts.server(Objects.requireNonNull(listener.tls()));
        shown = side;
        SslHandler handler = side.context().newHandler(channel.alloc());
        TlsContexts.install(handler, channel);
        handler.handshakeFuture()
                .addListener((Future<Channel> done) -> {
                    if (!done.isSuccess()) {
                        then.accept("TLS failed: " + done.cause().getMessage());
                    } else if (needsAlpn && handler.applicationProtocol() == null) {
                        // Else another protocol's client could be made to speak here.
                        then.accept("TLS from the first byte on, without ALPN");
                    } else {
                        secured = true;
                        then.accept(null);
                    }
                });
        return handler;
    }

    /** What a proof is bound to (RFC 5929 tls-server-end-point); null without TLS. */
    public byte @Nullable [] endPoint() {
        return secured ? TlsServerEndPoint.of(Objects.requireNonNull(shown).certificate()) : null;
    }

    /** The name that the client has called; null if it has told none. */
    public @Nullable String serverName() {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        if (handler != null
                && handler.engine().getSession() instanceof ExtendedSSLSession extended) {
            for (SNIServerName name : extended.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return null;
    }

    /** "" or the TLS version and cipher. */
    public String words() {
        return TlsContexts.words(channel);
    }
}
