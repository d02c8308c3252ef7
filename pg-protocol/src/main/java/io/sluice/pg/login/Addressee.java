package io.sluice.pg.login;

import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.DatabaseConfig;
import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.config.UserConfig;
import io.sluice.console.Operator;
import io.sluice.pg.auth.ClientAuthMethod;
import io.sluice.pg.config.PgSettings;
import io.sluice.tenant.Destination;
import io.sluice.tenant.TenantClaim;
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
            implements Addressee {

        /** Null if the tenant has no such database. */
        @Nullable Destination destination() {
            return database == null
                    ? null
                    : new Destination(PostgresNames.PROTOCOL, tenant, service, database, user);
        }
    }

    /**
     * No such tenant or user; the client must not learn which.
     *
     * @param method how the tenant's users are asked, if there is such a tenant
     */
    record Unknown(String why, ClientAuthMethod method) implements Addressee {}

    /** Two ways of naming the tenant name different ones. */
    record Contradiction(String message) implements Addressee {}

    /** How a client that sent {@code packet} names its tenant. */
    static TenantClaim claim(
            StartupPacket packet, @Nullable String listenerTenant, @Nullable String serverName) {
        return new TenantClaim(
                listenerTenant, serverName, packet.parameters().get(TENANT_OPTION), packet.user());
    }

    static Addressee find(SluiceConfig config, StartupPacket packet, TenantClaim claim) {
        if (packet.database().equals(CONSOLE) || packet.database().equals(CONSOLE_ALIAS)) {
            return new Operator(packet.user(), config.console().users().get(packet.user()));
        }
        return switch (claim.in(config)) {
            case TenantClaim.Reading.Contradiction _ ->
                    new Contradiction(
                            "the tenant is named twice, and differently: by listener, TLS server name, option sluice.tenant or user name");
            case TenantClaim.Reading.Named(String tenant, String user) ->
                    inTenant(config, packet, tenant, user);
            case TenantClaim.Reading.Unnamed(String user) -> {
                String owner = ownerOf(config, packet.database());
                yield owner == null
                        ? new Unknown("names no tenant", ClientAuthMethod.AUTO)
                        : inTenant(config, packet, owner, user);
            }
        };
    }

    private static Addressee inTenant(
            SluiceConfig config, StartupPacket packet, String tenantName, String userName) {
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
        // Who names no database means one of the user's name, of which the tenant is no part.
        boolean namesNone = packet.database().equals(packet.user());
        String databaseName = namesNone ? userName : packet.database();
        return new Known(
                tenant, service, user, service.databases().get(databaseName), databaseName);
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
