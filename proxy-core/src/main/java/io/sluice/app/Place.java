package io.sluice.app;

import io.sluice.config.SluiceConfig;
import io.sluice.pool.PoolKey;
import io.sluice.tenant.Destination;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a pool stands in a configuration. */
record Place(Object global, Destination destination) {

    /** Finds the place of a pool; null if the configuration has none for it. */
    static @Nullable Place of(SluiceConfig config, PoolKey key) {
        Destination destination =
                Destination.find(config, key.protocol(), key.tenant(), key.database(), key.user());
        return destination == null
                ? null
                : new Place(config.protocols().getOrDefault(key.protocol(), ""), destination);
    }

    /** Whether a connection that was opened for the other place would be opened so for this one. */
    boolean connectsLike(Place other) {
        return whatConnectionsAreOpenedWith().equals(other.whatConnectionsAreOpenedWith());
    }

    private List<Object> whatConnectionsAreOpenedWith() {
        var service = destination.service();
        var backend = service.backend();
        var database = destination.database();
        var user = destination.user();
        var secret = user.serverSecret();
        var tls = backend.tls();
        return List.of(
                global,
                backend.hosts(),
                backend.socket(),
                backend.protocolSettings(),
                tls == null ? "no TLS" : tls,
                service.protocolSettings(),
                database.serverName(),
                database.protocolSettings(),
                user.serverUser(),
                secret == null ? "no secret" : secret,
                user.timeouts(),
                user.protocolSettings());
    }
}
