package io.sluice.net;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * Says on which loop a (tenant, backend) is at home.
 *
 * <p>A home is placed when its first session logs in: on the loop that accepted that session,
 * unless another loop has far fewer sessions. It stays there, so that nothing of it ever has to
 * move, and so that clients that come one after the other find the connections of those before them
 * instead of opening as many on each loop. Once neither sessions nor pools of it are left it is
 * forgotten, and placed anew at the next login.
 *
 * <p><b>Threads:</b> any; only entered at login, at the end of a session and of a pool.
 */
public final class Homes {
    /** Sessions more than the least loaded loop from which a loop counts as overloaded. */
    private static final int OVERLOAD = 64;

    private final Loops loops;
    private final ConcurrentHashMap<Key, Home> homes = new ConcurrentHashMap<>();
    private final AtomicIntegerArray sessions;

    private record Key(String tenant, String backend) {}

    /** A placed home; its counts are only read and written inside the map's atomic updates. */
    private record Home(Loop loop, int sessions, int pools) {
        /** As this with that many more; null when nothing is left. */
        @Nullable Home plus(int moreSessions, int morePools) {
            Home changed = new Home(loop, sessions + moreSessions, pools + morePools);
            return changed.sessions == 0 && changed.pools == 0 ? null : changed;
        }
    }

    public Homes(Loops loops) {
        this.loops = loops;
        this.sessions = new AtomicIntegerArray(loops.size());
    }

    /** Counts a session in and returns where it is to live; pair with {@link #leave}. */
    public Loop enter(String tenant, String backend, Loop acceptedOn) {
        Home home =
                homes.compute(
                        new Key(tenant, backend),
                        (key, known) ->
                                known == null
                                        ? new Home(place(acceptedOn), 1, 0)
                                        : new Home(known.loop, known.sessions + 1, known.pools));
        sessions.incrementAndGet(home.loop.index());
        return home.loop;
    }

    /** Counts a session out that {@link #enter} counted in. */
    public void leave(String tenant, String backend, Loop home) {
        homes.computeIfPresent(new Key(tenant, backend), (key, known) -> known.plus(-1, 0));
        sessions.decrementAndGet(home.index());
    }

    /** Counts a pool in that was made on {@code home}; pair with {@link #vacate}. */
    public void settle(String tenant, String backend, Loop home) {
        homes.compute(
                new Key(tenant, backend),
                (key, known) -> known == null ? new Home(home, 0, 1) : known.plus(0, 1));
    }

    /** Counts a pool out that {@link #settle} counted in. */
    public void vacate(String tenant, String backend) {
        homes.computeIfPresent(new Key(tenant, backend), (key, known) -> known.plus(0, -1));
    }

    /** Sessions at home on a loop. */
    public int sessionsOn(Loop loop) {
        return sessions.get(loop.index());
    }

    private Loop place(Loop preferred) {
        Loop least = preferred;
        for (Loop loop : loops) {
            if (sessionsOn(loop) < sessionsOn(least)) {
                least = loop;
            }
        }
        return sessionsOn(preferred) - sessionsOn(least) > OVERLOAD ? least : preferred;
    }
}
