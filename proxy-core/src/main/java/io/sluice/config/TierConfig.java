package io.sluice.config;

/**
 * A class of tenants. Pool sizes and timeouts of the tier are already merged into its tenants.
 *
 * @param priority whose waiting clients go first
 */
public record TierConfig(
        String name,
        Priority priority,
        int maxConcurrent,
        int requestsPerMinute,
        int maxConnections) {

    /** From first to last served. */
    public enum Priority {
        CRITICAL,
        HIGH,
        MEDIUM,
        LOW
    }
}
