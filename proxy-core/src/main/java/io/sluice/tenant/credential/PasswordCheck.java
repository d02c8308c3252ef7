package io.sluice.tenant.credential;

import io.sluice.config.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Says whether a password that a client sent in clear is a user's.
 *
 * <p>The fast forms are looked at first. A wrong password always costs a derivation, whoever is
 * asked for: who does not exist is told from who does by nothing. A right one costs one only the
 * first time, see {@link KeyDerivation#matches}.
 *
 * <p>Immutable, for any thread.
 */
public final class PasswordCheck {
    private final KeyDerivation derivation;
    private final Decoys decoys;

    /** Both parts are shared by the process. */
    public PasswordCheck(KeyDerivation derivation, Decoys decoys) {
        this.derivation = derivation;
        this.decoys = decoys;
    }

    /**
     * Returns whether {@code given} is what one of the verifiers stands for. Complete when returned
     * if no key has to be derived; otherwise it completes on the deriving thread ({@link OnLoop}
     * leads back) or fails with {@link DerivationRefused}.
     *
     * @param account the user's name that is unique in this process, such as {@code tenant/user};
     *     for a user who does not exist, what it would be
     * @param verifiers any of them lets in; none if there is no such user
     */
    public CompletableFuture<Boolean> matches(
            Secret given, String account, List<Verifier> verifiers) {
        boolean right = false;
        List<ScramVerifier> slow = new ArrayList<>();
        for (Verifier verifier : verifiers) {
            switch (verifier) {
                case Verifier.Plain plain -> right |= plain.matches(given);
                case Verifier.Md5 md5 -> right |= md5.matches(given);
                case Verifier.Scram(ScramVerifier stored) -> slow.add(stored);
                case Verifier.Trust _ -> right = true;
            }
        }
        if (right) {
            return CompletableFuture.completedFuture(true);
        }
        if (slow.isEmpty()) {
            slow.add(decoys.scram(account));
        }
        CompletableFuture<Boolean> any = CompletableFuture.completedFuture(false);
        for (ScramVerifier stored : slow) {
            any =
                    any.thenCompose(found ->
                            found
                                    ? CompletableFuture.completedFuture(true)
                                    : derivation.matches(given, stored));
        }
        return any;
    }
}
