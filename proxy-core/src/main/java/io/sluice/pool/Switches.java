package io.sluice.pool;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What operators switched off by console command, by database. Read when a pool is made and when a
 * session logs in; any thread.
 */
public final class Switches {
    private final Set<Database> paused = ConcurrentHashMap.newKeySet();
    private final Set<Database> disabled = ConcurrentHashMap.newKeySet();
    private volatile boolean allPaused;

    /** A tenant's database of one protocol, by the names clients use. */
    public record Database(String protocol, String tenant, String name) {
        public static Database of(PoolKey key) {
            return new Database(key.protocol(), key.tenant(), key.database());
        }
    }

    /** Whether a database is held back, by a PAUSE of its own or of everything. */
    public boolean isPaused(Database database) {
        return allPaused || isPausedItself(database);
    }

    /** Whether a PAUSE or KILL of just this database is in force. */
    public boolean isPausedItself(Database database) {
        return paused.contains(database);
    }

    /** Whether PAUSE without a name is in force. */
    public boolean isAllPaused() {
        return allPaused;
    }

    /** Databases that are paused themselves stay so. */
    public void setAllPaused(boolean on) {
        allPaused = on;
    }

    public void setPaused(Database database, boolean on) {
        if (on) {
            paused.add(database);
        } else {
            paused.remove(database);
        }
    }

    public boolean isDisabled(Database database) {
        return disabled.contains(database);
    }

    public void setDisabled(Database database, boolean on) {
        if (on) {
            disabled.add(database);
        } else {
            disabled.remove(database);
        }
    }
}
