package io.sluice.pg.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.ongres.scram.client.ScramClient;
import com.ongres.scram.common.StringPreparation;
import com.ongres.scram.common.exception.ScramException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.config.Secret;
import io.sluice.pg.auth.AuthenticationRequest.CleartextPassword;
import io.sluice.pg.auth.AuthenticationRequest.Md5Password;
import io.sluice.pg.auth.AuthenticationRequest.Ok;
import io.sluice.pg.auth.AuthenticationRequest.Sasl;
import io.sluice.pg.auth.AuthenticationRequest.SaslContinue;
import io.sluice.pg.auth.AuthenticationRequest.SaslFinal;
import io.sluice.pg.auth.AuthenticationResponse.PasswordMessage;
import io.sluice.pg.auth.AuthenticationResponse.SaslInitialResponse;
import io.sluice.pg.auth.AuthenticationResponse.SaslResponse;
import io.sluice.pg.auth.ClientLogin.Claim;
import io.sluice.pg.auth.ClientLogin.Step;
import io.sluice.pg.auth.ClientLogin.Step.Accepted;
import io.sluice.pg.auth.ClientLogin.Step.Failed;
import io.sluice.pg.auth.ClientLogin.Step.Send;
import io.sluice.tenant.credential.Decoys;
import io.sluice.tenant.credential.KeyDerivation;
import io.sluice.tenant.credential.PasswordHasher;
import io.sluice.tenant.credential.Verifier;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientLoginTest {
    private static final Secret RIGHT = new Secret("right");
    private static final byte[] END_POINT = {4, 5, 6};

    private static final Verifier PLAIN = new Verifier.Plain(RIGHT);
    private static final Verifier MD5 = PasswordHasher.md5(RIGHT, "app");
    private static final Verifier SCRAM = new Verifier.Scram(PasswordHasher.scram(RIGHT, 64));

    private final Loop loop = new Loop();
    private final Decoys decoys = Decoys.random(64);
    private final KeyDerivation derivation = new KeyDerivation(10, 10);

    @AfterEach
    void close() {
        derivation.close();
    }

    private ClientLogin login(
            ClientAuthMethod method, byte @Nullable [] endPoint, Verifier... verifiers) {
        Claim claim = new Claim("app", "acme/app", List.of(verifiers), method);
        return new ClientLogin(claim, endPoint, derivation, decoys, loop);
    }

    private static ByteBuf payload(AuthenticationResponse response) {
        ByteBuf message = Unpooled.buffer();
        response.writeTo(message);
        return message.skipBytes(5);
    }

    private Step answer(ClientLogin login, AuthenticationResponse response) {
        return loop.await(login.onResponse(payload(response)));
    }

    private Step answerPassword(ClientLogin login, String password) {
        return answer(login, new PasswordMessage(new Secret(password)));
    }

    /** pgJDBC's own SCRAM implementation as the client. */
    private Step scram(ClientLogin login, String password, byte @Nullable [] endPoint)
            throws ScramException {
        assertThat(login.begin()).isInstanceOf(Send.class);
        var builder =
                ScramClient.builder()
                        .advertisedMechanisms(
                                endPoint == null
                                        ? List.of("SCRAM-SHA-256")
                                        : List.of("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"))
                        .username("*")
                        .password(password.toCharArray())
                        .stringPreparation(StringPreparation.POSTGRESQL_PREPARATION);
        ScramClient client =
                (endPoint == null
                                ? builder
                                : builder.channelBinding("tls-server-end-point", endPoint))
                        .build();
        Step first =
                answer(
                        login,
                        new SaslInitialResponse(
                                client.getScramMechanism().getName(),
                                client.clientFirstMessage().toString()));
        if (!(first instanceof Send(SaslContinue(String serverFirst)))) {
            return first;
        }
        client.serverFirstMessage(serverFirst);
        Step last = answer(login, new SaslResponse(client.clientFinalMessage().toString()));
        if (last instanceof Accepted(List<AuthenticationRequest> welcome)
                && welcome.getFirst() instanceof SaslFinal(String serverFinal)) {
            client.serverFinalMessage(serverFinal);
        }
        return last;
    }

    @Test
    void letsTrustedUsersInUnasked() {
        assertThat(login(ClientAuthMethod.AUTO, null, new Verifier.Trust()).begin())
                .isEqualTo(new Accepted(List.of(new Ok())));
    }

    @Test
    void asksForTheBestMethodThatTheSecretsServe() {
        Send scram = new Send(new Sasl(List.of("SCRAM-SHA-256")));

        assertThat(login(ClientAuthMethod.AUTO, null, PLAIN).begin()).isEqualTo(scram);
        assertThat(login(ClientAuthMethod.AUTO, null, SCRAM).begin()).isEqualTo(scram);
        assertThat(login(ClientAuthMethod.AUTO, null, MD5, PLAIN).begin()).isEqualTo(scram);
        assertThat(login(ClientAuthMethod.AUTO, null).begin()).as("no such user").isEqualTo(scram);
        assertThat(login(ClientAuthMethod.AUTO, END_POINT, SCRAM).begin())
                .isEqualTo(new Send(new Sasl(List.of("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"))));
        assertThat(login(ClientAuthMethod.AUTO, null, MD5).begin())
                .matches(step -> step instanceof Send(Md5Password _));
        assertThat(login(ClientAuthMethod.MD5, null, PLAIN).begin())
                .matches(step -> step instanceof Send(Md5Password _));
        assertThat(login(ClientAuthMethod.PASSWORD, null, SCRAM).begin())
                .isEqualTo(new Send(new CleartextPassword()));
    }

    @Test
    void letsAScramClientInByEitherKindOfSecretAndBinding() throws ScramException {
        for (Verifier verifier : List.of(PLAIN, SCRAM)) {
            for (byte[] endPoint : new byte[] @Nullable [] {null, END_POINT}) {
                assertThat(
                                scram(
                                        login(ClientAuthMethod.AUTO, endPoint, verifier),
                                        "right",
                                        endPoint))
                        .matches(step ->
                                step instanceof Accepted(List<AuthenticationRequest> welcome)
                                        && welcome.size() == 2
                                        && welcome.getFirst() instanceof SaslFinal
                                        && welcome.getLast() instanceof Ok);
                assertThat(
                                scram(
                                        login(ClientAuthMethod.AUTO, endPoint, verifier),
                                        "wrong",
                                        endPoint))
                        .isEqualTo(new Failed("wrong password"));
            }
        }
    }

    @Test
    void letsAnUnboundScramClientInOverTls() throws ScramException {
        assertThat(scram(login(ClientAuthMethod.AUTO, END_POINT, SCRAM), "right", null))
                .isInstanceOf(Accepted.class);
    }

    @Test
    void refusesAClientBoundToAnotherCertificate() throws ScramException {
        assertThat(scram(login(ClientAuthMethod.AUTO, END_POINT, SCRAM), "right", new byte[] {4}))
                .isInstanceOf(Failed.class);
    }

    @Test
    void asksForTheFirstScramMessageIfItDidNotCome() {
        ClientLogin login = login(ClientAuthMethod.AUTO, null, SCRAM);
        login.begin();

        assertThat(answer(login, new SaslInitialResponse("SCRAM-SHA-256", null)))
                .isEqualTo(new Send(new SaslContinue("")));
        assertThat(answer(login, new SaslResponse("n,,n=,r=abc")))
                .matches(step -> step instanceof Send(SaslContinue _));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SCRAM-SHA-1", "scram-sha-256", "SCRAM-SHA-256-PLUS", "PLAIN"})
    void refusesAMechanismThatItDidNotOffer(String mechanism) {
        ClientLogin login = login(ClientAuthMethod.AUTO, null, SCRAM);
        login.begin();

        assertThat(answer(login, new SaslInitialResponse(mechanism, "n,,n=,r=abc")))
                .isInstanceOf(Failed.class);
    }

    @Test
    void checksMd5AnswersAgainstMd5AndPlainSecrets() {
        for (Verifier verifier : List.of(MD5, PLAIN)) {
            assertThat(md5("right", "app", verifier)).isInstanceOf(Accepted.class);
            assertThat(md5("wrong", "app", verifier)).isEqualTo(new Failed("wrong password"));
            assertThat(md5("right", "other", verifier)).isEqualTo(new Failed("wrong password"));
        }
        assertThat(md5("right", "app", SCRAM)).isEqualTo(new Failed("wrong password"));
        assertThat(md5("right", "app")).as("no such user").isEqualTo(new Failed("wrong password"));
    }

    private Step md5(String password, String userName, Verifier... verifiers) {
        ClientLogin login = login(ClientAuthMethod.MD5, null, verifiers);
        if (!(login.begin() instanceof Send(Md5Password(int salt)))) {
            throw new AssertionError("not asked for md5");
        }
        Secret answer = PasswordHasher.md5(new Secret(password), userName).answer(salt);
        return answer(login, new PasswordMessage(answer));
    }

    @Test
    void saltsEachMd5RequestAnew() {
        assertThat(login(ClientAuthMethod.MD5, null, MD5).begin())
                .isNotEqualTo(login(ClientAuthMethod.MD5, null, MD5).begin());
    }

    @Test
    void checksACleartextPasswordAgainstEveryKindOfSecret() {
        for (Verifier verifier : List.of(PLAIN, MD5, SCRAM)) {
            assertThat(cleartext("right", verifier)).isInstanceOf(Accepted.class);
            assertThat(cleartext("wrong", verifier)).isEqualTo(new Failed("wrong password"));
            assertThat(cleartext("", verifier)).isEqualTo(new Failed("empty password"));
        }
        assertThat(cleartext("right")).as("no such user").isEqualTo(new Failed("wrong password"));
    }

    private Step cleartext(String password, Verifier... verifiers) {
        ClientLogin login = login(ClientAuthMethod.PASSWORD, null, verifiers);
        login.begin();
        return answerPassword(login, password);
    }

    @Test
    void refusesWhenTooManyDerivationsWaitAndTellsOnlyTheLog() {
        derivation.close();

        assertThat(cleartext("right", SCRAM)).isEqualTo(new Failed("the proxy is closing"));
        assertThat(ClientLogin.refusal("app"))
                .isEqualTo("password authentication failed for user \"app\"");
    }

    @Test
    void refusesAnAnswerThatNobodyAskedFor() {
        ClientLogin before = login(ClientAuthMethod.AUTO, null, SCRAM);
        assertThat(answerPassword(before, "right")).isInstanceOf(Failed.class);

        ClientLogin after = login(ClientAuthMethod.MD5, null, MD5);
        after.begin();
        assertThat(answerPassword(after, "wrong")).isInstanceOf(Failed.class);
        assertThat(answerPassword(after, "right")).isInstanceOf(Failed.class);
    }

    @Test
    void refusesAClientThatSpeaksWhileItIsBeingChecked() {
        // So many iterations that the first is certainly not looked at when the second comes.
        Verifier slow = new Verifier.Scram(PasswordHasher.scram(RIGHT, 200_000));
        ClientLogin login = login(ClientAuthMethod.PASSWORD, null, slow);
        login.begin();
        ByteBuf right = payload(new PasswordMessage(RIGHT));

        CompletionStage<Step> first = login.onResponse(right);
        CompletionStage<Step> second = login.onResponse(right);

        assertThat(loop.await(second)).isInstanceOf(Failed.class);
        assertThat(loop.await(first)).isInstanceOf(Failed.class);
    }

    @Test
    void saysWhichMethodASecretCannotServe() {
        assertThat(ClientAuthMethod.MD5.problemWith(List.of(SCRAM))).isPresent();
        assertThat(ClientAuthMethod.SCRAM.problemWith(List.of(MD5))).isPresent();
        assertThat(ClientAuthMethod.AUTO.problemWith(List.of(MD5))).isEmpty();
        assertThat(ClientAuthMethod.AUTO.problemWith(List.of(SCRAM))).isEmpty();
        assertThat(ClientAuthMethod.MD5.problemWith(List.of(SCRAM, PLAIN))).isEmpty();
        assertThat(ClientAuthMethod.PASSWORD.problemWith(List.of(SCRAM))).isEmpty();
        assertThat(ClientAuthMethod.MD5.problemWith(List.of(new Verifier.Trust()))).isEmpty();
    }

    /** No answer, however broken, gets anybody in or ends in an exception. */
    @ParameterizedTest
    @EnumSource(ClientAuthMethod.class)
    void survivesAnyBytes(ClientAuthMethod method) {
        SplittableRandom random = new SplittableRandom(method.name().hashCode());
        for (int round = 0; round < 2_000; round++) {
            ClientLogin login = login(method, END_POINT, MD5);
            login.begin();
            for (int message = 0; message < 3; message++) {
                byte[] bytes = new byte[random.nextInt(64)];
                random.nextBytes(bytes);
                if (random.nextBoolean()) {
                    bytes = "SCRAM-SHA-256\0\0\0\0\013n,,n=,r=abc".getBytes(UTF_8);
                }
                assertThat(loop.await(login.onResponse(Unpooled.wrappedBuffer(bytes))))
                        .isNotInstanceOf(Accepted.class);
            }
        }
    }
}
