package io.sluice.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.sluice.config.BackendConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Connects to backends. Names are resolved again at every connect, on a virtual thread; a backend
 * with several hosts or addresses is tried in turn, starting with another each time.
 *
 * <p><b>Threads:</b> any; what it reports arrives on the loop that is given.
 */
public final class Dialer {
    /** Replies up to the high mark are buffered for a slow client, so that its lease can end. */
    public static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(16 * 1024, 64 * 1024);

    private final Transport transport;
    private final AtomicInteger turn =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(1 << 16));

    public Dialer(Transport transport) {
        this.transport = transport;
    }

    /** What becomes of a connect; all on the loop. */
    public interface Outcome {
        /** Connected; reading is on. */
        void connected(Channel channel, SocketAddress address);

        /** None of the addresses answered; {@code reason} is for people. */
        void failed(String reason);
    }

    /**
     * Connects to a host of {@code backend}.
     *
     * @param handlers makes what is installed before each attempt to connect
     */
    public void dial(
            BackendConfig backend, Loop loop, Supplier<ChannelHandler> handlers, Outcome outcome) {
        List<SocketAddress> hosts = backend.hosts();
        SocketAddress host = hosts.get(Math.floorMod(turn.getAndIncrement(), hosts.size()));
        dial(backend, host, loop, handlers, outcome);
    }

    /** Connects to one known address of {@code backend}: where a cancel request must go. */
    public void dial(
            BackendConfig backend,
            SocketAddress host,
            Loop loop,
            Supplier<ChannelHandler> handlers,
            Outcome outcome) {
        if (host instanceof InetSocketAddress inet && inet.isUnresolved()) {
            resolve(
                    inet,
                    loop,
                    addresses -> begin(backend, addresses, 0, loop, handlers, outcome),
                    outcome);
        } else {
            begin(backend, List.of(host), 0, loop, handlers, outcome);
        }
    }

    private static void resolve(
            InetSocketAddress host,
            Loop loop,
            Consumer<List<SocketAddress>> resolved,
            Outcome outcome) {
        Thread.ofVirtual()
                .name("sluice-resolve")
                .start(() -> {
                    try {
                        InetAddress[] found = InetAddress.getAllByName(host.getHostString());
                        List<SocketAddress> addresses =
                                List.of(found).stream()
                                        .<SocketAddress>map(address ->
                                                new InetSocketAddress(address, host.getPort()))
                                        .toList();
                        loop.execute(() -> resolved.accept(addresses));
                    } catch (UnknownHostException e) {
                        loop.execute(() ->
                                outcome.failed(
                                        "the name %s cannot be resolved"
                                                .formatted(host.getHostString())));
                    }
                });
    }

    /**
     * Connects in a task of its own: only between two batches of events may a new channel be given
     * the descriptor of one just closed, see {@code Listener.BehindEvents}.
     */
    private void begin(
            BackendConfig backend,
            List<SocketAddress> addresses,
            int index,
            Loop loop,
            Supplier<ChannelHandler> handlers,
            Outcome outcome) {
        loop.execute(() -> connect(backend, addresses, index, loop, handlers, outcome));
    }

    private void connect(
            BackendConfig backend,
            List<SocketAddress> addresses,
            int index,
            Loop loop,
            Supplier<ChannelHandler> handlers,
            Outcome outcome) {
        SocketAddress address = addresses.get(index);
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop.executor())
                        .channelFactory(transport.clientChannels(address))
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int) Math.max(1, backend.connectTimeout().toMillis()))
                        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                        .handler(handlers.get());
        if (address instanceof InetSocketAddress) {
            transport.socketOptions(backend.socket(), bootstrap::option);
        }
        bootstrap
                .connect(transport.nativeAddress(address))
                .addListener((ChannelFuture connecting) -> {
                    if (connecting.isSuccess()) {
                        outcome.connected(connecting.channel(), address);
                    } else if (index + 1 < addresses.size()) {
                        begin(backend, addresses, index + 1, loop, handlers, outcome);
                    } else {
                        outcome.failed(reason(connecting.cause()));
                    }
                });
    }

    private static String reason(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
