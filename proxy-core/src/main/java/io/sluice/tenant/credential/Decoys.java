package io.sluice.tenant.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.config.Secret;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes up what names have that nobody has, so that asking does not tell which exist.
 *
 * <p>A name gets the same salt each time, and a verifier that no password satisfies; the exchange
 * then fails where a wrong password fails, after the same computations (PostgreSQL does so too:
 * {@code mock_scram_secret}). The salt of a user with a plain secret comes from here as well.
 *
 * <p>With a random key the salts change at a restart and differ between processes, which those of
 * stored verifiers do not: where that matters, give all processes one configured key, and stored
 * verifiers the iterations given here. Immutable, for any thread.
 */
public final class Decoys {
    private static final int SALT_BYTES = 16;

    private final SecretKeySpec key;
    private final int iterations;

    private Decoys(byte[] key, int iterations) {
        this.key = Hmac.key(key);
        this.iterations = iterations;
    }

    /** Returns decoys of a key that only this process knows. */
    public static Decoys random(int iterations) {
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        return new Decoys(key, iterations);
    }

    /**
     * Returns decoys that stay the same over restarts and processes.
     *
     * @throws IllegalArgumentException if the key is empty
     */
    public static Decoys keyed(Secret key, int iterations) {
        return new Decoys(key.reveal().getBytes(UTF_8), iterations);
    }

    /** What a user name's salted keys seem to be derived with. */
    public int iterations() {
        return iterations;
    }

    /** Returns the 16 bytes of salt of a user, real or not. */
    public byte[] salt(String userName) {
        return Arrays.copyOf(derive("salt", userName), SALT_BYTES);
    }

    /** Returns a verifier that no password satisfies. */
    public ScramVerifier scram(String userName) {
        return new ScramVerifier(
                iterations,
                salt(userName),
                derive("stored key", userName),
                derive("server key", userName));
    }

    /** Returns an md5 verifier that no password satisfies. */
    public Verifier.Md5 md5(String userName) {
        byte[] hash = Arrays.copyOf(derive("md5", userName), 16);
        return new Verifier.Md5(new Secret(HexFormat.of().formatHex(hash)), userName);
    }

    private byte[] derive(String purpose, String userName) {
        Mac mac = Hmac.keyed(key);
        mac.update(purpose.getBytes(UTF_8));
        mac.update((byte) 0);
        return mac.doFinal(userName.getBytes(UTF_8));
    }
}
