package io.sluice.pool;

import io.sluice.config.BackendConfig;
import io.sluice.config.DatabaseConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.config.UserConfig;
import io.sluice.tenant.Destination;
import java.util.ArrayList;
import java.util.List;

/**
 * Whose limits count a pool's connections, and how the accounts of the ledger are named.
 *
 * <p>Those of {@link Lane#BLOCKING} may be held for any time, so they do not count against what a
 * tenant may have otherwise, but against a limit of their own; and of a backend they leave a tenth
 * to all others, so that clients who wait for something never keep those out who do not.
 */
public final class Caps {
    private static final int TENTHS_FOR_BLOCKING = 9;

    private Caps() {}

    /**
     * The accounts that a pool of that lane, database and user draws on, the widest first, with the
     * limits of {@code config}; called again after a reload it gives the same accounts their new
     * limits. Any thread.
     */
    public static List<Account> of(
            Ledger ledger, SluiceConfig config, Destination destination, Lane lane) {
        TenantConfig tenant = destination.tenant();
        BackendConfig backend = destination.service().backend();
        DatabaseConfig database = destination.database();
        UserConfig user = destination.user();
        String ours = " of tenant " + tenant.name() + " on backend " + backend.name();
        int most = backend.maxConnections();
        List<Account> accounts = new ArrayList<>();
        accounts.add(ledger.account("the process", config.limits().maxServerConnections()));
        accounts.add(ledger.account("backend " + backend.name(), most));
        if (lane == Lane.BLOCKING) {
            accounts.add(
                    ledger.account(
                            "blocking on backend " + backend.name(),
                            Math.max(1, (int) (most * (long) TENTHS_FOR_BLOCKING / 10))));
            accounts.add(ledger.account("blocking" + ours, tenant.maxBlocking()));
        } else {
            accounts.add(ledger.account("all" + ours, tenant.maxConnections()));
        }
        accounts.add(
                ledger.account("database " + database.name() + ours, database.maxConnections()));
        accounts.add(ledger.account("user " + user.name() + ours, user.maxConnections()));
        return accounts;
    }
}
