package io.sluice.config;

import java.time.Duration;

/**
 * What is written to the daemon's log.
 *
 * @param connections whether clients that were let in and server connections that are open get a
 *     line
 * @param disconnections whether clients that are gone and server connections that were closed in
 *     good order get a line
 * @param slowQuery operations that took longer get a line; zero: none
 */
public record LogConfig(
        boolean connections, boolean disconnections, boolean poolerErrors, Duration slowQuery) {}
