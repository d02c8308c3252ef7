package io.sluice.pg.session;

import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * What a client must show to have its request cancelled, and whom that cancels.
 *
 * <p><b>Threads:</b> any.
 */
public final class CancelKey {
    private final int processId;
    private final byte[] secret;
    private volatile @Nullable Target target;

    /** Somebody who can be asked to cancel. */
    public interface Target {
        /**
         * Cancels what runs; called on any thread.
         *
         * @param done run once there is nothing more to wait for, on any thread
         */
        void cancel(Runnable done);
    }

    /**
     * A key that cancels nobody yet.
     *
     * @param processId a session number that stands in the field of the server's process id
     * @param secret 4 random bytes in protocol 3.0, 32 from 3.2; becomes the key's own
     */
    public CancelKey(int processId, byte[] secret) {
        this.processId = processId;
        this.secret = secret;
    }

    public int processId() {
        return processId;
    }

    /** The key's own bytes: not to be changed. */
    public byte[] secret() {
        return secret;
    }

    /** From now on the key cancels what {@code owner} does. */
    public void belongsTo(Target owner) {
        target = owner;
    }

    /** Has its owner cancel what runs, if it has one by now. */
    public void cancel(Runnable done) {
        Target owner = target;
        if (owner == null) {
            done.run();
        } else {
            owner.cancel(done);
        }
    }

    /** Compares in constant time. */
    public boolean matches(byte[] shown) {
        return MessageDigest.isEqual(secret, shown);
    }

    @Override
    public String toString() {
        return "cancel key " + processId;
    }
}
