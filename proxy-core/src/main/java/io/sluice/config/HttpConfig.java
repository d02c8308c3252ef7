package io.sluice.config;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Metrics, health and JSON; null address: no HTTP. */
public record HttpConfig(@Nullable SocketAddress address, @Nullable TlsConfig tls) {}
