package io.sluice.pool;

import io.sluice.config.BackendConfig;
import io.sluice.config.DatabaseConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.config.UserConfig;
import io.sluice.tenant.Destination;
import java.util.List;

/** Whose limits count a pool's connections, and how the accounts of the ledger are named. */
public final class Caps {
    private Caps() {}

    /**
     * The accounts that a pool of that database and user draws on, the widest first, with the
     * limits of {@code config}; called again after a reload it gives the same accounts their new
     * limits. Any thread.
     */
    public static List<Account> of(Ledger ledger, SluiceConfig config, Destination destination) {
        TenantConfig tenant = destination.tenant();
        BackendConfig backend = destination.service().backend();
        DatabaseConfig database = destination.database();
        UserConfig user = destination.user();
        String ours = " of tenant " + tenant.name() + " on backend " + backend.name();
        return List.of(
                ledger.account("the process", config.limits().maxServerConnections()),
                ledger.account("backend " + backend.name(), backend.maxConnections()),
                ledger.account("all" + ours, tenant.maxConnections()),
                ledger.account("database " + database.name() + ours, database.maxConnections()),
                ledger.account("user " + user.name() + ours, user.maxConnections()));
    }
}
