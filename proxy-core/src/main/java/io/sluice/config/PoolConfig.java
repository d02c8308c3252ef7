package io.sluice.config;

import java.time.Duration;

/**
 * Size and patience of one pool.
 *
 * @param min server connections kept warm while the pool is in use
 * @param max most server connections, without the reserve
 * @param reserve further ones that may be opened once a client waited {@code reserveAfter}
 * @param maxWaiters clients that may queue before further ones are refused
 * @param acquireTimeout longest a client waits for a lease
 * @param idleTimeout unused server connections above {@code min} are closed after it; zero: never
 * @param lifetime server connections are replaced after it; zero: never
 * @param maxUses leases after which a server connection is replaced; 0: no limit
 * @param checkAfter idle time after which a connection's liveness is checked; zero: never
 * @param teardownAfter time without any client after which the pool itself is closed
 */
public record PoolConfig(
        int min,
        int max,
        int reserve,
        Duration reserveAfter,
        int maxWaiters,
        Duration acquireTimeout,
        Duration idleTimeout,
        Duration lifetime,
        int maxUses,
        Duration checkAfter,
        Duration teardownAfter) {

    /** The same with other numbers of connections. */
    public PoolConfig sized(int newMin, int newMax, int newReserve) {
        return new PoolConfig(
                newMin,
                newMax,
                newReserve,
                reserveAfter,
                maxWaiters,
                acquireTimeout,
                idleTimeout,
                lifetime,
                maxUses,
                checkAfter,
                teardownAfter);
    }
}
