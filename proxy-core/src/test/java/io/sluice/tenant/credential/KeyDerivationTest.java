package io.sluice.tenant.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class KeyDerivationTest {
    private static final byte[] SALT = {1, 2, 3};
    private static final Secret PENCIL = new Secret("pencil");

    /** So many iterations keep the deriving thread busy until {@link #release}. */
    private static final int BUSY = 4242;

    private final CountDownLatch busy = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final KeyDerivation derivation = new KeyDerivation(2, 2, this::derive);

    private ScramKeys derive(Secret password, byte[] salt, int iterations) {
        if (iterations == BUSY) {
            busy.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return ScramKeys.derive(password, salt, iterations);
    }

    /** Occupies the deriving thread by a guess, which is not remembered. */
    private void occupy() throws InterruptedException {
        ScramVerifier slow = PasswordHasher.scram(PENCIL, BUSY);
        CompletableFuture<Boolean> guess = derivation.matches(new Secret("guess"), slow);
        busy.await();
        assertThat(guess).isNotDone();
    }

    @AfterEach
    void close() {
        derivation.close();
    }

    @Test
    void derivesOnceForEqualQuestions() {
        ScramKeys first = derivation.keysOf(PENCIL, SALT, 16).join();

        assertThat(derivation.keysOf(new Secret("pencil"), SALT.clone(), 16))
                .isCompletedWithValue(first);
        assertThat(derivation.keysOf(PENCIL, SALT, 17).join()).isNotSameAs(first);
        assertThat(derivation.keysOf(new Secret("pencil2"), SALT, 16).join()).isNotSameAs(first);
    }

    @Test
    void derivesOffTheCallersThread() {
        Thread deriving =
                derivation
                        .keysOf(PENCIL, SALT, 100_000)
                        .thenApply(_ -> Thread.currentThread())
                        .join();

        assertThat(deriving.isDaemon()).isTrue();
        assertThat(deriving).isNotSameAs(Thread.currentThread());
    }

    @Test
    void sharesADerivationThatIsStillOnItsWay() throws InterruptedException {
        occupy();
        List<CompletableFuture<ScramKeys>> asked = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            asked.add(derivation.keysOf(PENCIL, SALT, 16));
        }

        release.countDown();

        assertThat(asked.stream().map(CompletableFuture::join).distinct()).hasSize(1);
    }

    @Test
    void refusesWhoComesWhenTheQueueIsFullAndRecovers() throws InterruptedException {
        occupy();
        CompletableFuture<ScramKeys> one = derivation.keysOf(PENCIL, SALT, 1);
        CompletableFuture<ScramKeys> two = derivation.keysOf(PENCIL, SALT, 2);

        CompletableFuture<ScramKeys> three = derivation.keysOf(PENCIL, SALT, 3);

        assertThatThrownBy(three::join)
                .hasCauseInstanceOf(DerivationRefused.class)
                .hasMessageContaining("2 key derivations wait already");
        release.countDown();
        assertThat(one.join()).isNotSameAs(two.join());
        assertThat(derivation.keysOf(PENCIL, SALT, 3).join())
                .as("a refusal is not remembered")
                .isNotNull();
    }

    @Test
    void forgetsTheLeastRecentlyUsedFirst() {
        ScramKeys one = derivation.keysOf(PENCIL, SALT, 1).join();
        ScramKeys two = derivation.keysOf(PENCIL, SALT, 2).join();
        assertThat(derivation.keysOf(PENCIL, SALT, 1).join()).isSameAs(one);

        assertThat(derivation.keysOf(PENCIL, SALT, 3).join()).isNotNull();

        assertThat(derivation.keysOf(PENCIL, SALT, 1).join()).isSameAs(one);
        assertThat(derivation.keysOf(PENCIL, SALT, 2).join()).isNotSameAs(two);
    }

    @Test
    void remembersWhatClientsSendOnlyIfItIsRight() throws InterruptedException {
        ScramVerifier verifier = PasswordHasher.scram(PENCIL, 16);
        ScramKeys ours = derivation.keysOf(PENCIL, SALT, 16).join();

        for (int guess = 0; guess < 10; guess++) {
            assertThat(derivation.matches(new Secret("guess" + guess), verifier).join()).isFalse();
        }
        assertThat(derivation.matches(PENCIL, verifier).join()).isTrue();

        occupy();
        assertThat(derivation.matches(PENCIL, verifier)).isCompletedWithValue(true);
        assertThat(derivation.keysOf(PENCIL, SALT, 16)).isCompletedWithValue(ours);
        release.countDown();
    }

    @Test
    void refusesWhatWaitsAndWhatComesWhenItIsClosed() throws InterruptedException {
        occupy();
        CompletableFuture<ScramKeys> waiting = derivation.keysOf(PENCIL, SALT, 1);

        derivation.close();
        release.countDown();

        assertThatThrownBy(waiting::join).hasMessageContaining("closing");
        assertThatThrownBy(() -> derivation.keysOf(PENCIL, SALT, 2).join())
                .hasMessageContaining("closing");
    }

    @Test
    void showsNothingOfKeys() {
        assertThat(derivation.keysOf(PENCIL, SALT, 1).join()).hasToString("ScramKeys[***]");
    }
}
