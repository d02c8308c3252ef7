package io.sluice.pool;

import java.util.List;

/** The right to one open server connection, drawn on every account that it counts for. */
public final class Permit {
    private final Pool pool;
    private final List<Account> accounts;

    Permit(Pool pool, List<Account> accounts) {
        this.pool = pool;
        this.accounts = accounts;
    }

    Pool pool() {
        return pool;
    }

    List<Account> accounts() {
        return accounts;
    }
}
