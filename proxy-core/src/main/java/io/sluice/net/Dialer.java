package io.sluice.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.sluice.config.BackendConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Connects to backends. The hosts of a backend are equals: they are tried in turn, each connect
 * beginning with another, until one takes it or the connect timeout is over, of which each gets its
 * share. Names are resolved again at every connect, on a virtual thread; each address of a name is
 * tried, too.
 *
 * <p><b>Threads:</b> any; what it reports arrives on the loop that is given.
 */
public final class Dialer {
    /** Replies up to the high mark are buffered for a slow client, so that its lease can end. */
    public static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(16 * 1024, 64 * 1024);

    private static final long NANOS_PER_MILLI = 1_000_000L;

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
        var hosts = new ArrayDeque<>(backend.hosts());
        for (int skip = Math.floorMod(turn.getAndIncrement(), hosts.size()); skip > 0; skip--) {
            hosts.addLast(hosts.removeFirst());
        }
        new Attempt(backend, hosts, loop, handlers, outcome).begin();
    }

    /** Connects to one known address of {@code backend}: where a cancel request must go. */
    public void dial(
            BackendConfig backend,
            SocketAddress host,
            Loop loop,
            Supplier<ChannelHandler> handlers,
            Outcome outcome) {
        new Attempt(backend, new ArrayDeque<>(List.of(host)), loop, handlers, outcome).begin();
    }

    /** One connect, over all addresses that it may end at. Confined to the loop. */
    private final class Attempt {
        private final BackendConfig backend;
        private final ArrayDeque<SocketAddress> left;
        private final Loop loop;
        private final Supplier<ChannelHandler> handlers;
        private final Outcome outcome;
        private final long deadline;

        /** Sorted, so that the same failures read the same whatever host was the first. */
        private final TreeSet<String> reasons = new TreeSet<>();

        Attempt(
                BackendConfig backend,
                ArrayDeque<SocketAddress> left,
                Loop loop,
                Supplier<ChannelHandler> handlers,
                Outcome outcome) {
            this.backend = backend;
            this.left = left;
            this.loop = loop;
            this.handlers = handlers;
            this.outcome = outcome;
            this.deadline = System.nanoTime() + backend.connectTimeout().toNanos();
        }

        /**
         * Connects in a task of its own: only between two batches of events may a new channel be
         * given the descriptor of one just closed, see {@code Listener.BehindEvents}.
         */
        void begin() {
            loop.execute(this::next);
        }

        private void next() {
            // What is begun of a millisecond counts as one: a sole host gets all of the timeout.
            long millis =
                    Math.ceilDiv(deadline - System.nanoTime(), NANOS_PER_MILLI)
                            / Math.max(1, left.size());
            SocketAddress address = left.poll();
            if (address == null || (millis <= 0 && !reasons.isEmpty())) {
                outcome.failed(String.join("; ", reasons));
            } else if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
                resolve(inet);
            } else {
                connect(address, (int) Math.max(1, millis));
            }
        }

        private void failed(String reason) {
            reasons.add(reason);
            begin();
        }

        private void resolve(InetSocketAddress host) {
            Thread.ofVirtual()
                    .name("sluice-resolve")
                    .start(() -> {
                        try {
                            InetAddress[] found = InetAddress.getAllByName(host.getHostString());
                            loop.execute(() -> onResolved(host, found));
                        } catch (UnknownHostException e) {
                            loop.execute(() ->
                                    failed(
                                            "the name %s cannot be resolved"
                                                    .formatted(host.getHostString())));
                        }
                    });
        }

        private void onResolved(InetSocketAddress host, InetAddress[] found) {
            List<InetAddress> backwards = Arrays.asList(found.clone());
            Collections.reverse(backwards);
            backwards.forEach(
                    address -> left.addFirst(new InetSocketAddress(address, host.getPort())));
            next();
        }

        private void connect(SocketAddress address, int timeoutMillis) {
            ChannelFactory<Channel> channels = transport.clientChannels(address);
            Bootstrap bootstrap =
                    new Bootstrap()
                            .group(loop.executor())
                            .channelFactory(() -> transport.prepare(channels.newChannel()))
                            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
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
                        } else {
                            failed(reason(connecting.cause()));
                        }
                    });
        }
    }

    private static String reason(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
