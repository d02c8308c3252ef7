package io.sluice.tenant.credential;

import static com.ongres.scram.common.ScramMechanism.SCRAM_SHA_256;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.StringPreparation;
import io.sluice.config.Secret;
import java.security.GeneralSecurityException;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * What PBKDF2 makes of a password, a salt and a number of iterations: enough to play either role of
 * SCRAM-SHA-256. As secret as the password. Immutable; shows nothing.
 */
public final class ScramKeys {
    private static final String PBKDF2 = "PBKDF2WithHmacSHA256"; // takes the password as UTF-8

    private final byte[] clientKey;
    private final byte[] storedKey;
    private final byte[] serverKey;

    private ScramKeys(byte[] saltedPassword) {
        clientKey = ScramFunctions.clientKey(SCRAM_SHA_256, saltedPassword);
        storedKey = ScramFunctions.storedKey(SCRAM_SHA_256, clientKey);
        serverKey = ScramFunctions.serverKey(SCRAM_SHA_256, saltedPassword);
    }

    /**
     * Derives the keys on the calling thread: milliseconds at 4096 iterations, so never on an event
     * loop. The password is prepared as PostgreSQL does: by SASLprep (RFC 4013), or as it is where
     * that refuses it.
     */
    static ScramKeys derive(Secret password, byte[] salt, int iterations) {
        char[] prepared = prepare(password.reveal().toCharArray());
        PBEKeySpec spec = new PBEKeySpec(prepared, salt, iterations, ScramVerifier.KEY_BYTES * 8);
        try {
            SecretKeyFactory pbkdf2 = SecretKeyFactory.getInstance(PBKDF2);
            return new ScramKeys(pbkdf2.generateSecret(spec).getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot compute " + PBKDF2, e);
        } finally {
            spec.clearPassword();
        }
    }

    private static char[] prepare(char[] password) {
        try {
            return StringPreparation.SASL_PREPARATION.normalize(password);
        } catch (IllegalArgumentException _) { // prohibited
            return password;
        } catch (IndexOutOfBoundsException _) { // saslprep 2.2's way to say that nothing is left
            return password;
        }
    }

    byte[] clientProof(String authMessage) {
        return ScramFunctions.clientProof(
                clientKey, ScramFunctions.clientSignature(SCRAM_SHA_256, storedKey, authMessage));
    }

    boolean isSignatureOfServer(byte[] signature, String authMessage) {
        return ScramFunctions.verifyServerSignature(
                SCRAM_SHA_256, serverKey, authMessage, signature);
    }

    ScramVerifier toVerifier(byte[] salt, int iterations) {
        return new ScramVerifier(iterations, salt.clone(), storedKey, serverKey);
    }

    boolean belongTo(ScramVerifier verifier) {
        return verifier.equals(toVerifier(verifier.salt(), verifier.iterations()));
    }

    @Override
    public String toString() {
        return "ScramKeys[***]";
    }
}
