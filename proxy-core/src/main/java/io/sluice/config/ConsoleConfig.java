package io.sluice.config;

import java.util.Map;

/**
 * The admin console and the HTTP twin of it.
 *
 * @param users by name
 * @param compatVersion the PgBouncer version whose columns SHOW answers with
 */
public record ConsoleConfig(Map<String, ConsoleUser> users, String compatVersion) {

    /** Who may use the console. */
    public record ConsoleUser(String name, Role role, CredentialConfig verify) {}

    /** STATS may only SHOW; ADMIN may everything. */
    public enum Role {
        STATS,
        ADMIN
    }
}
