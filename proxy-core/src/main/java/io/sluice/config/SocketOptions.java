package io.sluice.config;

import java.time.Duration;

/**
 * Options of every TCP connection of a listener or a backend.
 *
 * @param keepAliveIdle quiet time before the first probe; zero: no keepalive
 * @param userTimeout longest sent data may stay unacknowledged; zero: the kernel's own limit
 */
public record SocketOptions(
        Duration keepAliveIdle,
        Duration keepAliveInterval,
        int keepAliveCount,
        Duration userTimeout) {}
