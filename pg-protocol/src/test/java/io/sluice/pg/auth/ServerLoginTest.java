package io.sluice.pg.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.config.Secret;
import io.sluice.pg.auth.AuthenticationRequest.CleartextPassword;
import io.sluice.pg.auth.AuthenticationRequest.Md5Password;
import io.sluice.pg.auth.AuthenticationRequest.Ok;
import io.sluice.pg.auth.AuthenticationRequest.Sasl;
import io.sluice.pg.auth.AuthenticationRequest.SaslContinue;
import io.sluice.pg.auth.AuthenticationRequest.SaslFinal;
import io.sluice.pg.auth.AuthenticationRequest.Unsupported;
import io.sluice.pg.auth.AuthenticationResponse.PasswordMessage;
import io.sluice.pg.auth.AuthenticationResponse.SaslInitialResponse;
import io.sluice.pg.auth.ServerLogin.Step;
import io.sluice.pg.auth.ServerLogin.Step.Await;
import io.sluice.pg.auth.ServerLogin.Step.Failed;
import io.sluice.pg.auth.ServerLogin.Step.LoggedIn;
import io.sluice.pg.auth.ServerLogin.Step.Send;
import io.sluice.pg.auth.ServerLoginPolicy.ChannelBinding;
import io.sluice.tenant.credential.Decoys;
import io.sluice.tenant.credential.KeyDerivation;
import io.sluice.tenant.credential.PasswordHasher;
import io.sluice.tenant.credential.TlsServerEndPoint;
import io.sluice.tenant.credential.Verifier;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerLoginTest {
    private static final Secret RIGHT = new Secret("right");
    private static final Sasl BOTH = new Sasl(List.of("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"));
    private static final Sasl UNBOUND = new Sasl(List.of("SCRAM-SHA-256"));
    private static final ServerLoginPolicy REQUIRE =
            new ServerLoginPolicy(true, ChannelBinding.REQUIRE, 4096);
    private static final ServerLoginPolicy DISABLE =
            new ServerLoginPolicy(false, ChannelBinding.DISABLE, 4096);

    private final Loop loop = new Loop();
    private final KeyDerivation derivation = new KeyDerivation(10, 10);
    private final X509Certificate certificate = certificate();

    private static X509Certificate certificate() {
        try (InputStream pem = ServerLoginTest.class.getResourceAsStream("server.pem")) {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(pem);
        } catch (IOException | CertificateException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        derivation.close();
    }

    private ServerLogin login(@Nullable Secret secret, ServerLoginPolicy policy, boolean tls) {
        return new ServerLogin("app", secret, tls ? certificate : null, policy, derivation, loop);
    }

    private ServerLogin login(@Nullable Secret secret) {
        return login(secret, ServerLoginPolicy.DEFAULT, false);
    }

    private Step ask(ServerLogin login, AuthenticationRequest request) {
        return loop.await(send(login, request));
    }

    private static CompletionStage<Step> send(ServerLogin login, AuthenticationRequest request) {
        ByteBuf message = Unpooled.buffer();
        request.writeTo(message);
        message.skipBytes(5);
        return login.onAuthentication(message.readInt(), message);
    }

    private static String reason(Step step) {
        assertThat(step).isInstanceOf(Failed.class);
        assertThat(step.toString()).doesNotContain("right");
        return ((Failed) step).reason();
    }

    @Test
    void isLetInUnasked() {
        assertThat(ask(login(null), new Ok())).isEqualTo(new LoggedIn());
    }

    @Test
    void givesACleartextPasswordOverTlsOrWhereAllowedOnly() {
        Send password = new Send(new PasswordMessage(RIGHT));
        ServerLoginPolicy allowed = new ServerLoginPolicy(true, ChannelBinding.PREFER, 4096);

        assertThat(ask(login(RIGHT, ServerLoginPolicy.DEFAULT, true), new CleartextPassword()))
                .isEqualTo(password);
        assertThat(ask(login(RIGHT, allowed, false), new CleartextPassword())).isEqualTo(password);
        assertThat(reason(ask(login(RIGHT), new CleartextPassword()))).contains("without TLS");
    }

    @Test
    void answersMd5FromAPlainOrAnMd5Secret() {
        Send answer =
                new Send(new PasswordMessage(new Secret("md5eae499444b4d182b8774b75ff9c6d4de")));

        assertThat(ask(login(new Secret("secret")), new Md5Password(0x93f102ff))).isEqualTo(answer);
        assertThat(
                        ask(
                                login(new Secret("md56a422f785c9e20873908ce25d1736ae2")),
                                new Md5Password(0x93f102ff)))
                .isEqualTo(answer);
    }

    @Test
    void saysWhichSecretIsMissing() {
        Secret md5 = PasswordHasher.md5(RIGHT, "app").format();
        Secret scram = PasswordHasher.scram(RIGHT, 16).format();

        assertThat(reason(ask(login(null), UNBOUND))).contains("configured is none");
        assertThat(reason(ask(login(md5), UNBOUND))).contains("SCRAM").contains("an md5 one");
        assertThat(reason(ask(login(scram), UNBOUND))).contains("can only check others");
        assertThat(reason(ask(login(scram), new Md5Password(1)))).contains("plain or md5");
        assertThat(reason(ask(login(null), new Md5Password(1)))).contains("none");
        assertThat(
                        reason(
                                ask(
                                        login(md5, ServerLoginPolicy.DEFAULT, true),
                                        new CleartextPassword())))
                .contains("a plain secret");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 6, 7, 8, 9, 13, -1})
    void namesWhatItCannotDo(int code) {
        assertThat(reason(ask(login(RIGHT), new Unsupported(code))))
                .contains(new Unsupported(code).name())
                .contains("pg_hba.conf");
    }

    @Test
    void refusesMechanismsThatItDoesNotHave() {
        assertThat(reason(ask(login(RIGHT), new Sasl(List.of("OAUTHBEARER"))))).contains("SCRAM");
        assertThat(reason(ask(login(RIGHT), new Sasl(List.of())))).contains("SCRAM");
    }

    @Test
    void bindsToTheCertificateWhereverItCan() {
        assertThat(first(ServerLoginPolicy.DEFAULT, true, BOTH))
                .startsWith("SCRAM-SHA-256-PLUS p=tls-server-end-point,,");
        assertThat(first(ServerLoginPolicy.DEFAULT, true, UNBOUND)).startsWith("SCRAM-SHA-256 y,,");
        assertThat(first(ServerLoginPolicy.DEFAULT, false, BOTH)).startsWith("SCRAM-SHA-256 n,,");
        assertThat(first(DISABLE, true, BOTH)).startsWith("SCRAM-SHA-256 n,,");
        assertThat(first(REQUIRE, true, BOTH)).startsWith("SCRAM-SHA-256-PLUS p=");
    }

    private String first(ServerLoginPolicy policy, boolean tls, Sasl offered) {
        if (ask(login(RIGHT, policy, tls), offered)
                instanceof Send(SaslInitialResponse(String mechanism, String data))) {
            return mechanism + " " + data;
        }
        throw new AssertionError("no initial response");
    }

    @Test
    void insistsOnBindingWhereThatIsRequired() {
        assertThat(reason(ask(login(RIGHT, REQUIRE, true), UNBOUND))).contains("required");
        assertThat(reason(ask(login(RIGHT, REQUIRE, false), BOTH))).contains("required");
        assertThat(reason(ask(login(RIGHT, REQUIRE, true), new Ok()))).contains("required");
        assertThat(reason(ask(login(RIGHT, REQUIRE, true), new CleartextPassword())))
                .contains("required");
        assertThat(reason(ask(login(RIGHT, REQUIRE, true), new Md5Password(1))))
                .contains("required");
    }

    /** What our own {@link ClientLogin} asks as a server; each message passes {@code between}. */
    private List<Step> converse(
            Secret password, boolean tls, UnaryOperator<AuthenticationRequest> between) {
        Verifier verifier = new Verifier.Scram(PasswordHasher.scram(RIGHT, 64));
        byte[] endPoint = tls ? TlsServerEndPoint.of(certificate) : null;
        ClientLogin server =
                new ClientLogin(
                        new ClientLogin.Claim(
                                "app", "app", List.of(verifier), ClientAuthMethod.AUTO),
                        endPoint,
                        derivation,
                        Decoys.random(64),
                        loop);
        ServerLogin proxy = login(password, ServerLoginPolicy.DEFAULT, tls);
        List<Step> steps = new ArrayList<>();
        ClientLogin.Step asked = server.begin();
        while (asked instanceof ClientLogin.Step.Send(AuthenticationRequest request)) {
            steps.add(ask(proxy, between.apply(request)));
            if (!(steps.getLast() instanceof Send(AuthenticationResponse response))) {
                return steps;
            }
            ByteBuf message = Unpooled.buffer();
            response.writeTo(message);
            asked = loop.await(server.onResponse(message.skipBytes(5)));
        }
        if (asked instanceof ClientLogin.Step.Accepted(List<AuthenticationRequest> welcome)) {
            for (AuthenticationRequest request : welcome) {
                steps.add(ask(proxy, between.apply(request)));
            }
        }
        return steps;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void logsInByScramWithAndWithoutBinding(boolean tls) {
        List<Step> steps = converse(RIGHT, tls, UnaryOperator.identity());

        assertThat(steps)
                .hasExactlyElementsOfTypes(Send.class, Send.class, Await.class, LoggedIn.class);
    }

    @Test
    void isNotLetInWithTheWrongPassword() {
        assertThat(converse(new Secret("other"), false, UnaryOperator.identity()))
                .hasExactlyElementsOfTypes(Send.class, Send.class);
    }

    @Test
    void refusesAServerThatDoesNotKnowThePassword() {
        List<Step> steps =
                converse(
                        RIGHT,
                        false,
                        request ->
                                request instanceof SaslFinal
                                        ? new SaslFinal("v=" + "A".repeat(43) + "=")
                                        : request);

        assertThat(reason(steps.get(2))).contains("signature is wrong");
        assertThat(steps.getLast()).isInstanceOf(Failed.class);
    }

    @Test
    void refusesAServerThatSkipsItsProof() {
        List<Step> steps =
                converse(
                        RIGHT, false, request -> request instanceof SaslFinal ? new Ok() : request);

        assertThat(reason(steps.get(2))).contains("without having proved");
        ServerLogin early = login(RIGHT);
        ask(early, UNBOUND);
        assertThat(reason(ask(early, new Ok()))).contains("without having proved");
    }

    @Test
    void refusesAServerThatAsksForASecondMethod() {
        for (AuthenticationRequest second :
                List.of(new CleartextPassword(), new Md5Password(1), UNBOUND, new SaslFinal(""))) {
            ServerLogin scram = login(RIGHT, ServerLoginPolicy.DEFAULT, true);
            ask(scram, UNBOUND);
            assertThat(ask(scram, second)).as("%s", second).isInstanceOf(Failed.class);

            ServerLogin md5 = login(RIGHT, ServerLoginPolicy.DEFAULT, true);
            ask(md5, new Md5Password(1));
            assertThat(ask(md5, second)).as("%s", second).isInstanceOf(Failed.class);
            assertThat(ask(md5, new Ok())).as("it has ended").isInstanceOf(Failed.class);
        }
        assertThat(ask(login(RIGHT), new SaslContinue("r=a"))).isInstanceOf(Failed.class);
        assertThat(ask(login(RIGHT), new SaslFinal("v=a"))).isInstanceOf(Failed.class);
    }

    @Test
    void refusesAServerThatOrdersTooManyIterations() {
        List<Step> steps =
                converse(
                        RIGHT,
                        false,
                        request ->
                                request instanceof SaslContinue(String data)
                                        ? new SaslContinue(data.replace("i=64", "i=100001"))
                                        : request);

        assertThat(reason(steps.getLast())).contains("100001 iterations, allowed 100000");
    }

    @Test
    void refusesAServerThatSpeaksWhileKeysAreDerived() {
        ServerLogin login = login(RIGHT);
        if (!(ask(login, UNBOUND) instanceof Send(SaslInitialResponse(_, String first)))
                || first == null) {
            throw new AssertionError("no initial response");
        }
        String nonce = first.substring(first.indexOf("r=") + 2);

        CompletionStage<Step> proof =
                send(login, new SaslContinue("r=" + nonce + "x,s=QSXCR+Q6sek8bf92,i=100000"));
        Step meanwhile = ask(login, new Ok());

        assertThat(meanwhile).isInstanceOf(Failed.class);
        assertThat(loop.await(proof)).isInstanceOf(Failed.class);
    }

    @Test
    void failsWithoutBlockingWhenKeysCannotBeDerived() {
        derivation.close();

        assertThat(reason(converse(RIGHT, false, UnaryOperator.identity()).getLast()))
                .isEqualTo("the proxy is closing");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void survivesAnyBytes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 2_000; round++) {
            ServerLogin login = login(RIGHT, ServerLoginPolicy.DEFAULT, true);
            ask(login, UNBOUND);
            for (int message = 0; message < 3; message++) {
                byte[] bytes = new byte[random.nextInt(200)];
                random.nextBytes(bytes);
                if (random.nextBoolean()) {
                    bytes = "r=abc,s=abcd,i=16".getBytes(UTF_8);
                }
                Step step =
                        loop.await(
                                login.onAuthentication(
                                        random.nextInt(14), Unpooled.wrappedBuffer(bytes)));
                assertThat(step).isInstanceOf(Failed.class);
            }
        }
    }
}
