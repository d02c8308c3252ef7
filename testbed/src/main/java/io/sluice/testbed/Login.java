package io.sluice.testbed;

import java.util.Locale;

/** How a {@link PostgresBackend} asks a role to prove who it is, by the names of pg_hba.conf. */
public enum Login {
    TRUST("trust", "scram-sha-256"),
    PASSWORD("password", "scram-sha-256"),
    MD5("md5", "md5"),
    SCRAM("scram-sha-256", "scram-sha-256");

    private final String method;
    private final String encryption;

    Login(String method, String encryption) {
        this.method = method;
        this.encryption = encryption;
    }

    /** The method column of pg_hba.conf. */
    String method() {
        return method;
    }

    /** The {@code password_encryption} under which such a role's password is stored. */
    String encryption() {
        return encryption;
    }

    /** The group role whose members log in this way. */
    String group() {
        return "login_" + name().toLowerCase(Locale.ROOT);
    }
}
