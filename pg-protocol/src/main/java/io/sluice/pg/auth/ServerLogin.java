package io.sluice.pg.auth;

import io.netty.buffer.ByteBuf;
import io.sluice.config.Secret;
import io.sluice.pg.auth.ServerLoginPolicy.ChannelBinding;
import io.sluice.tenant.credential.KeyDerivation;
import io.sluice.tenant.credential.OnLoop;
import io.sluice.tenant.credential.ScramClientExchange;
import io.sluice.tenant.credential.ScramClientExchange.Challenge;
import io.sluice.tenant.credential.ScramClientExchange.Refused;
import io.sluice.tenant.credential.ScramClientExchange.ServerProven;
import io.sluice.tenant.credential.ScramKeys;
import io.sluice.tenant.credential.ScramMechanism;
import io.sluice.tenant.credential.TlsServerEndPoint;
import io.sluice.tenant.credential.Verifier;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Logs the proxy into one PostgreSQL server: answers each authentication message until the server
 * is content, and refuses a server that asks for too much or does not prove itself.
 *
 * <pre>
 *   START ── Ok ─────────────────────────────────────────────▶ ENDED
 *   START ── CleartextPassword, Md5Password ──▶ ANSWERED ─Ok─▶ ENDED
 *   START ── Sasl ──▶ SASL_FIRST ─SaslContinue─▶ DERIVING ──▶ SASL_FINAL ─SaslFinal─▶ ANSWERED ─Ok─▶ ENDED
 * </pre>
 *
 * <p>Any other message fails the login; so an Ok before the server's signature was verified does.
 * Servers 14 to 18: all that they can ask of a user with a password.
 *
 * <p><b>Threads:</b> confined to {@code loop}. A step that needs PBKDF2 completes later, on the
 * loop; all others are complete when returned. <b>Buffers:</b> payloads are borrowed.
 */
public final class ServerLogin {

    /** What to do next. */
    public sealed interface Step {
        /** Send this and wait for the next authentication message. */
        record Send(AuthenticationResponse response) implements Step {}

        /** Nothing to send: wait for the next authentication message. */
        record Await() implements Step {}

        /** The server has let us in; the rest of its start-up follows. */
        record LoggedIn() implements Step {}

        /**
         * Close the connection.
         *
         * @param reason for the log and the console, says what to change; without secrets
         */
        record Failed(String reason) implements Step {}
    }

    private enum State {
        START,
        SASL_FIRST,
        DERIVING,
        SASL_FINAL,
        ANSWERED,
        ENDED
    }

    private final String userName;
    private final @Nullable Verifier secret;
    private final @Nullable X509Certificate certificate;
    private final ServerLoginPolicy policy;
    private final KeyDerivation derivation;
    private final Executor loop;
    private State state = State.START;
    private boolean bound;
    private @Nullable ScramClientExchange scram;

    /**
     * @param userName whom the proxy logs in as
     * @param secret plain, or an md5 one (which serves md5 only); null: the server asks none
     * @param certificate what the server showed in TLS; null without TLS
     * @param derivation shared by the process
     * @param loop executor of the connection's event loop
     * @throws IllegalArgumentException if the secret is empty or contains a NUL
     */
    public ServerLogin(
            String userName,
            @Nullable Secret secret,
            @Nullable X509Certificate certificate,
            ServerLoginPolicy policy,
            KeyDerivation derivation,
            Executor loop) {
        this.userName = userName;
        this.secret = secret == null ? null : Verifier.of(secret, userName);
        this.certificate = certificate;
        this.policy = policy;
        this.derivation = derivation;
        this.loop = loop;
    }

    /**
     * Takes an authentication message.
     *
     * @param code its first field
     * @param payload what follows the code, whole, its size limited by the caller; borrowed
     */
    public CompletionStage<Step> onAuthentication(int code, ByteBuf payload) {
        AuthenticationRequest request;
        try {
            request = AuthenticationRequest.read(code, payload);
        } catch (MalformedAuthentication e) {
            return now(fail("the server's authentication message is malformed: " + e.reason()));
        }
        return switch (request) {
            case AuthenticationRequest.Ok _ -> now(onOk());
            case AuthenticationRequest.CleartextPassword _ -> now(onCleartextPassword());
            case AuthenticationRequest.Md5Password(int salt) -> now(onMd5Password(salt));
            case AuthenticationRequest.Sasl sasl -> now(onSasl(sasl));
            case AuthenticationRequest.SaslContinue(String data) -> onSaslContinue(data);
            case AuthenticationRequest.SaslFinal(String data) -> now(onSaslFinal(data));
            case AuthenticationRequest.Unsupported unsupported ->
                    now(
                            fail(
                                    "the server asks user \"%s\" for %s authentication; give it a password method (scram-sha-256) in the server's pg_hba.conf"
                                            .formatted(userName, unsupported.name())));
        };
    }

    private Step onOk() {
        if (state != State.START && state != State.ANSWERED) {
            return outOfTurn("AuthenticationOk, without having proved that it knows the password,");
        }
        if (!bound && policy.channelBinding() == ChannelBinding.REQUIRE) {
            return bindingMissing();
        }
        state = State.ENDED;
        return new Step.LoggedIn();
    }

    private Step onCleartextPassword() {
        if (state != State.START) {
            return outOfTurn("AuthenticationCleartextPassword");
        }
        if (policy.channelBinding() == ChannelBinding.REQUIRE) {
            return bindingMissing();
        }
        if (certificate == null && !policy.cleartextWithoutTls()) {
            return fail(
                    "the server asks for a cleartext password without TLS; use TLS or SCRAM, or allow it explicitly");
        }
        return secret instanceof Verifier.Plain(Secret password)
                ? answer(password)
                : secretMissing("a cleartext password", "a plain secret");
    }

    private Step onMd5Password(int salt) {
        if (state != State.START) {
            return outOfTurn("AuthenticationMD5Password");
        }
        if (policy.channelBinding() == ChannelBinding.REQUIRE) {
            return bindingMissing();
        }
        return switch (secret) {
            case Verifier.Plain(Secret password) ->
                    answer(Verifier.Md5.hashing(password, userName).answer(salt));
            case Verifier.Md5 md5 -> answer(md5.answer(salt));
            case Verifier.Scram _, Verifier.Trust _ -> md5SecretMissing();
            case null -> md5SecretMissing();
        };
    }

    private Step answer(Secret password) {
        state = State.ANSWERED;
        return new Step.Send(new AuthenticationResponse.PasswordMessage(password));
    }

    private Step onSasl(AuthenticationRequest.Sasl sasl) {
        if (state != State.START) {
            return outOfTurn("AuthenticationSASL");
        }
        if (!(secret instanceof Verifier.Plain)) {
            return secretMissing("SCRAM", "the plain secret");
        }
        byte[] endPoint =
                certificate == null || policy.channelBinding() == ChannelBinding.DISABLE
                        ? null
                        : TlsServerEndPoint.of(certificate);
        ScramClientExchange exchange =
                ScramClientExchange.begin(sasl.mechanisms(), endPoint, policy.maxIterations());
        if (exchange == null) {
            return fail("the server offers no SASL mechanism that Sluice has (SCRAM-SHA-256)");
        }
        bound = exchange.mechanism() == ScramMechanism.SCRAM_SHA_256_PLUS;
        if (!bound && policy.channelBinding() == ChannelBinding.REQUIRE) {
            return bindingMissing();
        }
        scram = exchange;
        state = State.SASL_FIRST;
        return new Step.Send(
                new AuthenticationResponse.SaslInitialResponse(
                        exchange.mechanism().wireName(), exchange.clientFirst()));
    }

    private CompletionStage<Step> onSaslContinue(String data) {
        ScramClientExchange exchange = scram;
        if (state != State.SASL_FIRST
                || exchange == null
                || !(secret instanceof Verifier.Plain(Secret password))) {
            return now(outOfTurn("AuthenticationSASLContinue"));
        }
        return switch (exchange.onServerFirst(data)) {
            case Challenge challenge -> {
                state = State.DERIVING;
                yield OnLoop.then(
                        derivation.keysOf(password, challenge.salt(), challenge.iterations()),
                        loop,
                        keys -> prove(exchange, keys),
                        this::fail);
            }
            case Refused(String reason) -> now(fail(reason));
            case ServerProven _ -> throw new IllegalStateException("proof before the challenge");
        };
    }

    private Step prove(ScramClientExchange exchange, ScramKeys keys) {
        if (state != State.DERIVING) { // a message came meanwhile, which failed the login
            return new Step.Failed("the login has ended already");
        }
        state = State.SASL_FINAL;
        return new Step.Send(new AuthenticationResponse.SaslResponse(exchange.clientFinal(keys)));
    }

    private Step onSaslFinal(String data) {
        ScramClientExchange exchange = scram;
        if (state != State.SASL_FINAL || exchange == null) {
            return outOfTurn("AuthenticationSASLFinal");
        }
        return switch (exchange.onServerFinal(data)) {
            case ServerProven _ -> {
                state = State.ANSWERED;
                yield new Step.Await();
            }
            case Refused(String reason) -> fail(reason);
            case Challenge _ -> throw new IllegalStateException("challenge after the proof");
        };
    }

    private Step outOfTurn(String message) {
        return fail("the server sent " + message + " out of turn (" + state + ")");
    }

    private Step secretMissing(String asked, String needed) {
        return fail(
                "the server asks user \"%s\" for %s, which needs %s; configured is %s"
                        .formatted(userName, asked, needed, configured()));
    }

    private Step md5SecretMissing() {
        return secretMissing("an md5 password", "a plain or md5 secret");
    }

    private String configured() {
        return switch (secret) {
            case null -> "none";
            case Verifier.Plain _ -> "a plain one";
            case Verifier.Md5 _ -> "an md5 one";
            case Verifier.Scram _ -> "a SCRAM verifier, which can only check others";
            case Verifier.Trust _ -> "none";
        };
    }

    private Step bindingMissing() {
        return fail("channel binding is required, but the server does not log in with it");
    }

    private Step fail(String reason) {
        state = State.ENDED;
        scram = null;
        return new Step.Failed(reason);
    }

    private static CompletionStage<Step> now(Step step) {
        return CompletableFuture.completedFuture(step);
    }
}
