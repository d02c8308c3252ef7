package io.sluice.console;

import io.netty.channel.Channel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/** Addresses in PgBouncer's two columns. */
final class Addresses {
    private Addresses() {}

    /** The host or IP address of a server; the path of a unix socket. */
    static String host(SocketAddress address) {
        return switch (address) {
            case InetSocketAddress inet -> inet.getHostString();
            case DomainSocketAddress unix -> unix.path();
            default -> address.toString();
        };
    }

    /** The IP address of an end of a channel; {@code unix}, or "" where there is none any more. */
    static String ip(@Nullable Channel channel, @Nullable SocketAddress address) {
        return switch (address) {
            // Whoever came by a unix socket has no address of their own.
            case null -> channel instanceof DomainSocketChannel ? "unix" : "";
            case InetSocketAddress inet when inet.getAddress() != null ->
                    inet.getAddress().getHostAddress();
            case InetSocketAddress inet -> inet.getHostString();
            case DomainSocketAddress _ -> "unix";
            case UnixDomainSocketAddress _ -> "unix";
            default -> address.toString();
        };
    }

    /** 0 for what has none. */
    static int port(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }
}
