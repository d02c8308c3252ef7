package io.sluice.config;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One address that is listened on.
 *
 * @param address an InetSocketAddress or a Netty DomainSocketAddress
 * @param backlog connections the kernel queues before they are accepted
 * @param reusePort whether other processes may listen on the same port (never on unix sockets)
 * @param tls null: not offered
 * @param tlsRequired whether a client that does not ask for TLS is refused (never on unix sockets)
 * @param tenant fixes the tenant of every client that comes in here; null: the client names it
 * @param unixMode permission bits of a unix socket, as in chmod
 */
public record ListenerConfig(
        SocketAddress address,
        int backlog,
        boolean reusePort,
        @Nullable TlsConfig tls,
        boolean tlsRequired,
        @Nullable String tenant,
        int unixMode,
        SocketOptions socket) {}
