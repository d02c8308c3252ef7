package io.sluice.console;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** Operators who are logged in at the console. Any thread. */
public final class OperatorSessions {
    /** At once: enough for people and their tools, and no place to hide many connections. */
    public static final int LIMIT = 100;

    private final Map<Long, OperatorSession> sessions = new ConcurrentSkipListMap<>();

    /** Takes one in; false if there are {@link #LIMIT} already. */
    public synchronized boolean enter(OperatorSession session) {
        if (sessions.size() >= LIMIT) {
            return false;
        }
        sessions.put(session.id(), session);
        return true;
    }

    /** Does nothing if it never entered. */
    public synchronized void leave(OperatorSession session) {
        sessions.remove(session.id());
    }

    /** In the order in which they came; later changes show. */
    Collection<OperatorSession> all() {
        return sessions.values();
    }

    int size() {
        return sessions.size();
    }

    @Nullable OperatorSession find(long id) {
        return sessions.get(id);
    }
}
