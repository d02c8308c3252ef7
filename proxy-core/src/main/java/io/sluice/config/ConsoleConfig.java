package io.sluice.config;

import java.util.Map;

/**
 * The admin console and the HTTP twin of it.
 *
 * @param users by name
 */
public record ConsoleConfig(Map<String, ConsoleUser> users) {

    /** Who may use the console. */
    public record ConsoleUser(String name, Role role, CredentialConfig verify) {}

    /** STATS may only SHOW; ADMIN may everything. */
    public enum Role {
        STATS,
        ADMIN
    }
}
