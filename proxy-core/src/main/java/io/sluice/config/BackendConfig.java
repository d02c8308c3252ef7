package io.sluice.config;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server (or a group of equal ones) that tenants' requests go to.
 *
 * @param hosts unresolved addresses (resolved again at every connect) or unix sockets
 * @param maxConnections most server connections of all tenants together
 * @param connectTimeout TCP connect, TLS and login together
 * @param loginRetry pause after a failed connect or login; while it lasts waiting clients get the
 *     last error
 * @param protocolSettings what the protocol bound from the rest of the section
 */
public record BackendConfig(
        String name,
        String protocol,
        List<SocketAddress> hosts,
        int maxConnections,
        Duration connectTimeout,
        Duration loginRetry,
        @Nullable TlsConfig tls,
        SocketOptions socket,
        Object protocolSettings) {}
