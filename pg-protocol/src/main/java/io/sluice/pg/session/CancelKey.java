package io.sluice.pg.session;

import java.security.MessageDigest;

/**
 * What a client must show to have its request cancelled.
 *
 * @param processId a session number that stands in the field of the server's process id
 * @param secret 4 random bytes in protocol 3.0, 32 from 3.2
 */
public record CancelKey(int processId, byte[] secret) {

    /** Compares in constant time. */
    public boolean matches(byte[] shown) {
        return MessageDigest.isEqual(secret, shown);
    }

    @Override
    public String toString() {
        return "cancel key " + processId;
    }
}
