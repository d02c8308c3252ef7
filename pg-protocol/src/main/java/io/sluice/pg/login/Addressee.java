package io.sluice.pg.login;

import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.DatabaseConfig;
import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.config.UserConfig;
import io.sluice.pg.auth.ClientAuthMethod;
import io.sluice.pg.config.PgSettings;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * For whom a client has come, as the configuration knows it.
 *
 * <p>The tenant is named, in this order, by the listener, the TLS server name (its first label),
 * the startup option {@code sluice.tenant}, a suffix of the user name behind its last dot, or by a
 * database that only one tenant has. Where two of these disagree the client is refused.
 */
sealed interface Addressee {
    /** Databases by these names are the console. */
    String CONSOLE = "sluice";

    String CONSOLE_ALIAS = "pgbouncer";
    String TENANT_OPTION = "sluice.tenant";

    /** The console; {@code user} null if there is no such one. */
    record Operator(String userName, @Nullable ConsoleUser user) implements Addressee {}

    /**
     * A tenant's database.
     *
     * @param database null if the tenant has no such one: told only after login
     */
    record Known(
            TenantConfig tenant,
            ServiceConfig service,
            UserConfig user,
            @Nullable DatabaseConfig database,
            String databaseName)
            implements Addressee {}

    /**
     * No such tenant or user; the client must not learn which.
     *
     * @param method how the tenant's users are asked, if there is such a tenant
     */
    record Unknown(String why, ClientAuthMethod method) implements Addressee {}

    /** Two ways of naming the tenant name different ones. */
    record Contradiction(String message) implements Addressee {}

    static Addressee find(
            SluiceConfig config,
            StartupPacket packet,
            @Nullable String listenerTenant,
            @Nullable String serverName) {
        if (packet.database().equals(CONSOLE) || packet.database().equals(CONSOLE_ALIAS)) {
            return new Operator(packet.user(), config.console().users().get(packet.user()));
        }
        String user = packet.user();
        String bySuffix = null;
        int dot = user.lastIndexOf('.');
        if (dot > 0 && config.tenants().containsKey(user.substring(dot + 1))) {
            bySuffix = user.substring(dot + 1);
            user = user.substring(0, dot);
        }
        String byOption = packet.parameters().get(TENANT_OPTION);
        String byServerName = tenantOf(config, serverName);
        String tenant = null;
        for (String named :
                new @Nullable String[] {listenerTenant, byServerName, byOption, bySuffix}) {
            if (named != null && tenant != null && !named.equals(tenant)) {
                return new Contradiction(
                        "the tenant is named twice, and differently: by listener, TLS server name, option sluice.tenant or user name");
            }
            tenant = tenant == null ? named : tenant;
        }
        if (tenant == null) {
            tenant = ownerOf(config, packet.database());
        }
        if (tenant == null) {
            return new Unknown("names no tenant", ClientAuthMethod.AUTO);
        }
        // Who names no database means one of the user's name, of which the tenant is no part.
        boolean namesNone = packet.database().equals(packet.user());
        return inTenant(config, tenant, user, namesNone ? user : packet.database());
    }

    /**
     * To whom a client says that it belongs, whether or not there is such a tenant: the answer to
     * it must not tell.
     */
    static String claimed(
            SluiceConfig config,
            StartupPacket packet,
            @Nullable String listenerTenant,
            @Nullable String serverName) {
        String byOption = packet.parameters().get(TENANT_OPTION);
        int dot = packet.user().lastIndexOf('.');
        if (listenerTenant != null) {
            return listenerTenant;
        } else if (byOption != null) {
            return byOption;
        } else if (dot > 0) {
            return packet.user().substring(dot + 1);
        }
        String byServerName = tenantOf(config, serverName);
        return byServerName == null ? packet.database() : byServerName;
    }

    /** A user and database of a tenant, by its name. */
    static Addressee inTenant(
            SluiceConfig config, String tenantName, String userName, String databaseName) {
        TenantConfig tenant = config.tenants().get(tenantName);
        ServiceConfig service =
                tenant == null ? null : tenant.services().get(PostgresNames.PROTOCOL);
        if (tenant == null || service == null) {
            return new Unknown("no tenant of that name uses PostgreSQL", ClientAuthMethod.AUTO);
        }
        UserConfig user = service.users().get(userName);
        if (user == null) {
            return new Unknown(
                    "no such user in tenant " + tenantName,
                    ((PgSettings) service.protocolSettings()).authMethod());
        }
        return new Known(
                tenant, service, user, service.databases().get(databaseName), databaseName);
    }

    private static @Nullable String tenantOf(SluiceConfig config, @Nullable String serverName) {
        if (serverName == null) {
            return null;
        }
        int dot = serverName.indexOf('.');
        String label =
                (dot < 0 ? serverName : serverName.substring(0, dot)).toLowerCase(Locale.ROOT);
        return config.tenants().containsKey(label) ? label : null;
    }

    /** The only tenant with a database of that name; null if there is none, or more than one. */
    private static @Nullable String ownerOf(SluiceConfig config, String database) {
        String owner = null;
        for (TenantConfig tenant : config.tenants().values()) {
            ServiceConfig service = tenant.services().get(PostgresNames.PROTOCOL);
            if (service != null && service.databases().containsKey(database)) {
                if (owner != null) {
                    return null;
                }
                owner = Objects.requireNonNull(tenant.name());
            }
        }
        return owner;
    }
}
