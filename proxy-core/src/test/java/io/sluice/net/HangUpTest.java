package io.sluice.net;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A client that goes is noticed as soon as its channel is read from. {@code -Dsluice.hangup.seed}
 * repeats what clients and channels do, but for when the kernel lets them.
 */
@Timeout(value = 120, unit = SECONDS)
class HangUpTest {
    private static final int AT_ONCE = 8;
    private static final int CLIENTS = 500;

    private final long seed = Long.getLong("sluice.hangup.seed", System.nanoTime());
    private final AtomicInteger accepted = new AtomicInteger();
    private final Map<Integer, Taken> byPort = new ConcurrentHashMap<>();
    private final Set<Channel> here = ConcurrentHashMap.newKeySet();

    @ParameterizedTest
    @EnumSource
    void isNoticedThatCameTogetherWithTheLastBytes(Transport transport) throws Exception {
        resetWithTheLastBytes(transport, false);
    }

    @ParameterizedTest
    @EnumSource
    void isNoticedWhenReadingGoesOnThatTheLastBytesStopped(Transport transport) throws Exception {
        resetWithTheLastBytes(transport, true);
    }

    private void resetWithTheLastBytes(Transport transport, boolean stopped) throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (Loops loops = TestLoops.start(transport, 1);
                Listener listener =
                        Listener.bind(
                                loops,
                                TestLoops.ANY_PORT,
                                channel -> {
                                    channel.pipeline().addLast(new Reader(read, stopped));
                                    count(channel);
                                })) {
            Socket client = new Socket();
            client.connect(listener.address());
            await().until(() -> accepted.get() == 1);
            CountDownLatch held = TestLoops.hold(loops.get(0));
            client.getOutputStream().write(1);
            client.setSoLinger(true, 0);
            client.close();
            held.countDown();
            read.await();
            if (stopped) {
                loops.get(0)
                        .execute(() -> here.forEach(channel -> channel.config().setAutoRead(true)));
            }

            await().until(here::isEmpty);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isNoticedHoweverReadingStopsAndTheChannelMoves(Transport transport) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        Splits restless = new Splits(random.split());
        try (Loops loops = TestLoops.start(transport, 2);
                Listener listener =
                        Listener.bind(
                                loops,
                                TestLoops.ANY_PORT,
                                channel -> {
                                    channel.pipeline()
                                            .addLast(new Restless(loops, restless.next(), byPort));
                                    count(channel);
                                })) {
            int port = ((InetSocketAddress) listener.address()).getPort();
            try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < AT_ONCE; i++) {
                    SplittableRandom own = random.split();
                    all.add(threads.submit(() -> connectManyTimes(port, own)));
                }
                for (Future<?> one : all) {
                    one.get();
                }
            }

            await().untilAsserted(() -> {
                assertThat(accepted)
                        .as("-Dsluice.hangup.seed=%d", seed)
                        .hasValue(AT_ONCE * CLIENTS);
                assertThat(here).as("-Dsluice.hangup.seed=%d", seed).isEmpty();
            });
        }
    }

    private @Nullable Void connectManyTimes(int port, SplittableRandom random) throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            try (Socket client = new Socket("127.0.0.1", port)) {
                client.setTcpNoDelay(true);
                Taken taken = new Taken();
                byPort.put(client.getLocalPort(), taken);
                int sent = 0;
                for (int pieces = random.nextInt(6); pieces > 0; pieces--) {
                    int length = random.nextInt(8) == 0 ? 100_000 : 1 + random.nextInt(50);
                    client.getOutputStream().write(new byte[length]);
                    sent += length;
                    if (random.nextBoolean()) {
                        taken.awaitAll(sent); // so that the next piece is read by itself
                    }
                }
                if (random.nextBoolean()) {
                    client.setSoLinger(true, 0); // a reset instead of an orderly end
                }
            }
        }
        return null;
    }

    /** How many bytes of a client were read. */
    private static final class Taken {
        private int bytes;

        synchronized void add(int more) {
            bytes += more;
            notifyAll();
        }

        synchronized void awaitAll(int sent) throws InterruptedException {
            while (bytes < sent) {
                wait();
            }
        }
    }

    /** Randoms of their own for channels, in the order in which they come. */
    private static final class Splits {
        private final SplittableRandom random;

        Splits(SplittableRandom random) {
            this.random = random;
        }

        synchronized SplittableRandom next() {
            return random.split();
        }
    }

    private void count(Channel channel) {
        here.add(channel);
        channel.closeFuture().addListener(_ -> here.remove(channel));
        accepted.incrementAndGet();
    }

    private static class Reader extends ChannelInboundHandlerAdapter {
        private final CountDownLatch read;
        private final boolean stops;

        Reader(CountDownLatch read, boolean stops) {
            this.read = read;
            this.stops = stops;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ((ByteBuf) message).release();
            if (stops) {
                ctx.channel().config().setAutoRead(false);
            }
            read.countDown();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            assertThat(cause).isInstanceOf(IOException.class);
            ctx.close();
        }
    }

    /** Stops reading and goes on some times, moves once, and reads in the end. */
    private static final class Restless extends Reader {
        private final Loops loops;
        private final SplittableRandom random;
        private final Map<Integer, Taken> byPort;
        private int steps;
        private boolean moved;

        Restless(Loops loops, SplittableRandom random, Map<Integer, Taken> byPort) {
            super(new CountDownLatch(0), false);
            this.loops = loops;
            this.random = random;
            this.byPort = byPort;
            this.steps = random.nextInt(12);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            int read = ((ByteBuf) message).readableBytes();
            super.channelRead(ctx, message);
            int port = ((InetSocketAddress) ctx.channel().remoteAddress()).getPort();
            Objects.requireNonNull(byPort.get(port)).add(read);
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.fireChannelActive();
            step(ctx.channel());
        }

        private void step(Channel channel) {
            if (!channel.isActive() || steps-- == 0) {
                return;
            }
            Runnable resume =
                    () -> {
                        channel.config().setAutoRead(true);
                        step(channel);
                    };
            channel.config().setAutoRead(false);
            switch (random.nextInt(4)) {
                case 0 -> channel.eventLoop().schedule(resume, random.nextInt(300), MICROSECONDS);
                case 1 -> channel.eventLoop().execute(resume);
                case 2 -> {
                    channel.config().setAutoRead(true);
                    channel.eventLoop()
                            .schedule(() -> step(channel), random.nextInt(500), MICROSECONDS);
                }
                default -> moveOnce(channel, resume);
            }
        }

        private void moveOnce(Channel channel, Runnable resume) {
            if (moved) {
                resume.run();
                return;
            }
            moved = true;
            Loop other = loops.get(1 - loops.current().index());
            ChannelMove.move(channel, other, resume, _ -> {});
        }
    }
}
