package io.sluice.tenant.credential;

import org.jspecify.annotations.Nullable;

/** The SASL mechanisms of this package, by the names that go over the wire (RFC 7677). */
public enum ScramMechanism {
    SCRAM_SHA_256("SCRAM-SHA-256"),
    /** With channel binding: the exchange holds for this TLS connection's certificate only. */
    SCRAM_SHA_256_PLUS("SCRAM-SHA-256-PLUS");

    private final String wireName;

    ScramMechanism(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }

    /** Returns the mechanism of that exact name, or null. */
    public static @Nullable ScramMechanism named(String wireName) {
        for (ScramMechanism mechanism : values()) {
            if (mechanism.wireName.equals(wireName)) {
                return mechanism;
            }
        }
        return null;
    }
}
