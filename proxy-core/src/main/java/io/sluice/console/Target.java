package io.sluice.console;

import io.sluice.pool.Pool;
import io.sluice.pool.Switches.Database;
import org.jspecify.annotations.Nullable;

/** What an operator's command is for: one database, or all. */
record Target(@Nullable Database database) {
    boolean includes(Pool pool) {
        return database == null || database.equals(Database.of(pool.key()));
    }
}
