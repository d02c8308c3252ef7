package io.sluice.pg.login;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.sluice.config.ListenerConfig;
import io.sluice.net.TlsContexts;
import io.sluice.tenant.credential.TlsServerEndPoint;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS with a client that is logging in: the handshake, and what it has told.
 *
 * <p><b>Threads:</b> confined to the loop that accepted the channel.
 */
final class ClientTls {
    private final PostgresServer server;
    private final ListenerConfig listener;
    private final Channel channel;
    private boolean asked;
    private boolean secured;

    /** What the client was shown: a reload may have put another in its place since. */
    private TlsContexts.@Nullable ServerSide shown;

    ClientTls(PostgresServer server, ListenerConfig listener, Channel channel) {
        this.server = server;
        this.listener = listener;
        this.channel = channel;
    }

    boolean isOffered() {
        return listener.tls() != null;
    }

    /** Whether the client has asked for it, once and for all. */
    boolean wasAskedFor() {
        return asked;
    }

    void onAskedFor() {
        asked = true;
    }

    boolean isSecured() {
        return secured;
    }

    /**
     * Puts the handshake into the pipeline.
     *
     * @param directly whether the client began it without asking, which takes ALPN
     * @param then told when it is over: why it has failed, or null
     */
    SslHandler begin(boolean directly, Consumer<@Nullable String> then) {
        TlsContexts.ServerSide side =
                server.proxy().tls().server(Objects.requireNonNull(listener.tls()));
        shown = side;
        SslHandler handler = side.context().newHandler(channel.alloc());
        TlsContexts.install(handler, channel);
        handler.handshakeFuture()
                .addListener((Future<Channel> done) -> {
                    if (!done.isSuccess()) {
                        then.accept("TLS failed: " + done.cause().getMessage());
                    } else if (directly && handler.applicationProtocol() == null) {
                        // As PostgreSQL: else another protocol's client could be made to speak
                        // here.
                        then.accept("TLS from the first byte on, without ALPN");
                    } else {
                        secured = true;
                        then.accept(null);
                    }
                });
        return handler;
    }

    /** What a proof is bound to; null without TLS. */
    byte @Nullable [] endPoint() {
        return secured ? TlsServerEndPoint.of(Objects.requireNonNull(shown).certificate()) : null;
    }

    /** The name that the client has called; null if it has told none. */
    @Nullable String serverName() {
        SSLSession session = session();
        if (session instanceof ExtendedSSLSession extended) {
            for (SNIServerName name : extended.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return null;
    }

    /** "" or the TLS version and cipher. */
    String words() {
        SSLSession session = session();
        return session == null ? "" : session.getProtocol() + "/" + session.getCipherSuite();
    }

    private @Nullable SSLSession session() {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        return handler == null ? null : handler.engine().getSession();
    }
}
