package io.sluice.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.DataOutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A session that changes its loop while its client goes on sending. */
@Timeout(value = 120, unit = SECONDS)
class ChannelMoveTest {
    private static final int AT_ONCE = 8;
    private static final int CLIENTS = 250;
    private static final int NUMBERS = 300;

    @ParameterizedTest
    @EnumSource
    void losesNoByteThatArrivesMeanwhile(Transport transport) throws Exception {
        try (Loops loops = TestLoops.start(transport, 2);
                Listener listener =
                        Listener.bind(
                                loops,
                                TestLoops.ANY_PORT,
                                channel -> channel.pipeline().addLast(new Mover(loops)))) {
            int port = ((InetSocketAddress) listener.address()).getPort();
            try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < AT_ONCE; i++) {
                    all.add(threads.submit(() -> connectManyTimes(port)));
                }
                for (Future<?> one : all) {
                    one.get();
                }
            }
        }
    }

    private static @Nullable Void connectManyTimes(int port) throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            try (Socket client = new Socket("127.0.0.1", port)) {
                client.setSoTimeout(20_000);
                client.setTcpNoDelay(true);
                sendNumbers(client);
                assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
                        .isEqualTo("moved, %d numbers in order".formatted(NUMBERS));
            }
        }
        return null;
    }

    /** In small pieces, so that some arrive before, some during and some after the move. */
    private static void sendNumbers(Socket client) throws Exception {
        var out = new DataOutputStream(client.getOutputStream());
        for (int n = 0; n < NUMBERS; n++) {
            out.writeInt(n);
        }
    }

    /** Moves its channel to the other loop at the first byte, and counts what comes. */
    private static final class Mover extends ChannelInboundHandlerAdapter {
        private final Loops loops;
        private final ByteBuf received = Unpooled.buffer();
        private boolean moving;
        private boolean arrived;
        private int next;

        Mover(Loops loops) {
            this.loops = loops;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            received.writeBytes(bytes);
            bytes.release();
            if (!moving) {
                moving = true;
                Loop other = loops.get(1 - loops.current().index());
                ChannelMove.move(
                        ctx.channel(),
                        other,
                        () -> {
                            arrived = true;
                            ctx.channel().config().setAutoRead(true);
                            answer(ctx);
                        },
                        failure -> ctx.fireExceptionCaught(failure));
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            received.release();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            answer(ctx);
        }

        private void answer(ChannelHandlerContext ctx) {
            while (received.readableBytes() >= Integer.BYTES
                    && received.getInt(received.readerIndex()) == next) {
                received.skipBytes(Integer.BYTES);
                next++;
            }
            if (next == NUMBERS && arrived) {
                String where =
                        ctx.executor().equals(loops.current().executor()) ? "moved" : "astray";
                ctx.writeAndFlush(
                                Unpooled.copiedBuffer(
                                        "%s, %d numbers in order".formatted(where, next), US_ASCII))
                        .addListener(_ -> ctx.close());
            }
        }
    }
}
