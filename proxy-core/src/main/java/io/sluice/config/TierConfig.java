package io.sluice.config;

/**
 * A class of tenants. Pool sizes and timeouts of the tier are already merged into its tenants.
 *
 * @param maxConcurrent most operations of one of its tenants at once; 0: no limit
 * @param maxConnections most server connections per tenant and backend; 0: no limit
 * @param maxBlocking further ones for requests that wait on the server for something to happen; 0:
 *     as many as {@code maxConnections} of the tenant
 */
public record TierConfig(String name, int maxConcurrent, int maxConnections, int maxBlocking) {}
