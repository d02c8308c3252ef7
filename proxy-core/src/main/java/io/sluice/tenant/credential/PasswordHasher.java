package io.sluice.tenant.credential;

import io.sluice.config.Secret;
import java.security.SecureRandom;

/**
 * Makes what is stored in place of a password ({@code hash-password} on the command line). Derives
 * on the calling thread: never on an event loop.
 */
public final class PasswordHasher {
    /** PostgreSQL's default of {@code scram_iterations}. */
    public static final int DEFAULT_ITERATIONS = 4096;

    private static final int SALT_BYTES = 16;

    private PasswordHasher() {}

    /**
     * Makes a verifier with a random salt.
     *
     * @param iterations at least 1; each login of a client costs the client that many rounds
     */
    public static ScramVerifier scram(Secret password, int iterations) {
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        return scram(password, salt, iterations);
    }

    static ScramVerifier scram(Secret password, byte[] salt, int iterations) {
        return ScramKeys.derive(password, salt, iterations).toVerifier(salt, iterations);
    }

    /** Makes an md5 secret, for clients that know nothing better. */
    public static Verifier.Md5 md5(Secret password, String userName) {
        return Verifier.Md5.hashing(password, userName);
    }
}
