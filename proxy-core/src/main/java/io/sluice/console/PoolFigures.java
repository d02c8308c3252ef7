package io.sluice.console;

import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.pool.ServerConnection;
import java.time.Duration;

/**
 * How one pool on one loop stands.
 *
 * @param sessions at home there, waiting or not
 * @param waiting sessions that wait for a lease
 * @param active server connections that are used by a session
 * @param beingCanceled given back, but held back until a cancel has ended
 * @param tested being checked or reset
 * @param connecting being opened
 * @param max most that it may have without its reserve
 * @param openSlots requests that servers have not answered yet, where several go over one
 *     connection
 * @param cancelRequests under way to servers
 * @param longestWaitNanos of the session that waits longest; 0 if none does
 */
public record PoolFigures(
        PoolKey key,
        int sessions,
        int waiting,
        int active,
        int beingCanceled,
        int idle,
        int tested,
        int connecting,
        int max,
        int openSlots,
        int cancelRequests,
        long longestWaitNanos) {

    /** Looks at a pool; on its loop. */
    public static PoolFigures of(Pool pool) {
        int active = 0;
        int beingCanceled = 0;
        int idle = 0;
        int tested = 0;
        int connecting = 0;
        int openSlots = 0;
        int cancelRequests = 0;
        for (ServerConnection connection : pool.connections()) {
            openSlots += connection.openSlots();
            cancelRequests += connection.isBeingCancelled() ? 1 : 0;
            switch (connection.stateWord()) {
                case "active" -> active++;
                case "being_canceled" -> beingCanceled++;
                case "idle" -> idle++;
                case "tested" -> tested++;
                case "new" -> connecting++;
                default -> {} // closed in this very turn
            }
        }
        return new PoolFigures(
                pool.key(),
                pool.sessions(),
                pool.waiting(),
                active,
                beingCanceled,
                idle,
                tested,
                connecting,
                pool.config().max(),
                openSlots,
                cancelRequests,
                pool.longestWait(pool.loop().now()));
    }

    /** Server connections that are not closed, in whatever state. */
    public int connections() {
        return active + beingCanceled + idle + tested + connecting;
    }

    /** Both together, under this one's key. */
    PoolFigures plus(PoolFigures other) {
        return new PoolFigures(
                key,
                sessions + other.sessions,
                waiting + other.waiting,
                active + other.active,
                beingCanceled + other.beingCanceled,
                idle + other.idle,
                tested + other.tested,
                connecting + other.connecting,
                Math.max(max, other.max),
                openSlots + other.openSlots,
                cancelRequests + other.cancelRequests,
                Math.max(longestWaitNanos, other.longestWaitNanos));
    }

    Duration longestWait() {
        return Duration.ofNanos(longestWaitNanos);
    }
}
