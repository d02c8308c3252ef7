package io.sluice.tenant.credential;

import java.security.SecureRandom;
import java.util.Base64;

/** Fresh randomness of one exchange. */
final class Nonce {
    private static final int BYTES = 18; // as PostgreSQL: 24 characters, no padding
    private static final SecureRandom RANDOM = new SecureRandom();

    private Nonce() {}

    static String random() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
