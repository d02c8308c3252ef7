package io.sluice.tenant.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.config.CredentialConfig;
import io.sluice.config.Secret;
import java.util.List;

/** What a client's proof is held against. Immutable; shows no secret; compares in constant time. */
public sealed interface Verifier {

    /** No proof is asked. */
    record Trust() implements Verifier {}

    /** The password itself: serves every method. */
    record Plain(Secret password) implements Verifier {

        /** Returns whether {@code given} is this password. */
        public boolean matches(Secret given) {
            return password.equals(given);
        }
    }

    /**
     * PostgreSQL's md5 form: serves the md5 and the cleartext method only.
     *
     * @param hash 32 lower-case hexadecimal digits: md5 of password and user name
     * @param userName the name it was hashed with
     */
    record Md5(Secret hash, String userName) implements Verifier {
        /** Hashes a password as PostgreSQL's {@code password_encryption = md5} did. */
        public static Md5 hashing(Secret password, String userName) {
            byte[] salted = (password.reveal() + userName).getBytes(UTF_8);
            return new Md5(new Secret(Md5Digest.hex(salted)), userName);
        }

        /** Returns whether {@code given} is the password that was hashed. */
        public boolean matches(Secret given) {
            return hash.equals(hashing(given, userName).hash);
        }

        /**
         * Returns what a PasswordMessage must hold in answer to AuthenticationMD5Password.
         *
         * @param salt the four bytes of the request, big endian
         */
        public Secret answer(int salt) {
            byte[] inner = hash.reveal().getBytes(UTF_8);
            byte[] salted = new byte[inner.length + Integer.BYTES];
            System.arraycopy(inner, 0, salted, 0, inner.length);
            for (int i = 0; i < Integer.BYTES; i++) {
                salted[inner.length + i] = (byte) (salt >>> (24 - 8 * i));
            }
            return new Secret("md5" + Md5Digest.hex(salted));
        }

        /** Returns the form in which PostgreSQL stores it: {@code md5} and the hash. */
        public Secret format() {
            return new Secret("md5" + hash.reveal());
        }
    }

    /** Salted keys from which the password cannot be had: serves SCRAM and the cleartext method. */
    record Scram(ScramVerifier verifier) implements Verifier {}

    /**
     * Reads a configured secret. Its form decides, as in PostgreSQL: {@code md5} and 32 hexadecimal
     * digits, {@code SCRAM-SHA-256$…}, anything else is a plain password.
     *
     * @param userName whose secret it is; an md5 one was hashed with it
     * @throws IllegalArgumentException if the secret is empty, contains a NUL, or begins as a SCRAM
     *     verifier and is none (PostgreSQL would take that as a password, which nobody means)
     */
    static Verifier of(Secret secret, String userName) {
        String text = secret.reveal();
        if (text.isEmpty()) {
            throw new IllegalArgumentException("the secret is empty");
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the secret contains a NUL character");
        }
        if (text.startsWith(ScramVerifier.PREFIX)) {
            return new Scram(ScramVerifier.parse(secret));
        }
        if (Md5Digest.STORED.matcher(text).matches()) {
            return new Md5(new Secret(text.substring(3)), userName);
        }
        return new Plain(secret);
    }

    /**
     * Reads all that lets a user in.
     *
     * @throws IllegalArgumentException as {@link #of(Secret, String)}
     */
    static List<Verifier> allOf(CredentialConfig credential, String userName) {
        if (credential.trust()) {
            return List.of(new Trust());
        }
        return credential.secrets().stream().map(secret -> of(secret, userName)).toList();
    }
}
