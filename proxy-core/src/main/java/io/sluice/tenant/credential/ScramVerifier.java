package io.sluice.tenant.credential;

import static com.ongres.scram.common.ScramMechanism.SCRAM_SHA_256;

import com.ongres.scram.common.ScramFunctions;
import io.sluice.config.Secret;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server keeps of a password for SCRAM-SHA-256 (RFC 5802 §3): enough to check a client and
 * to prove itself to it, not enough to log in elsewhere.
 *
 * <p>Immutable. {@link #equals} takes the same time wherever two differ; {@link #toString} shows
 * the iterations only.
 */
public final class ScramVerifier {
    static final String PREFIX = "SCRAM-SHA-256$";
    static final int KEY_BYTES = 32;
    private static final Pattern FORM =
            Pattern.compile("SCRAM-SHA-256\\$([1-9][0-9]{0,9}):([^$:]+)\\$([^$:]+):([^$:]+)");

    private final int iterations;
    private final byte[] salt;
    private final byte[] storedKey;
    private final byte[] serverKey;

    ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        this.iterations = iterations;
        this.salt = salt;
        this.storedKey = storedKey;
        this.serverKey = serverKey;
    }

    /**
     * Reads PostgreSQL's form, {@code SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>},
     * salt and keys in base64.
     *
     * @throws IllegalArgumentException if it is malformed; the message does not repeat it
     */
    public static ScramVerifier parse(Secret stored) {
        Matcher parts = FORM.matcher(stored.reveal());
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "not a SCRAM verifier: expected SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>");
        }
        long iterations = Long.parseLong(parts.group(1));
        if (iterations > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("SCRAM verifier: too many iterations");
        }
        return new ScramVerifier(
                (int) iterations,
                decode(parts.group(2), "salt"),
                key(parts.group(3), "StoredKey"),
                key(parts.group(4), "ServerKey"));
    }

    private static byte[] key(String base64, String what) {
        byte[] key = decode(base64, what);
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException(
                    "SCRAM verifier: %s has %d bytes instead of %d"
                            .formatted(what, key.length, KEY_BYTES));
        }
        return key;
    }

    private static byte[] decode(String base64, String what) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException _) { // its message would show a byte of the secret
            throw new IllegalArgumentException("SCRAM verifier: " + what + " is not base64");
        }
    }

    /** Returns PostgreSQL's form, as {@link #parse} reads it. */
    public Secret format() {
        Base64.Encoder base64 = Base64.getEncoder();
        return new Secret(
                PREFIX
                        + iterations
                        + ":"
                        + base64.encodeToString(salt)
                        + "$"
                        + base64.encodeToString(storedKey)
                        + ":"
                        + base64.encodeToString(serverKey));
    }

    /** How many rounds of PBKDF2 lie between the password and the keys. */
    public int iterations() {
        return iterations;
    }

    /** Returns a copy of the salt, which is no secret: it is told to whoever asks to log in. */
    public byte[] salt() {
        return salt.clone();
    }

    /** Returns whether one challenge (salt and iterations) serves both verifiers. */
    public boolean sharesChallengeWith(ScramVerifier other) {
        return iterations == other.iterations && MessageDigest.isEqual(salt, other.salt);
    }

    /**
     * Returns whether the proof comes from one who knows the password.
     *
     * @param proof of exactly 32 bytes
     * @param authMessage the conversation so far (RFC 5802 §3)
     */
    boolean accepts(byte[] proof, String authMessage) {
        return ScramFunctions.verifyClientProof(SCRAM_SHA_256, proof, storedKey, authMessage);
    }

    /** Returns, in base64, the proof that this side knows the verifier. */
    String serverSignature(String authMessage) {
        return Base64.getEncoder()
                .encodeToString(
                        ScramFunctions.serverSignature(SCRAM_SHA_256, serverKey, authMessage));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ScramVerifier that
                && sharesChallengeWith(that)
                && MessageDigest.isEqual(keys(), that.keys());
    }

    private byte[] keys() {
        return ByteBuffer.allocate(2 * KEY_BYTES).put(storedKey).put(serverKey).array();
    }

    @Override
    public int hashCode() {
        return iterations; // a hash of the keys would tell something of them
    }

    @Override
    public String toString() {
        return PREFIX + iterations + ":***";
    }
}
