package io.sluice.config;

import java.time.Duration;

/** Binds {@code socket { }} of listeners and of backends. */
final class SocketBinder {
    private static final Duration LONGEST = Duration.ofHours(9);
    private static final int MOST_PROBES = 127; // the kernel's own limit, tcp(7)

    private SocketBinder() {}

    static SocketOptions bind(SectionReader socket) {
        return new SocketOptions(
                socket.duration("keepalive-idle", Duration.ZERO, LONGEST),
                socket.duration("keepalive-interval", Duration.ofSeconds(1), LONGEST),
                socket.integer("keepalive-count", 1, MOST_PROBES),
                socket.duration("user-timeout", Duration.ZERO, LONGEST));
    }
}
