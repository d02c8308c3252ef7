package io.sluice.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.sluice.config.HttpConfig;
import io.sluice.config.ListenerConfig;
import io.sluice.config.SocketOptions;
import io.sluice.config.TlsConfig;
import io.sluice.config.TlsMode;
import io.sluice.console.CommandConsole;
import io.sluice.net.Clock;
import io.sluice.net.Listener;
import io.sluice.net.Loops;
import io.sluice.net.TlsContexts;
import io.sluice.spi.Lifecycle;
import io.sluice.spi.Proxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Listens for HTTP on one thread of its own. {@link #start} and {@link #close} block: call them
 * from the thread that starts and stops.
 */
public final class HttpServer implements AutoCloseable {
    private static final Logger LOG = LogManager.getLogger(HttpServer.class);

    private static final int MAX_CONNECTIONS = 64;
    private static final int MAX_LINE = 4 * 1024;
    private static final int MAX_HEADERS = 8 * 1024;
    private static final int MAX_BODY = 8 * 1024;
    private static final SocketOptions SOCKET =
            new SocketOptions(
                    Duration.ofSeconds(60), Duration.ofSeconds(10), 3, Duration.ofSeconds(30));

    private final Loops loops;
    private final TlsContexts tls;
    private final @Nullable TlsConfig tlsConfig;
    private final MetricsPage metrics;
    private final HttpDesk.Services services;
    private final AtomicInteger connections = new AtomicInteger();
    private @Nullable Listener listener;

    private HttpServer(
            Proxy proxy,
            Lifecycle lifecycle,
            CommandConsole console,
            HttpConfig config,
            SocketAddress address,
            String version) {
        boolean local = isLocal(address);
        TlsConfig wanted = config.tls();
        this.tlsConfig = wanted == null || wanted.mode() == TlsMode.DISABLE ? null : wanted;
        this.tls = proxy.tls();
        this.metrics = new MetricsPage(proxy, console, version);
        this.services =
                new HttpDesk.Services(
                        console,
                        new ConsoleLogin(
                                () -> proxy.config().console(),
                                proxy.keyDerivation(),
                                proxy.decoys()),
                        proxy.failedLogins(),
                        () -> proxy.config().limits().failedLogins(),
                        metrics,
                        new HealthPages(proxy, lifecycle, console.survey()),
                        local,
                        local && address instanceof InetSocketAddress);
        if (!local && tlsConfig == null) {
            LOG.warn(
                    "http: {} is beyond loopback and without TLS: console passwords can be read on the wire",
                    Listener.printable(address));
        }
        this.loops = new Loops(proxy.loops().transport(), 1, Clock.SYSTEM);
    }

    /**
     * Starts to listen, if the configuration says where.
     *
     * <p>TLS files must have been prepared ({@link TlsContexts#prepareServer}, no ALPN); what a
     * reload prepares anew is used for the next connection.
     *
     * @return null if HTTP is off
     * @throws IOException if the address cannot be had
     */
    public static @Nullable HttpServer start(
            Proxy proxy, Lifecycle lifecycle, CommandConsole console, String version)
            throws IOException {
        HttpConfig config = proxy.config().http();
        SocketAddress address = config.address();
        if (address == null) {
            return null;
        }
        HttpServer server = new HttpServer(proxy, lifecycle, console, config, address, version);
        try {
            server.listen(address);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void listen(SocketAddress address) throws IOException {
        ListenerConfig config =
                new ListenerConfig(
                        address, 128, false, tlsConfig, tlsConfig != null, null, 0600, SOCKET);
        listener = Listener.bind(loops, config, this::accept);
    }

    /** The address really listened on: with port 0 asked for, the one the kernel chose. */
    public SocketAddress address() {
        Listener bound = listener;
        if (bound == null) {
            throw new IllegalStateException("does not listen");
        }
        return bound.address();
    }

    private void accept(Channel channel) {
        if (connections.incrementAndGet() > MAX_CONNECTIONS) {
            connections.decrementAndGet();
            channel.close();
            return;
        }
        channel.closeFuture().addListener(_ -> connections.decrementAndGet());
        ChannelPipeline pipeline = channel.pipeline();
        TlsConfig secured = tlsConfig;
        if (secured != null) {
            pipeline.addLast(tls.server(secured).context().newHandler(channel.alloc()));
        }
        pipeline.addLast(
                new HttpServerCodec(
                        new HttpDecoderConfig()
                                .setMaxInitialLineLength(MAX_LINE)
                                .setMaxHeaderSize(MAX_HEADERS)));
        pipeline.addLast(new HttpObjectAggregator(MAX_BODY, true));
        pipeline.addLast(new HttpDesk(services));
    }

    private static boolean isLocal(SocketAddress address) {
        return switch (address) {
            case InetSocketAddress inet when inet.isUnresolved() ->
                    inet.getHostString().equalsIgnoreCase("localhost");
            case InetSocketAddress inet -> inet.getAddress().isLoopbackAddress();
            case DomainSocketAddress _ -> true;
            default -> false;
        };
    }

    /** Stops listening and closes every connection. */
    @Override
    public void close() {
        Listener bound = listener;
        if (bound != null) {
            try {
                bound.close();
            } catch (IOException e) {
                LOG.warn("http: cannot remove the unix socket", e);
            }
        }
        loops.close();
        metrics.close();
    }
}
