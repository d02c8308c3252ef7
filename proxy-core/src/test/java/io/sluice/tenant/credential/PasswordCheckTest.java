package io.sluice.tenant.credential;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Secret;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PasswordCheckTest {
    private static final Secret PENCIL = new Secret("pencil");
    private static final Secret GUESS = new Secret("guess");
    private static final Verifier PLAIN = new Verifier.Plain(PENCIL);
    private static final Verifier MD5 = Verifier.Md5.hashing(PENCIL, "app");
    private static final Verifier SCRAM = new Verifier.Scram(PasswordHasher.scram(PENCIL, 16));
    private static final Verifier OTHER =
            new Verifier.Scram(PasswordHasher.scram(new Secret("other"), 16));

    private final AtomicInteger derived = new AtomicInteger();
    private final KeyDerivation derivation =
            new KeyDerivation(
                    9,
                    9,
                    (password, salt, iterations) -> {
                        derived.incrementAndGet();
                        return ScramKeys.derive(password, salt, iterations);
                    });
    private final PasswordCheck check = new PasswordCheck(derivation, Decoys.random(16));

    @AfterEach
    void close() {
        derivation.close();
    }

    private CompletableFuture<Boolean> matches(Secret given, Verifier... verifiers) {
        return check.matches(given, "acme/app", List.of(verifiers));
    }

    @Test
    void takesThePasswordBehindAnyKindOfVerifier() {
        assertThat(matches(PENCIL, PLAIN)).isCompletedWithValue(true);
        assertThat(matches(PENCIL, MD5)).isCompletedWithValue(true);
        assertThat(matches(GUESS, new Verifier.Trust())).isCompletedWithValue(true);
        assertThat(derived).hasValue(0);
        assertThat(matches(PENCIL, SCRAM).join()).isTrue();
    }

    @Test
    void takesEitherPasswordWhileOneReplacesTheOther() {
        assertThat(matches(PENCIL, OTHER, SCRAM).join()).isTrue();
        assertThat(matches(PENCIL, OTHER, MD5)).isCompletedWithValue(true);
        assertThat(matches(new Secret("other"), OTHER, PLAIN).join()).isTrue();
        assertThat(matches(GUESS, OTHER, SCRAM, PLAIN, MD5).join()).isFalse();
    }

    @Test
    void derivesForARightPasswordOnlyTheFirstTime() {
        assertThat(matches(PENCIL, SCRAM).join()).isTrue();

        assertThat(matches(PENCIL, SCRAM)).isCompletedWithValue(true);
        assertThat(derived).hasValue(1);
    }

    @Test
    void costsADerivationForEveryWrongPasswordWhoeverIsAskedFor() {
        assertThat(matches(GUESS, SCRAM).join()).isFalse();
        assertThat(derived).hasValue(1);
        assertThat(matches(GUESS, PLAIN).join()).isFalse();
        assertThat(derived).hasValue(2);
        assertThat(matches(GUESS, MD5).join()).isFalse();
        assertThat(derived).hasValue(3);
        assertThat(matches(GUESS).join()).as("no such user").isFalse();
        assertThat(derived).hasValue(4);
        assertThat(matches(GUESS).join()).as("and again").isFalse();
        assertThat(derived).hasValue(5);
    }
}
