package io.sluice.config;

import java.time.Duration;

/**
 * What is written to the daemon's log.
 *
 * @param slowQuery operations that took longer get a line; zero: none
 */
public record LogConfig(
        boolean connections, boolean disconnections, boolean poolerErrors, Duration slowQuery) {}
