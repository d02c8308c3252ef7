package io.sluice.config;

import java.util.Map;

/**
 * What one tenant has of one protocol.
 *
 * @param databases by the name clients use
 * @param users by the name clients use
 * @param protocolSettings what the protocol bound from the rest of the section
 */
public record ServiceConfig(
        BackendConfig backend,
        Map<String, DatabaseConfig> databases,
        Map<String, UserConfig> users,
        Object protocolSettings) {}
