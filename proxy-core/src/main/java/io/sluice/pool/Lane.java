package io.sluice.pool;

import java.util.Locale;

/** What a pool's connections are used for; each lane has its own sizes and waiters. */
public enum Lane {
    /** One session at a time. */
    LEASE,
    /** Requests of many sessions at once. */
    SHARED,
    /** One session at a time, for a request that waits on the server for something to happen. */
    BLOCKING,
    /** Subscriptions of many sessions. */
    SUBSCRIPTION,
    /** The proxy's own questions. */
    CONTROL;

    /** As messages and tables tell it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
