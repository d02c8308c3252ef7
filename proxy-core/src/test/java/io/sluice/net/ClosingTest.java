package io.sluice.net;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever a channel was doing when it is closed, its peer hears of it. {@code
 * -Dsluice.closing.seed} repeats what both do, but for when the kernel lets them.
 */
@Timeout(value = 120, unit = SECONDS)
class ClosingTest {
    private static final int AT_ONCE = 8;
    private static final int CLIENTS = Integer.getInteger("sluice.closing.clients", 200);
    private static final int PATIENCE_MILLIS = 10_000;

    private final long seed = Long.getLong("sluice.closing.seed", System.nanoTime());

    @ParameterizedTest
    @EnumSource
    void isHeardOfByThePeer(Transport transport) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        SplittableRandom closing = random.split();
        try (Loops loops = TestLoops.start(transport, 1);
                Listener listener =
                        Listener.bind(
                                loops,
                                TestLoops.ANY_PORT,
                                channel ->
                                        channel.pipeline().addLast(new Closer(closing.split())));
                var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            int port = ((InetSocketAddress) listener.address()).getPort();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                SplittableRandom own = random.split();
                all.add(threads.submit(() -> connectManyTimes(port, own)));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    private @Nullable Void connectManyTimes(int port, SplittableRandom random) throws IOException {
        for (int i = 0; i < CLIENTS; i++) {
            try (Socket client = new Socket("127.0.0.1", port)) {
                client.setTcpNoDelay(true);
                client.setSoTimeout(PATIENCE_MILLIS);
                talk(client, random);
            } catch (SocketTimeoutException e) {
                fail("the peer of client %d does not know: -Dsluice.closing.seed=%d", i, seed);
            }
        }
        return null;
    }

    private static void talk(Socket client, SplittableRandom random) throws IOException {
        try {
            for (int pieces = random.nextInt(20); pieces > 0; pieces--) {
                int length = random.nextInt(8) == 0 ? 60_000 : 1 + random.nextInt(50);
                client.getOutputStream().write(new byte[length]);
            }
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return; // a reset: it was told
        }
    }

    /** Stops reading and goes on some times, answers some, and closes. */
    private static final class Closer extends ChannelInboundHandlerAdapter {
        private final SplittableRandom random;
        private int steps;
        private int reads;

        Closer(SplittableRandom random) {
            this.random = random;
            this.steps = random.nextInt(8);
            this.reads = random.nextInt(12);
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            step(ctx.channel());
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (random.nextInt(4) == 0) {
                ctx.writeAndFlush(message);
            } else {
                ((ByteBuf) message).release();
            }
            switch (random.nextInt(12)) {
                case 0 -> ctx.channel().config().setAutoRead(false);
                case 1 -> {
                    ctx.channel().config().setAutoRead(false);
                    ctx.channel().config().setAutoRead(true);
                }
                default -> {}
            }
            if (reads-- == 0) {
                ctx.close();
            }
        }

        private void step(Channel channel) {
            if (steps-- == 0) {
                switch (random.nextInt(5)) {
                    case 0 -> {
                        channel.config().setAutoRead(true);
                        channel.close();
                    }
                    case 1 -> {
                        channel.config().setAutoRead(false);
                        channel.config().setAutoRead(true);
                        channel.close();
                    }
                    case 2 -> {
                        channel.config().setAutoRead(false);
                        channel.close();
                    }
                    case 3 -> {
                        channel.config().setAutoRead(false);
                        channel.eventLoop()
                                .execute(() -> {
                                    channel.config().setAutoRead(true);
                                    channel.close();
                                });
                    }
                    default -> channel.close();
                }
                return;
            }
            channel.config().setAutoRead(random.nextBoolean());
            if (random.nextBoolean()) {
                channel.eventLoop().execute(() -> step(channel));
            } else {
                channel.eventLoop()
                        .schedule(() -> step(channel), random.nextInt(300), MICROSECONDS);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
