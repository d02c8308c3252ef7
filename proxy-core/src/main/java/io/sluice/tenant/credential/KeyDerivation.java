package io.sluice.tenant.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.config.Secret;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Derives SCRAM keys from passwords, one at a time on one thread, and remembers them.
 *
 * <p>PBKDF2 is slow on purpose: 4096 iterations cost milliseconds, which no event loop has and
 * which attackers would like to order in bulk. So there is one daemon thread with a bounded queue;
 * who comes when it is full is refused. Derived keys are kept, least recently used first out, under
 * a keyed hash of (password, salt, iterations), so that a busy pool derives once and not once a
 * login. What clients send enters that cache only after it proved right: guessing evicts nobody.
 *
 * <p><b>Threads:</b> may be called from any; returned futures complete on the deriving thread, or
 * are complete already. They fail with {@link DerivationRefused}.
 */
public final class KeyDerivation implements AutoCloseable {
    /** The slow step, and a place where a test can hold the thread. */
    @FunctionalInterface
    interface Pbkdf2 {
        ScramKeys derive(Secret password, byte[] salt, int iterations);
    }

    private final Pbkdf2 pbkdf2;
    private final int queueCapacity;
    private final int cacheCapacity;
    private final ThreadPoolExecutor worker;
    private final SecretKeySpec fingerprintKey;

    /** Guarded by itself; in order of last use. */
    private final LinkedHashMap<String, CompletableFuture<ScramKeys>> cache =
            new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param queueCapacity most derivations that wait, at least 1; further ones are refused
     * @param cacheCapacity most results remembered, at least 1
     */
    public KeyDerivation(int queueCapacity, int cacheCapacity) {
        this(queueCapacity, cacheCapacity, ScramKeys::derive);
    }

    KeyDerivation(int queueCapacity, int cacheCapacity, Pbkdf2 pbkdf2) {
        this.pbkdf2 = pbkdf2;
        this.queueCapacity = queueCapacity;
        this.cacheCapacity = cacheCapacity;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        fingerprintKey = Hmac.key(random);
        worker =
                new ThreadPoolExecutor(
                        1,
                        1,
                        30,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(queueCapacity),
                        Thread.ofPlatform().daemon().name("key-derivation").factory());
        worker.allowCoreThreadTimeOut(true);
    }

    /**
     * Returns the keys of a password that we were configured with. Equal calls share one
     * derivation.
     *
     * @param iterations already held against a cap where a server asks for them
     */
    public CompletableFuture<ScramKeys> keysOf(Secret password, byte[] salt, int iterations) {
        String fingerprint = fingerprint(password, salt, iterations);
        CompletableFuture<ScramKeys> keys;
        synchronized (cache) {
            CompletableFuture<ScramKeys> known = cache.get(fingerprint);
            if (known != null) {
                return known.copy();
            }
            keys = submit(password, salt, iterations);
            remember(fingerprint, keys);
        }
        return keys.whenComplete((_, failure) -> {
            if (failure != null) {
                forget(fingerprint, keys);
            }
        });
    }

    /** Returns whether a password that a client sent is the one behind {@code verifier}. */
    public CompletableFuture<Boolean> matches(Secret given, ScramVerifier verifier) {
        byte[] salt = verifier.salt();
        int iterations = verifier.iterations();
        String fingerprint = fingerprint(given, salt, iterations);
        CompletableFuture<ScramKeys> known;
        synchronized (cache) {
            known = cache.get(fingerprint);
        }
        if (known != null) {
            return known.thenApply(keys -> keys.belongTo(verifier));
        }
        return submit(given, salt, iterations)
                .thenApply(keys -> {
                    boolean right = keys.belongTo(verifier);
                    if (right) {
                        synchronized (cache) {
                            remember(fingerprint, CompletableFuture.completedFuture(keys));
                        }
                    }
                    return right;
                });
    }

    /** Ends the thread; what still waits is refused. */
    @Override
    public void close() {
        for (Runnable waiting : worker.shutdownNow()) {
            ((Task) waiting).refuse("the proxy is closing");
        }
    }

    private CompletableFuture<ScramKeys> submit(Secret password, byte[] salt, int iterations) {
        Task task = new Task(password, salt, iterations);
        try {
            worker.execute(task);
        } catch (RejectedExecutionException _) { // the future says it
            task.refuse(
                    worker.isShutdown()
                            ? "the proxy is closing"
                            : "%d key derivations wait already".formatted(queueCapacity));
        }
        return task.keys;
    }

    private void remember(String fingerprint, CompletableFuture<ScramKeys> keys) {
        cache.put(fingerprint, keys);
        if (cache.size() > cacheCapacity) {
            cache.pollFirstEntry();
        }
    }

    private void forget(String fingerprint, CompletableFuture<ScramKeys> keys) {
        synchronized (cache) {
            cache.remove(fingerprint, keys);
        }
    }

    private String fingerprint(Secret password, byte[] salt, int iterations) {
        Mac mac = Hmac.keyed(fingerprintKey);
        mac.update(ByteBuffer.allocate(8).putInt(iterations).putInt(salt.length).array());
        mac.update(salt);
        return HexFormat.of().formatHex(mac.doFinal(password.reveal().getBytes(UTF_8)));
    }

    /** One derivation, on its way. */
    private final class Task implements Runnable {
        final CompletableFuture<ScramKeys> keys = new CompletableFuture<>();
        private final Secret password;
        private final byte[] salt;
        private final int iterations;

        Task(Secret password, byte[] salt, int iterations) {
            this.password = password;
            this.salt = salt.clone();
            this.iterations = iterations;
        }

        @Override
        public void run() {
            try {
                keys.complete(pbkdf2.derive(password, salt, iterations));
            } catch (RuntimeException | Error e) {
                keys.completeExceptionally(e);
            }
        }

        void refuse(String why) {
            keys.completeExceptionally(new DerivationRefused(why));
        }
    }
}
