package io.sluice.config;

import org.jspecify.annotations.Nullable;

/**
 * A user by the name clients use.
 *
 * @param verify how clients prove that they are it
 * @param serverUser who the proxy logs in as
 * @param serverSecret plain secret, or an md5 one; null: the server asks none
 * @param pool of each (database, this user)
 * @param maxConnections most server connections over all databases; 0: no limit
 * @param maxClients most sessions; 0: no limit
 * @param protocolSettings what the protocol bound from the rest of the section
 */
public record UserConfig(
        String name,
        CredentialConfig verify,
        String serverUser,
        @Nullable Secret serverSecret,
        PoolConfig pool,
        TimeoutsConfig timeouts,
        int maxConnections,
        int maxClients,
        Object protocolSettings) {}
