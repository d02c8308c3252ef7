package io.sluice.resp.login;

import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.resp.session.Credentials;
import io.sluice.tenant.Destination;
import org.jspecify.annotations.Nullable;

/** Where clients go, by the names that they come under. */
final class Addresses {
    private static final String FIRST_DATABASE = "0";

    private Addresses() {}

    /**
     * The first database of a tenant, as one of its users. Whoever sends a password only is its
     * user {@code default}, or its only one.
     */
    static @Nullable Destination of(SluiceConfig config, String tenantName, String userName) {
        TenantConfig tenant = config.tenants().get(tenantName);
        ServiceConfig service = tenant == null ? null : tenant.services().get(RespProtocol.NAME);
        if (service == null) {
            return null;
        }
        boolean only =
                userName.equals(Credentials.DEFAULT_USER)
                        && !service.users().containsKey(userName)
                        && service.users().size() == 1;
        return Destination.find(
                config,
                RespProtocol.NAME,
                tenantName,
                FIRST_DATABASE,
                only ? service.users().keySet().iterator().next() : userName);
    }

    /**
     * That of the only tenant with a user of that name; null if there is none, or more than one.
     */
    static @Nullable Destination ofOnly(SluiceConfig config, String userName) {
        Destination found = null;
        for (TenantConfig tenant : config.tenants().values()) {
            ServiceConfig service = tenant.services().get(RespProtocol.NAME);
            if (service != null && service.users().containsKey(userName)) {
                if (found != null) {
                    return null;
                }
                found = of(config, tenant.name(), userName);
            }
        }
        return found;
    }
}
