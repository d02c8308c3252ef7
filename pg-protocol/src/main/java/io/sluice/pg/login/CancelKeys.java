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

    private final ConcurrentHashMap<Integer, CancelKey> sessions = new ConcurrentHashMap<>();
    private final AtomicInteger next = new AtomicInteger(RANDOM.nextInt(SESSION_BITS));

    /** Makes a key and remembers it; the caller says whose it is. */
    CancelKey register(boolean longKey) {
        byte[] secret = new byte[longKey ? 32 : 4];
        RANDOM.nextBytes(secret);
        while (true) {
            int number = next.incrementAndGet() & SESSION_BITS;
            CancelKey key = new CancelKey(number, secret);
            if (number != 0 && sessions.putIfAbsent(number, key) == null) {
                return key;
            }
        }
    }

    void remove(CancelKey key) {
        sessions.remove(key.processId());
    }

    /** Has a session cancelled if the secret is right; then closes the asking connection. */
    void cancel(int number, byte[] secret, Channel asking) {
        CancelKey key = sessions.get(number);
        if (key == null || !key.matches(secret)) {
            asking.close(); // nothing is ever answered to a cancel request
            return;
        }
        key.cancel(asking::close);
    }
}
