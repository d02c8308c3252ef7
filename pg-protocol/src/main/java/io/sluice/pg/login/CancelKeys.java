package io.sluice.pg.login;

import io.netty.channel.Channel;
import io.sluice.pg.session.CancelKey;
import java.security.SecureRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Every session that can be cancelled, by the number in its key. Any thread; written at login and
 * at the end of a session.
 */
final class CancelKeys {
    private static final SecureRandom RANDOM = new SecureRandom();

    /** The upper bits are another peer's, when there are peers. */
    private static final int SESSION_BITS = 0x003fffff;

    private final ConcurrentHashMap<Integer, Entry> sessions = new ConcurrentHashMap<>();
    private final AtomicInteger next = new AtomicInteger(RANDOM.nextInt(SESSION_BITS));

    /** Somebody who can be asked to cancel. */
    interface Target {
        /**
         * Cancels what runs.
         *
         * @param done run once there is nothing more to wait for, on any thread
         */
        void cancel(Runnable done);
    }

    private record Entry(CancelKey key, Target target) {}

    /** Makes a key and remembers whom it cancels. */
    CancelKey register(boolean longKey, Target target) {
        byte[] secret = new byte[longKey ? 32 : 4];
        RANDOM.nextBytes(secret);
        while (true) {
            int number = next.incrementAndGet() & SESSION_BITS;
            CancelKey key = new CancelKey(number, secret);
            if (number != 0 && sessions.putIfAbsent(number, new Entry(key, target)) == null) {
                return key;
            }
        }
    }

    void remove(CancelKey key) {
        sessions.remove(key.processId());
    }

    /** Has a session cancelled if the secret is right; then closes the asking connection. */
    void cancel(int number, byte[] secret, Channel asking) {
        Entry entry = sessions.get(number);
        if (entry == null || !entry.key().matches(secret)) {
            asking.close(); // nothing is ever answered to a cancel request
            return;
        }
        entry.target().cancel(asking::close);
    }
}
