package io.sluice.session;

import io.sluice.guard.Refusal;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts sessions against every limit that holds for them. Any thread; entered at accept, login and
 * close only.
 */
public final class Admission {
    private final AtomicInteger unauthenticated = new AtomicInteger();
    private final AtomicInteger clients = new AtomicInteger();
    private final ConcurrentHashMap<Group, Integer> groups = new ConcurrentHashMap<>();

    /** What sessions are counted by beside the process: a tenant, a database, a user. */
    public record Group(String kind, String name) {
        @Override
        public String toString() {
            return kind + " " + name;
        }
    }

    /** Counts a connection that has not logged in; false if there are too many already. */
    public boolean enterUnauthenticated(int limit) {
        if (unauthenticated.incrementAndGet() > limit) {
            unauthenticated.decrementAndGet();
            return false;
        }
        return true;
    }

    public void leaveUnauthenticated() {
        unauthenticated.decrementAndGet();
    }

    /** Counts a session of the whole process. */
    public @Nullable Refusal enter(int limit) {
        if (clients.incrementAndGet() > limit) {
            clients.decrementAndGet();
            return new Refusal.TooManyClients("the process (max-clients)", limit);
        }
        return null;
    }

    public void leave() {
        clients.decrementAndGet();
    }

    /**
     * Counts a session of a group.
     *
     * @param limit 0: none
     */
    public @Nullable Refusal enter(Group group, int limit) {
        int now = groups.merge(group, 1, Integer::sum);
        if (limit > 0 && now > limit) {
            leave(group);
            return new Refusal.TooManyClients(group.toString(), limit);
        }
        return null;
    }

    public void leave(Group group) {
        groups.computeIfPresent(group, (g, n) -> n == 1 ? null : n - 1);
    }

    public int clients() {
        return clients.get();
    }

    public int unauthenticated() {
        return unauthenticated.get();
    }

    public int clients(Group group) {
        return groups.getOrDefault(group, 0);
    }
}
