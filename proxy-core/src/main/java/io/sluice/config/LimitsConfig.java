package io.sluice.config;

/**
 * Limits of the whole process.
 *
 * @param maxClients sessions at once
 * @param maxServerConnections server connections at once, over all backends; 0: no limit
 * @param maxUnauthenticated connections that have not yet logged in; the only ones counted beside
 *     {@code maxClients}, so that an admin still gets in
 * @param failedLogins of one client address at one tenant within a minute, before further ones are
 *     refused unseen; 0: no limit
 * @param maxQueuedInput bytes of requests that one waiting session buffers
 * @param maxPipeline unanswered operations of one session before it is no longer read
 */
public record LimitsConfig(
        int maxClients,
        int maxServerConnections,
        int maxUnauthenticated,
        int failedLogins,
        int maxQueuedInput,
        int maxPipeline) {}
