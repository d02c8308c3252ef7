package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.sluice.net.Dialer;
import io.sluice.pg.message.Messages;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Sends cancel requests to servers, each on a connection of its own to the very address that the
 * connection to be cancelled is open to. It is over when the server closes that connection; by then
 * the server has signalled the session.
 */
final class CancelRequests {
    private static final Logger LOG = LogManager.getLogger(CancelRequests.class);
    private static final long PATIENCE_SECONDS = 5;

    private CancelRequests() {}

    /**
     * Sends one.
     *
     * @param over run on the loop, once, when the server can signal no more
     */
    static void send(PgServerConnection connection, Runnable over) {
        Exchange exchange = new Exchange(connection, over);
        PgPool pool = connection.pgPool();
        pool.proxy()
                .dialer()
                .dial(
                        connection.backend(),
                        Objects.requireNonNull(connection.address(), "not connected"),
                        pool.loop(),
                        ChannelInboundHandlerAdapter::new,
                        exchange);
    }

    private static final class Exchange extends ChannelInboundHandlerAdapter
            implements Dialer.Outcome {
        private final PgServerConnection connection;
        private final Runnable over;
        private boolean sent;
        private boolean ended;

        Exchange(PgServerConnection connection, Runnable over) {
            this.connection = connection;
            this.over = over;
        }

        @Override
        public void connected(Channel channel, SocketAddress address) {
            channel.pipeline().addLast(this);
            channel.eventLoop().schedule(() -> giveUp(channel), PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (!connection.usesTls()) {
                sendRequest(channel);
                return;
            }
            TlsStep.begin(
                    channel,
                    connection.backend(),
                    address,
                    connection.pgPool().proxy().tls(),
                    () -> sendRequest(channel),
                    reason -> {
                        LOG.warn("{}: cannot cancel: {}", connection, reason);
                        channel.close();
                    });
        }

        private void sendRequest(Channel channel) {
            ServerStartup.Key key = Objects.requireNonNull(connection.key(), "not open");
            ByteBuf out = channel.alloc().buffer(12 + key.secret().length);
            out.writeInt(12 + key.secret().length)
                    .writeInt(Messages.CANCEL_REQUEST)
                    .writeInt(key.processId())
                    .writeBytes(key.secret());
            sent = true;
            channel.writeAndFlush(out, channel.voidPromise());
        }

        private void giveUp(Channel channel) {
            if (!ended) {
                LOG.warn(
                        "{}: a cancel request was not taken within {} s",
                        connection,
                        PATIENCE_SECONDS);
                abandon(channel);
            }
        }

        private void abandon(Channel channel) {
            if (sent && !ended) {
                // It may still arrive: nobody else must be in its way then.
                connection.close("a cancel request may still reach it");
            }
            channel.close();
        }

        @Override
        public void failed(String reason) {
            LOG.warn("{}: cannot connect to cancel: {}", connection, reason);
            end();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message); // nothing is ever answered to a cancel request
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LOG.warn("{}: cancelling failed: {}", connection, cause.toString());
            abandon(ctx.channel());
        }

        private void end() {
            if (!ended) {
                ended = true;
                over.run();
            }
        }
    }
}
