package io.sluice.pg.session;

import io.sluice.pg.statement.Effects;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session's named portals, and what executing them does. Their server drops them when their
 * transaction ends, which a ReadyForQuery tells: those that were bound in requests behind it stay
 * known until these are answered, too.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Portals {
    /** So many are remembered. */
    static final int MOST = 256;

    /** Most characters of settings that one may set. */
    static final int MOST_LENGTH = 4096;

    private @Nullable Map<String, Detail.Using> newer;

    /** Those that were bound before a transaction ended while others were on their way. */
    private @Nullable Map<String, Detail.Using> older;

    /** How often the server is ready until all requests that bound the older ones are answered. */
    private int readiesDue;

    /** What a portal executes; null if that is not known. */
    Detail.@Nullable Using get(String name) {
        Detail.Using using = newer == null ? null : newer.get(name);
        return using != null || older == null ? using : older.get(name);
    }

    /** Remembers one that is being bound; false if that takes too much memory. */
    boolean put(String name, Detail.Using using) {
        Effects effects = using.effects();
        if ((size() >= MOST && get(name) == null)
                || (effects != null && effects.length() > MOST_LENGTH)) {
            remove(name);
            return false;
        }
        Map<String, Detail.Using> named = newer;
        if (named == null) {
            named = new HashMap<>(4);
            newer = named;
        }
        named.put(name, using);
        return true;
    }

    /** One is being closed; returns what it executes, if that is known. */
    Detail.@Nullable Using remove(String name) {
        Detail.Using removed = get(name);
        if (newer != null) {
            newer.remove(name);
        }
        if (older != null) {
            older.remove(name);
        }
        return removed;
    }

    /**
     * The server is ready.
     *
     * @param idle whether no transaction is open, and so no portal either
     * @param behind requests that were sent and are not answered yet
     */
    void onReady(boolean idle, int behind) {
        readiesDue = Math.max(0, readiesDue - 1);
        if (!idle) {
            return;
        }
        if (behind == 0) {
            newer = null;
            older = null;
            readiesDue = 0;
        } else if (readiesDue == 0) {
            older = newer;
            newer = null;
            readiesDue = behind;
        }
    }

    int size() {
        return (newer == null ? 0 : newer.size()) + (older == null ? 0 : older.size());
    }
}
