package io.sluice.config;

import java.util.Map;

/**
 * A customer of the platform: isolated from every other.
 *
 * @param maxConnections most server connections per backend; 0: no limit
 * @param maxBlocking further ones per backend for requests that wait on the server for something to
 *     happen; 0: no limit
 * @param maxClients most sessions; 0: no limit
 * @param services by protocol name
 */
public record TenantConfig(
        String name,
        TierConfig tier,
        int maxConnections,
        int maxBlocking,
        int maxClients,
        Map<String, ServiceConfig> services) {}
