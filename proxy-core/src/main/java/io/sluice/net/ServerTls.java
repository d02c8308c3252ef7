package io.sluice.net;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.sluice.config.BackendConfig;
import io.sluice.config.TlsConfig;
import io.sluice.config.TlsMode;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards one server, as its backend's configuration wants it. Whether the server must be asked
 * before is its protocol's business. Immutable; any thread.
 */
public final class ServerTls {
    private final BackendConfig backend;
    private final TlsConfig config;
    private final SslContext context;
    private final InetSocketAddress address;

    private ServerTls(
            BackendConfig backend,
            TlsConfig config,
            SslContext context,
            InetSocketAddress address) {
        this.backend = backend;
        this.config = config;
        this.context = context;
        this.address = address;
    }

    /**
     * The TLS of a connection to {@code address}; null if it goes without: nothing is encrypted on
     * a unix socket.
     */
    public static @Nullable ServerTls wanted(
            BackendConfig backend, SocketAddress address, TlsContexts contexts) {
        TlsConfig config = backend.tls();
        return config == null
                        || config.mode() == TlsMode.DISABLE
                        || !(address instanceof InetSocketAddress inet)
                ? null
                : new ServerTls(backend, config, contexts.client(config), inet);
    }

    /** Whether the connection may do without if the server, asked for it, says that it has none. */
    public boolean isOptional() {
        return config.mode() == TlsMode.PREFER;
    }

    /**
     * Shakes hands on a connected channel; on its loop.
     *
     * @param ready run when all that is sent next is encrypted
     * @param failed told why it cannot be, for people; the caller closes
     */
    public void handshake(Channel channel, Runnable ready, Consumer<String> failed) {
        // The address has kept the name that the operator wrote: the certificate must be for it.
        SslHandler handler =
                context.newHandler(channel.alloc(), address.getHostString(), address.getPort());
        handler.setHandshakeTimeoutMillis(Math.max(1, backend.connectTimeout().toMillis()));
        TlsContexts.install(handler, channel);
        handler.handshakeFuture()
                .addListener((Future<Channel> done) -> {
                    if (done.isSuccess()) {
                        ready.run();
                    } else {
                        failed.accept("TLS failed: " + reason(done.cause()));
                    }
                });
    }

    private static String reason(@Nullable Throwable cause) {
        if (cause == null) {
            return "unknown";
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
