package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.sluice.config.BackendConfig;
import io.sluice.net.ServerTls;
import io.sluice.net.TlsContexts;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.Messages;
import java.net.SocketAddress;
import java.util.function.Consumer;

/**
 * Brings up TLS on a new connection to a server, as far as its backend's configuration wants it:
 * asks with SSLRequest and waits for the one byte of the answer, or begins at once (direct TLS).
 * More than that byte is an attack (CVE-2021-23222) and ends the connection.
 */
final class TlsStep extends ChannelInboundHandlerAdapter {
    private final ServerTls tls;
    private final Runnable ready;
    private final Consumer<String> failed;

    private TlsStep(ServerTls tls, Runnable ready, Consumer<String> failed) {
        this.tls = tls;
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
        ServerTls tls = ServerTls.wanted(backend, address, contexts);
        if (tls == null) {
            ready.run();
        } else if (((PgSettings.Backend) backend.protocolSettings()).directTls()) {
            tls.handshake(channel, ready, failed);
        } else {
            channel.pipeline().addFirst("tls-step", new TlsStep(tls, ready, failed));
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
            tls.handshake(ctx.channel(), ready, failed);
        } else if (answer == 'N' && tls.isOptional()) {
            ready.run();
        } else if (answer == 'N') {
            failed.accept("it does not offer TLS, which tls.mode asks for");
        } else {
            failed.accept("it answered SSLRequest with byte " + answer);
        }
    }
}
