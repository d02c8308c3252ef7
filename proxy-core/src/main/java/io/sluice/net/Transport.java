package io.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.sluice.config.SocketOptions;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.util.function.BiConsumer;
import jdk.net.ExtendedSocketOptions;

/** How the process talks to the kernel about sockets. */
public enum Transport {
    EPOLL,
    IO_URING,
    NIO;

    /** Netty reads it when its class IoUring is loaded. */
    private static final String MULTISHOT_POLL = "io.netty.iouring.pollAddMultishotEnabled";

    static {
        System.setProperty(MULTISHOT_POLL, "false");
    }

    /**
     * Finds the transport of the configuration.
     *
     * @param name auto, epoll, io_uring or nio; auto is epoll where the kernel has it
     * @throws IllegalStateException if the machine cannot do what is asked; the message says why
     */
    public static Transport named(String name) {
        Transport asked =
                switch (name) {
                    case "auto" -> Epoll.isAvailable() ? EPOLL : NIO;
                    case "epoll" -> EPOLL;
                    case "io_uring" -> IO_URING;
                    case "nio" -> NIO;
                    default -> throw new IllegalArgumentException("no transport " + name);
                };
        Throwable missing =
                switch (asked) {
                    case EPOLL -> Epoll.unavailabilityCause();
                    case IO_URING -> IoUring.unavailabilityCause();
                    case NIO -> null;
                };
        if (missing != null) {
            throw new IllegalStateException(
                    "transport " + name + " is not available here: " + missing, missing);
        }
        return asked;
    }

    IoHandlerFactory ioHandlerFactory() {
        return switch (this) {
            case EPOLL -> EpollIoHandler.newFactory();
            case IO_URING -> pollingOnce();
            case NIO -> NioIoHandler.newFactory();
        };
    }

    /**
     * A poll of Netty's (4.2.18) that goes on tells of what arrives only once, and what it told is
     * forgotten if a read is under way or being cancelled: the channel would never read again. A
     * poll for one event looks at the socket whenever it is begun.
     */
    private static IoHandlerFactory pollingOnce() {
        if (IoUring.isPollAddMultishotEnabled()) {
            throw new IllegalStateException(
                    "io_uring was set up before Sluice could turn multishot polls off, with which"
                            + " bytes and hang-ups of clients go unnoticed; start Java with -D"
                            + MULTISHOT_POLL
                            + "=false or use transport epoll");
        }
        return IoUringIoHandler.newFactory();
    }

    /** Whether several listeners may share one TCP port, so that each loop accepts its own. */
    boolean sharesPorts() {
        return this != NIO;
    }

    /** Whether {@link SocketOptions#userTimeout} has an effect: the JDK has no such option. */
    public boolean hasUserTimeout() {
        return this != NIO;
    }

    ChannelFactory<ServerChannel> serverChannels(SocketAddress address) {
        boolean unix = address instanceof DomainSocketAddress;
        return switch (this) {
            case EPOLL ->
                    unix
                            ? EpollServerDomainSocketChannel::new
                            : isV4(address)
                                    ? () -> new EpollServerSocketChannel(SocketProtocolFamily.INET)
                                    : EpollServerSocketChannel::new;
            case IO_URING ->
                    unix ? IoUringServerDomainSocketChannel::new : IoUringServerSocketChannel::new;
            case NIO -> unix ? NioServerDomainSocketChannel::new : NioServerSocketChannel::new;
        };
    }

    /** A socket of IPv4's own costs the kernel less than one of IPv6 that carries IPv4. */
    private static boolean isV4(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                && inet.getAddress() instanceof Inet4Address;
    }

    /** Makes channels that can connect to {@code address}. */
    public ChannelFactory<Channel> clientChannels(SocketAddress address) {
        boolean unix = address instanceof DomainSocketAddress;
        return switch (this) {
            case EPOLL ->
                    unix
                            ? EpollDomainSocketChannel::new
                            : isV4(address)
                                    ? () -> new EpollSocketChannel(SocketProtocolFamily.INET)
                                    : EpollSocketChannel::new;
            case IO_URING -> unix ? IoUringDomainSocketChannel::new : IoUringSocketChannel::new;
            case NIO -> unix ? NioDomainSocketChannel::new : NioSocketChannel::new;
        };
    }

    /** Gives a new channel what it needs with this transport, before it is given any handler. */
    Channel prepare(Channel channel) {
        if (this == IO_URING) {
            channel.pipeline().addFirst(NoReadsWhileClosing.NAME, new NoReadsWhileClosing());
        }
        return channel;
    }

    /** The address in the form that this transport's channels take. */
    public SocketAddress nativeAddress(SocketAddress address) {
        return this == NIO && address instanceof DomainSocketAddress unix
                ? UnixDomainSocketAddress.of(unix.path())
                : address;
    }

    @SuppressWarnings("unchecked")
    void sharePort(BiConsumer<ChannelOption<Object>, Object> setter) {
        ChannelOption<Boolean> option =
                switch (this) {
                    case EPOLL, IO_URING -> UnixChannelOption.SO_REUSEPORT;
                    case NIO -> NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT);
                };
        setter.accept((ChannelOption<Object>) (ChannelOption<?>) option, true);
    }

    /** Gives keepalive and user timeout of a TCP connection to {@code setter}. */
    @SuppressWarnings("unchecked")
    public void socketOptions(
            SocketOptions options, BiConsumer<ChannelOption<Object>, Object> setter) {
        BiConsumer<ChannelOption<?>, Object> set =
                (option, value) -> setter.accept((ChannelOption<Object>) option, value);
        set.accept(ChannelOption.TCP_NODELAY, true);
        boolean keepAlive = options.keepAliveIdle().isPositive();
        set.accept(ChannelOption.SO_KEEPALIVE, keepAlive);
        int idle = (int) options.keepAliveIdle().toSeconds();
        int interval = (int) Math.max(1, options.keepAliveInterval().toSeconds());
        int userTimeout = (int) options.userTimeout().toMillis();
        switch (this) {
            case EPOLL -> {
                if (keepAlive) {
                    set.accept(EpollChannelOption.TCP_KEEPIDLE, Math.max(1, idle));
                    set.accept(EpollChannelOption.TCP_KEEPINTVL, interval);
                    set.accept(EpollChannelOption.TCP_KEEPCNT, options.keepAliveCount());
                }
                if (userTimeout > 0) {
                    set.accept(EpollChannelOption.TCP_USER_TIMEOUT, userTimeout);
                }
            }
            case IO_URING -> {
                if (keepAlive) {
                    set.accept(IoUringChannelOption.TCP_KEEPIDLE, Math.max(1, idle));
                    set.accept(IoUringChannelOption.TCP_KEEPINTVL, interval);
                    set.accept(IoUringChannelOption.TCP_KEEPCNT, options.keepAliveCount());
                }
                if (userTimeout > 0) {
                    set.accept(IoUringChannelOption.TCP_USER_TIMEOUT, userTimeout);
                }
            }
            case NIO -> {
                set.accept(NioChannelOption.of(StandardSocketOptions.SO_KEEPALIVE), keepAlive);
                if (keepAlive) {
                    set.accept(
                            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
                            Math.max(1, idle));
                    set.accept(
                            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), interval);
                    set.accept(
                            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT),
                            options.keepAliveCount());
                }
            }
        }
    }
}
