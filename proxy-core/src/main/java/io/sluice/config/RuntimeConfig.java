package io.sluice.config;

import java.time.Duration;

/**
 * How the process runs.
 *
 * @param transport auto, epoll, io_uring or nio
 * @param eventLoops threads that carry traffic; already resolved, at least 1
 * @param drainTimeout longest a graceful shutdown waits for operations in flight
 * @param readinessDelay how long readiness says 503 before listeners close
 */
public record RuntimeConfig(
        String transport, int eventLoops, Duration drainTimeout, Duration readinessDelay) {}
