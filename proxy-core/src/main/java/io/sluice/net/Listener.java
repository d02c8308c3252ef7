package io.sluice.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import io.sluice.config.ListenerConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One address that clients connect to.
 *
 * <p>Where ports can be shared every loop has a listening socket of its own and keeps what it
 * accepts; otherwise one socket spreads clients over all loops.
 *
 * <p>{@link #bind} and {@link #close} block: call them from the thread that starts and stops.
 */
public final class Listener implements AutoCloseable {
    /** The bits of st_mode that tell what a file is, and those of a socket (inode(7)). */
    private static final int FILE_TYPE = 0170000;

    private static final int SOCKET = 0140000;

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final ListenerConfig config;
    private final List<Channel> sockets = new ArrayList<>();
    private SocketAddress bound;

    private Listener(ListenerConfig config) {
        this.config = config;
        this.bound = config.address();
    }

    /**
     * Starts to listen and to accept.
     *
     * @param accept given every accepted channel on its loop, registered but not yet active
     * @throws IOException if the address cannot be had; the message names it and says what to do
     */
    public static Listener bind(Loops loops, ListenerConfig config, Consumer<Channel> accept)
            throws IOException {
        Listener listener = reserve(loops, config, accept);
        listener.begin();
        return listener;
    }

    /** As {@link #bind}, but clients wait in the kernel's queue until {@link #begin}. */
    public static Listener reserve(Loops loops, ListenerConfig config, Consumer<Channel> accept)
            throws IOException {
        Listener listener = new Listener(config);
        try {
            listener.open(loops, accept);
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        return listener;
    }

    /** Accepts clients from now on. */
    public void begin() {
        sockets.forEach(socket -> socket.config().setAutoRead(true));
    }

    /** The address really listened on: with port 0 asked for, the one the kernel chose. */
    public SocketAddress address() {
        return bound;
    }

    public ListenerConfig config() {
        return config;
    }

    private void open(Loops loops, Consumer<Channel> accept) throws IOException {
        Transport transport = loops.transport();
        ChannelHandler initializer =
                new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept.accept(transport.prepare(channel));
                    }
                };
        if (config.address() instanceof DomainSocketAddress unix) {
            removeStale(Path.of(unix.path()));
            ServerBootstrap bootstrap =
                    bootstrap(transport, initializer).group(loops.get(0).executor(), loops.group());
            listen(bootstrap, transport.nativeAddress(unix));
            Files.setPosixFilePermissions(Path.of(unix.path()), permissions(config.unixMode()));
        } else if (transport.sharesPorts()) {
            SocketAddress address = config.address();
            boolean shared = loops.size() > 1 || config.reusePort();
            if (shared && !config.reusePort()) {
                refuseIfTaken(address);
            }
            for (Loop loop : loops) {
                ServerBootstrap bootstrap =
                        bootstrap(transport, initializer).group(loop.executor());
                if (shared) {
                    transport.sharePort(bootstrap::option);
                }
                listen(bootstrap, address);
                address = bound; // with port 0 the others take what the first was given
            }
        } else {
            ServerBootstrap bootstrap =
                    bootstrap(transport, initializer).group(loops.get(0).executor(), loops.group());
            if (config.reusePort()) {
                transport.sharePort(bootstrap::option);
            }
            listen(bootstrap, config.address());
        }
    }

    /** A port that may be shared would be shared with a stranger, too: ask for it alone, first. */
    private static void refuseIfTaken(SocketAddress address) throws IOException {
        try (ServerSocket alone = new ServerSocket()) {
            alone.bind(address);
        } catch (IOException e) {
            throw cannotListen(address, e);
        }
    }

    private ServerBootstrap bootstrap(Transport transport, ChannelHandler initializer) {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .channelFactory(transport.serverChannels(config.address()))
                        .handler(new BehindEvents())
                        .option(ChannelOption.SO_BACKLOG, config.backlog())
                        .option(ChannelOption.AUTO_READ, false)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Dialer.WATER_MARK)
                        .childHandler(initializer);
        if (config.address() instanceof InetSocketAddress) {
            bootstrap.option(ChannelOption.SO_REUSEADDR, true);
            transport.socketOptions(config.socket(), bootstrap::childOption);
        }
        return bootstrap;
    }

    /**
     * Lets an accepted channel in only when its loop has seen to all events that it has fetched.
     *
     * <p>Netty tells by file descriptor whose an event is. If a channel is closed while an event of
     * its own waits in the same batch, and a client accepted in that batch is given its descriptor,
     * then the event reaches the client: with epoll a hang-up that is not its own, after which its
     * channel fails as soon as reading is turned off and on again.
     */
    private static final class BehindEvents extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object accepted) {
            ctx.executor().execute(() -> ctx.fireChannelRead(accepted));
        }
    }

    private void listen(ServerBootstrap bootstrap, SocketAddress address) throws IOException {
        var binding = bootstrap.bind(address).awaitUninterruptibly();
        Throwable cause = binding.cause();
        if (cause != null) {
            throw cannotListen(address, cause);
        }
        sockets.add(binding.channel());
        if (config.address() instanceof InetSocketAddress) {
            bound = binding.channel().localAddress();
        }
    }

    private static IOException cannotListen(SocketAddress address, Throwable cause) {
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return new IOException(
                "cannot listen on %s: %s; stop what uses it or choose another address in listen"
                        .formatted(printable(address), reason),
                cause);
    }

    /** A socket file that nobody listens on any more is left of a process that was killed. */
    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!isSocket(path)) {
            throw new IOException(
                    "cannot listen on %s: there is a file that is no socket; remove it or choose another path in listen"
                            .formatted(path));
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException nobodyListens) {
            Files.delete(path);
            return;
        }
        throw new IOException(
                "cannot listen on %s: another process does; stop it or choose another path in listen"
                        .formatted(path));
    }

    private static boolean isSocket(Path path) throws IOException {
        int type =
                (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & FILE_TYPE;
        return type == SOCKET;
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] fromOwnerRead = PosixFilePermission.values();
        for (int i = 0; i < fromOwnerRead.length; i++) {
            if ((mode & (0400 >> i)) != 0) {
                permissions.add(fromOwnerRead[i]);
            }
        }
        return permissions;
    }

    /**
     * How addresses are shown to people: host:port, or the path of a unix socket.
     *
     * @param address null of a peer that was gone before anybody asked who it was
     */
    public static String printable(@Nullable SocketAddress address) {
        return switch (address) {
            case null -> "unknown";
            case InetSocketAddress inet when inet.getHostString().indexOf(':') >= 0 ->
                    "[" + inet.getHostString() + "]:" + inet.getPort();
            case InetSocketAddress inet -> inet.getHostString() + ":" + inet.getPort();
            case DomainSocketAddress unix -> unix.path();
            default -> address.toString();
        };
    }

    /** Stops accepting; connections already accepted live on. */
    @Override
    public void close() throws IOException {
        List<ChannelFuture> closing = sockets.stream().map(Channel::close).toList();
        // A loop that hangs must not keep the process from its end.
        long deadline = System.nanoTime() + CLOSE_PATIENCE.toNanos();
        closing.forEach(closed ->
                closed.awaitUninterruptibly(
                        Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS));
        if (!sockets.isEmpty() && config.address() instanceof DomainSocketAddress unix) {
            Files.deleteIfExists(Path.of(unix.path()));
        }
        sockets.clear();
    }
}
