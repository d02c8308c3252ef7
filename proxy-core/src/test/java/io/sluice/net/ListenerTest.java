package io.sluice.net;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.unix.UnixChannel;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = SECONDS)
class ListenerTest {
    private final List<Channel> accepted = new CopyOnWriteArrayList<>();

    /** What one client sends closes another, as the loss of a server closes its client. */
    private final class Closer extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ((ByteBuf) message).release();
            accepted.getFirst().close();
        }
    }

    @Test
    void tellsAClientNothingOfTheOneWhoseDescriptorItIsGiven() throws Exception {
        try (Loops loops = TestLoops.start(Transport.EPOLL, 1);
                Listener listener =
                        Listener.bind(
                                loops,
                                TestLoops.ANY_PORT,
                                channel -> {
                                    channel.pipeline().addLast(new Closer());
                                    accepted.add(channel);
                                });
                Socket closed = connect(listener);
                Socket closing = connect(listener);
                Socket fresh = new Socket()) {
            fresh.bind(null); // its own descriptor is not the one that becomes free
            int descriptor = descriptor(accepted.getFirst());

            // All three are in one batch, in this order.
            CountDownLatch held = TestLoops.hold(loops.get(0));
            closing.getOutputStream().write(1);
            fresh.connect(listener.address());
            closed.shutdownOutput();
            held.countDown();
            await().until(() -> accepted.size() == 3);
            Channel channel = accepted.get(2);
            assertThat(descriptor(channel)).isEqualTo(descriptor);
            stopAndGoOnReading(loops.get(0), channel);

            assertThat(channel.isActive()).isTrue();
        }
    }

    private Socket connect(Listener listener) throws Exception {
        int before = accepted.size();
        Socket socket = new Socket();
        socket.connect(listener.address());
        await().until(() -> accepted.size() > before && accepted.getLast().isActive());
        return socket;
    }

    private static int descriptor(Channel channel) {
        return ((UnixChannel) channel).fd().intValue();
    }

    private static void stopAndGoOnReading(Loop loop, Channel channel) {
        CompletableFuture.runAsync(
                        () -> {
                            channel.config().setAutoRead(false);
                            channel.config().setAutoRead(true);
                        },
                        loop.executor())
                .join();
    }
}
