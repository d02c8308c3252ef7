package io.sluice.app;

import io.sluice.config.DatabaseConfig;
import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.config.UserConfig;
import io.sluice.pool.PoolKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a pool stands in a configuration. */
record Place(
        Object global,
        TenantConfig tenant,
        ServiceConfig service,
        DatabaseConfig database,
        UserConfig user) {

    /** Finds the place of a pool; null if the configuration has none for it. */
    static @Nullable Place of(SluiceConfig config, PoolKey key) {
        TenantConfig tenant = config.tenants().get(key.tenant());
        ServiceConfig service = tenant == null ? null : tenant.services().get(key.protocol());
        DatabaseConfig database = service == null ? null : service.databases().get(key.database());
        UserConfig user = service == null ? null : service.users().get(key.user());
        Object global = config.protocols().getOrDefault(key.protocol(), "");
        return tenant == null || service == null || database == null || user == null
                ? null
                : new Place(global, tenant, service, database, user);
    }

    /** Whether a connection that was opened for the other place would be opened so for this one. */
    boolean connectsLike(Place other) {
        return whatConnectionsAreOpenedWith().equals(other.whatConnectionsAreOpenedWith());
    }

    private List<Object> whatConnectionsAreOpenedWith() {
        var backend = service.backend();
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
