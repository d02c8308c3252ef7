package io.sluice.config;

/**
 * A database by the name clients use.
 *
 * @param serverName its name on the server
 * @param maxConnections most server connections over all its users; 0: no limit
 * @param maxClients most sessions; 0: no limit
 * @param protocolSettings what the protocol bound from the rest of the section
 */
public record DatabaseConfig(
        String name,
        String serverName,
        int maxConnections,
        int maxClients,
        Object protocolSettings) {}
