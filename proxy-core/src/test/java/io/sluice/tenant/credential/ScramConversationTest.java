package io.sluice.tenant.credential;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Secret;
import io.sluice.tenant.credential.ScramClientExchange.Challenge;
import io.sluice.tenant.credential.ScramClientExchange.Refused;
import io.sluice.tenant.credential.ScramClientExchange.ServerProven;
import io.sluice.tenant.credential.ScramStep.Proven;
import io.sluice.tenant.credential.ScramStep.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our client and our server against each other, with somebody in between. */
class ScramConversationTest {
    private static final byte[] END_POINT = {9, 8, 7};
    private static final List<String> BOTH = List.of("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256");
    private static final List<String> UNBOUND = List.of("SCRAM-SHA-256");
    private static final int ITERATIONS = 64;

    private final KeyDerivation derivation = new KeyDerivation(10, 10);
    private final Decoys decoys = Decoys.random(ITERATIONS);
    private final List<Verifier> right =
            List.of(new Verifier.Scram(PasswordHasher.scram(new Secret("right"), ITERATIONS)));

    @AfterEach
    void close() {
        derivation.close();
    }

    /** What happened: the four messages as far as they went, and who refused. */
    private record Outcome(List<String> messages, boolean clientProven, boolean serverProven) {
        boolean succeeded() {
            return clientProven && serverProven;
        }

        List<Integer> lengths() {
            return messages.stream().map(String::length).toList();
        }
    }

    /** What somebody in between does to each of the four messages: nothing. */
    private static final List<UnaryOperator<String>> UNTOUCHED =
            Collections.nCopies(4, UnaryOperator.identity());

    private Outcome converse(
            String password,
            String userName,
            List<Verifier> verifiers,
            byte @Nullable [] clientSees,
            byte @Nullable [] serverShows,
            List<UnaryOperator<String>> between) {
        List<String> messages = new ArrayList<>();
        ScramClientExchange client =
                Objects.requireNonNull(
                        ScramClientExchange.begin(
                                serverShows == null ? UNBOUND : BOTH, clientSees, ITERATIONS));
        ScramOffer offer = ScramOffer.of(userName, verifiers, decoys, derivation);
        ScramServerExchange server =
                new ScramServerExchange(offer, client.mechanism(), serverShows);

        messages.add(between.get(0).apply(client.clientFirst()));
        if (!(server.onClientFirst(messages.getLast()) instanceof Reply(String serverFirst))) {
            return new Outcome(messages, false, false);
        }
        messages.add(between.get(1).apply(serverFirst));
        if (!(client.onServerFirst(messages.getLast()) instanceof Challenge challenge)) {
            return new Outcome(messages, false, false);
        }
        ScramKeys keys =
                derivation
                        .keysOf(new Secret(password), challenge.salt(), challenge.iterations())
                        .join();
        messages.add(between.get(2).apply(client.clientFinal(keys)));
        if (!(server.onClientFinal(messages.getLast(), offer.candidates().join())
                instanceof Proven(String serverFinal))) {
            return new Outcome(messages, false, false);
        }
        messages.add(between.get(3).apply(serverFinal));
        return new Outcome(
                messages, true, client.onServerFinal(messages.getLast()) instanceof ServerProven);
    }

    private Outcome converse(String password, List<Verifier> verifiers) {
        return converse(password, "app", verifiers, null, null, UNTOUCHED);
    }

    private Outcome over(byte @Nullable [] clientSees, byte @Nullable [] serverShows) {
        return converse("right", "app", right, clientSees, serverShows, UNTOUCHED);
    }

    @Test
    void succeedsWithTheRightPasswordOnly() {
        assertThat(converse("right", right).succeeded()).isTrue();
        assertThat(converse("wrong", right).clientProven()).isFalse();
    }

    @Test
    void succeedsWithEveryAbilityToBind() {
        assertThat(over(null, null).messages().getFirst()).startsWith("n,,");
        assertThat(over(null, END_POINT).messages().getFirst()).startsWith("n,,");
        assertThat(over(END_POINT, null).messages().getFirst()).startsWith("y,,");
        assertThat(over(END_POINT, END_POINT).messages().getFirst())
                .startsWith("p=tls-server-end-point,,");
        assertThat(over(null, null).succeeded()).isTrue();
        assertThat(over(null, END_POINT).succeeded()).isTrue();
        assertThat(over(END_POINT, null).succeeded()).isTrue();
        assertThat(over(END_POINT, END_POINT).succeeded()).isTrue();
    }

    @Test
    void failsWhereTheClientSeesAnotherCertificateThanTheServerShows() {
        assertThat(over(new byte[] {9, 8, 6}, END_POINT).clientProven()).isFalse();
    }

    /** Each single changed, lost or doubled character of any of the four messages is noticed. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void noticesEveryChangeInBetween(int message) {
        int length =
                converse("right", "app", right, END_POINT, END_POINT, UNTOUCHED)
                        .messages()
                        .get(message)
                        .length();
        for (int at = 0; at < length; at++) {
            int position = at;
            List<UnaryOperator<String>> changes =
                    List.of(
                            text -> replace(text, position, (char) (text.charAt(position) ^ 1)),
                            text -> replace(text, position, (char) (text.charAt(position) ^ 0x20)),
                            text -> text.substring(0, position) + text.substring(position + 1),
                            text ->
                                    text.substring(0, position)
                                            + text.charAt(position)
                                            + text.substring(position),
                            text -> text.substring(0, position));
            for (UnaryOperator<String> change : changes) {
                List<UnaryOperator<String>> between = new ArrayList<>(UNTOUCHED);
                between.set(message, change);
                assertThat(
                                converse("right", "app", right, END_POINT, END_POINT, between)
                                        .succeeded())
                        .as("message %d changed at %d", message, position)
                        .isFalse();
            }
        }
    }

    private static String replace(String text, int position, char by) {
        return text.substring(0, position) + by + text.substring(position + 1);
    }

    @Test
    void letsBothPasswordsInWhileOneIsRotated() {
        Verifier plainOld = new Verifier.Plain(new Secret("old"));
        Verifier plainYoung = new Verifier.Plain(new Secret("young"));
        ScramVerifier old = PasswordHasher.scram(new Secret("old"), ITERATIONS);
        Verifier young =
                new Verifier.Scram(
                        PasswordHasher.scram(new Secret("young"), old.salt(), old.iterations()));

        for (List<Verifier> rotation :
                List.of(
                        List.of(plainOld, plainYoung),
                        List.of(plainOld, young),
                        List.of(new Verifier.Scram(old), plainYoung),
                        List.of(new Verifier.Scram(old), young))) {
            assertThat(converse("old", rotation).succeeded()).as("%s", rotation).isTrue();
            assertThat(converse("young", rotation).succeeded()).as("%s", rotation).isTrue();
            assertThat(converse("other", rotation).clientProven()).as("%s", rotation).isFalse();
            assertThat(ScramOffer.unreachable(rotation)).isEmpty();
        }
    }

    @Test
    void tellsWhichVerifierCannotBeReachedBesideTheFirst() {
        ScramVerifier old = PasswordHasher.scram(new Secret("old"), ITERATIONS);
        ScramVerifier young = PasswordHasher.scram(new Secret("young"), ITERATIONS);
        List<Verifier> rotation = List.of(new Verifier.Scram(old), new Verifier.Scram(young));

        assertThat(ScramOffer.unreachable(rotation)).containsExactly(young);
        assertThat(converse("old", rotation).succeeded()).isTrue();
        assertThat(converse("young", rotation).clientProven()).isFalse();
    }

    @Test
    void showsAnUnknownUserTheSameConversationAsAKnownOne() {
        Outcome known = converse("wrong", right);
        Outcome plain = converse("wrong", List.of(new Verifier.Plain(new Secret("right"))));
        Outcome unknown = converse("wrong", List.of());

        assertThat(unknown.lengths()).isEqualTo(known.lengths()).isEqualTo(plain.lengths());
        assertThat(unknown.clientProven()).isFalse();
    }

    @Test
    void namesAnUnknownUserTheSameSaltEachTimeAndEveryNameItsOwn() {
        assertThat(saltOf("ghost")).isEqualTo(saltOf("ghost")).isNotEqualTo(saltOf("ghoul"));
        assertThat(Decoys.keyed(new Secret("key"), 16).scram("ghost"))
                .as("a configured key outlives the process")
                .isEqualTo(Decoys.keyed(new Secret("key"), 16).scram("ghost"))
                .isNotEqualTo(Decoys.random(16).scram("ghost"));
    }

    private String saltOf(String userName) {
        String serverFirst =
                converse("any", userName, List.of(), null, null, UNTOUCHED).messages().get(1);
        return Arrays.stream(serverFirst.split(",", -1))
                .filter(attribute -> attribute.startsWith("s="))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "r=",
                "r=%s",
                "r=%s,s=QSXCR+Q6sek8bf92,i=16",
                "r=x%sserver,s=QSXCR+Q6sek8bf92,i=16",
                "r=server,s=QSXCR+Q6sek8bf92,i=16",
                "r=%sse rver,s=QSXCR+Q6sek8bf92,i=16",
                "r=%sserv\u00e9r,s=QSXCR+Q6sek8bf92,i=16",
                "r=%sserver,s=QSXCR+Q6sek8bf92",
                "r=%sserver,s=,i=16",
                "r=%sserver,s=!,i=16",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=0",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=-1",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=+1",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=016",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=65",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=4294967297",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=99999999999999999999",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=16,",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=16,m=x",
                "r=%sserver,s=QSXCR+Q6sek8bf92,i=16,i=16",
                "m=x,r=%sserver,s=QSXCR+Q6sek8bf92,i=16",
                "e=other-error",
                "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
            })
    void refusesAServersChallengeThatIsWrong(String message) {
        ScramClientExchange client =
                Objects.requireNonNull(
                        ScramClientExchange.begin(UNBOUND, null, ITERATIONS, () -> "mine"));
        client.clientFirst();

        assertThat(client.onServerFirst(message.formatted("mine"))).isInstanceOf(Refused.class);
    }

    @Test
    void refusesAServersNonceOfAnyLength() {
        ScramClientExchange client =
                Objects.requireNonNull(
                        ScramClientExchange.begin(UNBOUND, null, ITERATIONS, () -> "mine"));
        client.clientFirst();

        assertThat(
                        client.onServerFirst(
                                "r=mine" + "x".repeat(1_000_000) + ",s=QSXCR+Q6sek8bf92,i=16"))
                .isInstanceOf(Refused.class);
    }

    @Test
    void beginsNothingWithoutAMechanismThatItHas() {
        assertThat(ScramClientExchange.begin(List.of("OAUTHBEARER"), END_POINT, 16)).isNull();
        assertThat(ScramClientExchange.begin(List.of("SCRAM-SHA-256-PLUS"), null, 16)).isNull();
        assertThat(ScramClientExchange.begin(List.of(), END_POINT, 16)).isNull();
    }

    @Test
    void repeatsAServersErrorCodeButNotItsProse() {
        assertThat(serverError("e=unknown-user")).contains("unknown-user");
        assertThat(serverError("e=You are\u001b[2J owned")).doesNotContain("owned");
        assertThat(serverError("e=" + "x".repeat(1000))).hasSizeLessThan(100);
    }

    private static String serverError(String message) {
        ScramClientExchange client =
                Objects.requireNonNull(ScramClientExchange.begin(UNBOUND, null, ITERATIONS));
        client.clientFirst();
        return client.onServerFirst(message).toString();
    }
}
