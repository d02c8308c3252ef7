package io.sluice.tenant.credential;

import static io.sluice.tenant.credential.ScramMechanism.SCRAM_SHA_256;
import static io.sluice.tenant.credential.ScramMechanism.SCRAM_SHA_256_PLUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Secret;
import io.sluice.tenant.credential.ScramStep.Proven;
import io.sluice.tenant.credential.ScramStep.Rejected;
import io.sluice.tenant.credential.ScramStep.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScramServerExchangeTest {
    private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private static final String NONCE = "rOprNGfwEbeRWgbNEkqO" + SERVER_NONCE;
    private static final String CLIENT_FIRST = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private static final String PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    private static final byte[] END_POINT = {1, 2, 3, 4};

    private final KeyDerivation derivation = new KeyDerivation(10, 10);
    private final Decoys decoys = Decoys.random(4096);
    private final ScramOffer pencil =
            ScramOffer.of(
                    "user",
                    List.of(Verifier.of(new Secret(VerifierTest.PENCIL), "user")),
                    decoys,
                    derivation);

    @AfterEach
    void close() {
        derivation.close();
    }

    private ScramServerExchange exchange(ScramMechanism mechanism, byte @Nullable [] endPoint) {
        return new ScramServerExchange(pencil, mechanism, endPoint, () -> SERVER_NONCE);
    }

    private ScramServerExchange plain() {
        return exchange(SCRAM_SHA_256, null);
    }

    private List<ScramVerifier> candidates() {
        return pencil.candidates().join();
    }

    @Test
    void holdsTheConversationOfRfc7677() {
        ScramServerExchange exchange = plain();

        ScramStep first = exchange.onClientFirst(CLIENT_FIRST);
        ScramStep last = exchange.onClientFinal("c=biws,r=" + NONCE + ",p=" + PROOF, candidates());

        assertThat(first).isEqualTo(new Reply("r=" + NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
        assertThat(last).isEqualTo(new Proven("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "n",
                "n,",
                "n,,",
                "n,,n=user",
                "n,,n=user,",
                "n,,n=user,r=",
                "n,,n=user,r=abc,",
                "n,,n=user,r=a b",
                "n,,n=user,r=ab\u00e9",
                "n,,n=user,r=abc\0",
                "n,,n=user,r=abc,r=abc",
                "n,,n=user,r=abc,m=x",
                "n,,n=user,r=abc,x",
                "n,,n=user,r=abc,=x",
                "n,,m=x,n=user,r=abc",
                "n,,r=abc,n=user",
                "n,a=admin,n=user,r=abc",
                "y,a=admin,n=user,r=abc",
                "N,,n=user,r=abc",
                "p=tls-unique,,n=user,r=abc",
                "p=tls-server-end-point,,n=user,r=abc",
                "p=,,n=user,r=abc",
                "e=invalid"
            })
    void refusesAFirstMessageOutsideOfTheGrammar(String message) {
        ScramServerExchange exchange = plain();

        assertThat(exchange.onClientFirst(message)).isInstanceOf(Rejected.class);
        assertThat(exchange.onClientFirst(CLIENT_FIRST))
                .as("it has ended")
                .isInstanceOf(Rejected.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n,,n=,r=abc",
                "n,,n=*,r=abc",
                "n,,n=someone=2Celse,r=abc",
                "y,,n=user,r=abc",
                "n,,n=user,r=abc,x=optional,Y="
            })
    void takesWhateverUserNameAndOptionalExtensions(String message) {
        assertThat(plain().onClientFirst(message)).isInstanceOf(Reply.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "c=biws",
                "c=biws,r=%1$s",
                "c=biws,r=%1$s,p=",
                "c=biws,r=%1$s,p=%2$s,",
                "c=biws,r=%1$s,p=%2$s,x=after",
                "c=biws,r=%1$s,p=%2$s=",
                "c=biws,r=%1$s,p=c2hvcnQ=",
                "c=biws,r=%1$s,p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                "c=biws,r=%1$s,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVR=",
                "c=biws,r=%1$s,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ",
                "c=biws,r=%1$s,x=signed,p=%2$s",
                "c=biws,r=%1$s,m=x,p=%2$s",
                "c=biws,r=%1$sx,p=%2$s",
                "c=biws,r=x%1$s,p=%2$s",
                "c=biws,r=,p=%2$s",
                "c=eSws,r=%1$s,p=%2$s",
                "c=,r=%1$s,p=%2$s",
                "c=biw,r=%1$s,p=%2$s",
                "r=%1$s,c=biws,p=%2$s",
                "m=x,c=biws,r=%1$s,p=%2$s",
                "c=biws,r=%1$s,p=%2$s\0"
            })
    void refusesAFinalMessageOfWhichAnythingIsWrong(String message) {
        ScramServerExchange exchange = plain();
        exchange.onClientFirst(CLIENT_FIRST);

        ScramStep step = exchange.onClientFinal(message.formatted(NONCE, PROOF), candidates());

        assertThat(step).isInstanceOf(Rejected.class);
        assertThat(exchange.onClientFinal("c=biws,r=" + NONCE + ",p=" + PROOF, candidates()))
                .as("there is no second try")
                .isInstanceOf(Rejected.class);
    }

    @Test
    void refusesAFinalMessageBeforeTheFirst() {
        assertThat(plain().onClientFinal("c=biws,r=" + NONCE + ",p=" + PROOF, candidates()))
                .isInstanceOf(Rejected.class);
    }

    @Test
    void refusesMessagesThatAreTooLong() {
        String name = "u".repeat(ScramServerExchange.MAX_MESSAGE);

        assertThat(plain().onClientFirst("n,,n=" + name + ",r=abc")).isInstanceOf(Rejected.class);
    }

    @Test
    void holdsTheHeaderToTheChosenMechanism() {
        String first = "n=,r=abc";

        assertThat(exchange(SCRAM_SHA_256_PLUS, END_POINT).onClientFirst(Gs2.BOUND + first))
                .isInstanceOf(Reply.class);
        assertThat(exchange(SCRAM_SHA_256_PLUS, END_POINT).onClientFirst("n,," + first))
                .isInstanceOf(Rejected.class);
        assertThat(exchange(SCRAM_SHA_256_PLUS, END_POINT).onClientFirst("y,," + first))
                .isInstanceOf(Rejected.class);
        assertThat(exchange(SCRAM_SHA_256_PLUS, null).onClientFirst(Gs2.BOUND + first))
                .isInstanceOf(Rejected.class);
        assertThat(exchange(SCRAM_SHA_256, END_POINT).onClientFirst(Gs2.BOUND + first))
                .isInstanceOf(Rejected.class);
        assertThat(exchange(SCRAM_SHA_256, END_POINT).onClientFirst("n,," + first))
                .isInstanceOf(Reply.class);
    }

    @Test
    void detectsThatItsOfferOfChannelBindingWasTakenAway() {
        assertThat(exchange(SCRAM_SHA_256, END_POINT).onClientFirst("y,,n=,r=abc"))
                .isEqualTo(
                        new Rejected(
                                "client-first-message: client was told that channel binding is not offered: downgrade in between"));
    }

    @Test
    void sendsNoSecretInAReason() {
        ScramServerExchange exchange = plain();
        exchange.onClientFirst(CLIENT_FIRST);

        assertThat(
                        exchange.onClientFinal("c=biws,r=" + NONCE + ",p=!" + PROOF, candidates())
                                .toString())
                .doesNotContain(PROOF);
    }
}
