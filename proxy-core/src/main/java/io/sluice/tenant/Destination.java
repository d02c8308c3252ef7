package io.sluice.tenant;

import io.sluice.config.DatabaseConfig;
import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.config.UserConfig;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's database and the user who goes there, as one configuration knows them. Immutable; any
 * thread.
 *
 * @param protocol by its name in the configuration
 * @param service what the tenant has of that protocol
 */
public record Destination(
        String protocol,
        TenantConfig tenant,
        ServiceConfig service,
        DatabaseConfig database,
        UserConfig user) {

    /** Looks one up by the names that clients use; null if any of them is unknown. */
    public static @Nullable Destination find(
            SluiceConfig config,
            String protocol,
            String tenantName,
            String databaseName,
            String userName) {
        TenantConfig tenant = config.tenants().get(tenantName);
        ServiceConfig service = tenant == null ? null : tenant.services().get(protocol);
        if (tenant == null || service == null) {
            return null;
        }
        DatabaseConfig database = service.databases().get(databaseName);
        UserConfig user = service.users().get(userName);
        return database == null || user == null
                ? null
                : new Destination(protocol, tenant, service, database, user);
    }

    /**
     * The same as {@code config} knows it; null if it is no longer there, or on another backend,
     * where its home is another.
     */
    public @Nullable Destination in(SluiceConfig config) {
        Destination there = find(config, protocol, tenant.name(), database.name(), user.name());
        return there != null && there.service.backend().name().equals(service.backend().name())
                ? there
                : null;
    }
}
