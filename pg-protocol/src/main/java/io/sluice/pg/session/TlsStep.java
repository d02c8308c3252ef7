package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.sluice.config.BackendConfig;
import io.sluice.config.TlsConfig;
import io.sluice.config.TlsMode;
import io.sluice.net.TlsContexts;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.Messages;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings up TLS on a new connection to a server, as far as its backend's configuration wants it:
 * asks with SSLRequest and waits for the one byte of the answer, or begins at once (direct TLS).
 * More than that byte is an attack (CVE-2021-23222) and ends the connection.
 */
final class TlsStep extends ChannelInboundHandlerAdapter {
    private final BackendConfig backend;
    private final TlsConfig config;
    private final SslContext context;
    private final SocketAddress address;
    private final Runnable ready;
    private final Consumer<String> failed;

    private TlsStep(
            BackendConfig backend,
            TlsConfig config,
            SslContext context,
            SocketAddress address,
            Runnable ready,
            Consumer<String> failed) {
        this.backend = backend;
        this.config = config;
        this.context = context;
        this.address = address;
        this.ready = ready;
        this.failed = failed;
    }

    /**
     * Begins on a connected channel.
     *
     * @param ready run when what is sent next is as protected as it is going to be
     * @param failed told why it cannot be; the caller closes
     */
    static void begin(
            Channel channel,
            BackendConfig backend,
            SocketAddress address,
            TlsContexts contexts,
            Runnable ready,
            Consumer<String> failed) {
        TlsConfig config = backend.tls();
        if (config == null
                || config.mode() == TlsMode.DISABLE
                || !(address instanceof InetSocketAddress)) {
            ready.run();
            return;
        }
        TlsStep step =
                new TlsStep(backend, config, contexts.client(config), address, ready, failed);
        if (((PgSettings.Backend) backend.protocolSettings()).directTls()) {
            step.handshake(channel);
        } else {
            channel.pipeline().addFirst("tls-step", step);
            ByteBuf out = channel.alloc().buffer(8);
            out.writeInt(8).writeInt(Messages.SSL_REQUEST);
            channel.writeAndFlush(out, channel.voidPromise());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        byte answer = in.readByte();
        boolean more = in.isReadable();
        in.release();
        ctx.pipeline().remove(this);
        if (more) {
            failed.accept("it sent unencrypted bytes ahead of TLS");
        } else if (answer == 'S') {
            handshake(ctx.channel());
        } else if (answer == 'N' && config.mode() == TlsMode.PREFER) {
            ready.run();
        } else if (answer == 'N') {
            failed.accept("it does not offer TLS, which tls.mode asks for");
        } else {
            failed.accept("it answered SSLRequest with byte " + answer);
        }
    }

    private void handshake(Channel channel) {
        InetSocketAddress inet = (InetSocketAddress) address;
        // The address has kept the name that the operator wrote: the certificate must be for it.
        SslHandler handler =
                context.newHandler(channel.alloc(), inet.getHostString(), inet.getPort());
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
