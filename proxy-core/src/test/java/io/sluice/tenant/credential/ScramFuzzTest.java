package io.sluice.tenant.credential;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Secret;
import io.sluice.tenant.credential.ScramClientExchange.Challenge;
import io.sluice.tenant.credential.ScramStep.Rejected;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a peer sends, the machines answer with a step and never with an exception. */
class ScramFuzzTest {
    private static final int ROUNDS = 5_000;
    private static final List<String> PIECES =
            List.of(
                    "n,,",
                    "y,,",
                    "p=tls-server-end-point,,",
                    "n=",
                    "user",
                    ",",
                    "=",
                    "r=",
                    "mine",
                    "abc",
                    "s=",
                    "QSXCR+Q6sek8bf92",
                    "i=",
                    "16",
                    "999999999999",
                    "c=",
                    "biws",
                    "p=",
                    "v=",
                    "e=",
                    "m=",
                    "x=",
                    "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                    "\0",
                    "\u00e9",
                    "\ud800",
                    "\uffff",
                    " ",
                    "-",
                    "==");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void answersAnyText(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ScramVerifier verifier = ScramVerifier.parse(new Secret(VerifierTest.PENCIL));
        try (KeyDerivation derivation = new KeyDerivation(1, 1)) {
            ScramOffer offer =
                    ScramOffer.of(
                            "user",
                            List.of(new Verifier.Scram(verifier)),
                            Decoys.random(16),
                            derivation);
            ScramKeys keys = ScramKeys.derive(new Secret("x"), new byte[] {1}, 1);
            for (int round = 0; round < ROUNDS; round++) {
                String text = text(random);
                assertThat(server(offer).onClientFirst(text)).isNotNull();
                ScramServerExchange server = server(offer);
                server.onClientFirst("n,,n=,r=abc");
                assertThat(server.onClientFinal(text, List.of(verifier)))
                        .as("seed %d round %d", seed, round)
                        .isInstanceOf(Rejected.class);

                ScramClientExchange client = client();
                if (client.onServerFirst(text) instanceof Challenge challenge) {
                    assertThat(challenge.iterations()).isBetween(1, 100_000);
                }
                ScramClientExchange proving = client();
                proving.onServerFirst("r=mineserver,s=QSXCR+Q6sek8bf92,i=16");
                proving.clientFinal(keys);
                assertThat(proving.onServerFinal(text))
                        .isInstanceOf(ScramClientExchange.Refused.class);
            }
        }
    }

    private static ScramServerExchange server(ScramOffer offer) {
        return new ScramServerExchange(offer, ScramMechanism.SCRAM_SHA_256, null);
    }

    private static ScramClientExchange client() {
        ScramClientExchange client =
                Objects.requireNonNull(
                        ScramClientExchange.begin(
                                List.of("SCRAM-SHA-256"), null, 100_000, () -> "mine"));
        client.clientFirst();
        return client;
    }

    private static String text(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int pieces = random.nextInt(12); pieces > 0; pieces--) {
            if (random.nextInt(8) == 0) {
                text.append((char) random.nextInt(0x10000));
            } else {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
        }
        return text.toString();
    }
}
