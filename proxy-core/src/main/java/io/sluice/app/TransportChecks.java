package io.sluice.app;

import io.sluice.config.BackendConfig;
import io.sluice.config.ConfigError;
import io.sluice.config.Loaded;
import io.sluice.config.SluiceConfig;
import io.sluice.config.SocketOptions;
import io.sluice.net.Transport;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is configured and this machine's transport does not do; asked at each load. */
final class TransportChecks {
    private static final String NO_EFFECT =
            "has no effect with transport nio: Java's sockets have no TCP_USER_TIMEOUT, so a peer that"
                    + " is gone is noticed by keepalive alone; say off, or use epoll or io_uring";

    private TransportChecks() {}

    /** Ready as it is, or with a warning more for each key that has no effect. */
    static Loaded.Ready check(Loaded.Ready ready) {
        SluiceConfig config = ready.config();
        if (hasUserTimeout(config.runtime().transport())) {
            return ready;
        }
        Set<ConfigError> warnings = new LinkedHashSet<>(ready.warnings());
        config.listeners().values().stream()
                .flatMap(Collection::stream)
                .filter(listener -> isLost(listener.socket(), List.of(listener.address())))
                .forEach(_ -> warnings.add(warning(ready, "socket")));
        for (BackendConfig backend : config.backends().values()) {
            if (isLost(backend.socket(), backend.hosts())) {
                warnings.add(warning(ready, "backends." + backend.name() + ".socket"));
            }
        }
        return new Loaded.Ready(config, ready.settings(), List.copyOf(warnings));
    }

    /** A transport that is not there is refused when the process starts. */
    private static boolean hasUserTimeout(String transport) {
        try {
            return Transport.named(transport).hasUserTimeout();
        } catch (IllegalStateException _) {
            return true;
        }
    }

    private static boolean isLost(SocketOptions options, List<SocketAddress> addresses) {
        return options.userTimeout().isPositive()
                && addresses.stream().anyMatch(InetSocketAddress.class::isInstance);
    }

    private static ConfigError warning(Loaded.Ready ready, String section) {
        return ready.settings().errorAt(List.of(section + ".user-timeout"), NO_EFFECT);
    }
}
