package io.sluice.tenant.credential;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What one user is offered in a SCRAM exchange, and what the answer is checked against.
 *
 * <p>SCRAM names one salt and one number of iterations before it knows which password the client
 * has. So while a password is rotated the first stored verifier decides the challenge; every plain
 * secret is derived for the same challenge, and works; another stored verifier works only if it was
 * made with the same salt and iterations. {@link #unreachable} tells those that were not, so that
 * the configuration can say it.
 *
 * <p>Immutable, for any thread.
 */
public final class ScramOffer {
    private final byte[] salt;
    private final int iterations;
    private final CompletableFuture<List<ScramVerifier>> candidates;

    private ScramOffer(
            byte[] salt, int iterations, CompletableFuture<List<ScramVerifier>> candidates) {
        this.salt = salt;
        this.iterations = iterations;
        this.candidates = candidates;
    }

    /**
     * Returns the offer of a user. Derivations of plain secrets begin here and need only be done
     * when the client's second message has come, a round trip later.
     *
     * @param userName a name that no other user of this process has (salts of plain secrets and
     *     decoys are made from it)
     * @param verifiers any of them lets in; without a plain or SCRAM one, as for a user who does
     *     not exist, the offer is a decoy
     */
    public static ScramOffer of(
            String userName, List<Verifier> verifiers, Decoys decoys, KeyDerivation derivation) {
        ScramVerifier front = front(verifiers);
        byte[] salt = front == null ? decoys.salt(userName) : front.salt();
        int iterations = front == null ? decoys.iterations() : front.iterations();
        List<CompletableFuture<ScramVerifier>> candidates = new ArrayList<>();
        for (Verifier verifier : verifiers) {
            switch (verifier) {
                case Verifier.Scram(ScramVerifier stored) -> {
                    if (front != null && stored.sharesChallengeWith(front)) {
                        candidates.add(CompletableFuture.completedFuture(stored));
                    }
                }
                case Verifier.Plain(var password) ->
                        candidates.add(
                                derivation
                                        .keysOf(password, salt, iterations)
                                        .thenApply(keys -> keys.toVerifier(salt, iterations)));
                case Verifier.Trust _, Verifier.Md5 _ -> {}
            }
        }
        if (candidates.isEmpty()) {
            candidates.add(CompletableFuture.completedFuture(decoys.scram(userName)));
        }
        return new ScramOffer(salt, iterations, all(candidates));
    }

    /** Returns those stored verifiers that this user can never be checked against by SCRAM. */
    public static List<ScramVerifier> unreachable(List<Verifier> verifiers) {
        ScramVerifier front = front(verifiers);
        List<ScramVerifier> unreachable = new ArrayList<>();
        for (Verifier verifier : verifiers) {
            if (front != null
                    && verifier instanceof Verifier.Scram(ScramVerifier stored)
                    && !stored.sharesChallengeWith(front)) {
                unreachable.add(stored);
            }
        }
        return unreachable;
    }

    byte[] salt() {
        return salt;
    }

    int iterations() {
        return iterations;
    }

    /**
     * Returns what to give to {@link ScramServerExchange#onClientFinal}. Mostly complete already;
     * else it completes on the deriving thread. Fails with {@link DerivationRefused}.
     */
    public CompletableFuture<List<ScramVerifier>> candidates() {
        return candidates.copy();
    }

    private static @Nullable ScramVerifier front(List<Verifier> verifiers) {
        for (Verifier verifier : verifiers) {
            if (verifier instanceof Verifier.Scram(ScramVerifier stored)) {
                return stored;
            }
        }
        return null;
    }

    private static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> futures) {
        return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
                .thenApply(_ -> futures.stream().map(CompletableFuture::join).toList());
    }
}
