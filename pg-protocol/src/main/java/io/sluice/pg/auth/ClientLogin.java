package io.sluice.pg.auth;

import static io.sluice.tenant.credential.ScramMechanism.SCRAM_SHA_256;
import static io.sluice.tenant.credential.ScramMechanism.SCRAM_SHA_256_PLUS;

import io.netty.buffer.ByteBuf;
import io.sluice.config.Secret;
import io.sluice.tenant.credential.Decoys;
import io.sluice.tenant.credential.KeyDerivation;
import io.sluice.tenant.credential.OnLoop;
import io.sluice.tenant.credential.PasswordCheck;
import io.sluice.tenant.credential.ScramMechanism;
import io.sluice.tenant.credential.ScramOffer;
import io.sluice.tenant.credential.ScramServerExchange;
import io.sluice.tenant.credential.ScramStep;
import io.sluice.tenant.credential.Verifier;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks one PostgreSQL client for its proof and checks it.
 *
 * <pre>
 *   START ── trust ───────────────────────────────────────────────────────────────▶ ENDED
 *   START ── {@link #begin} ──▶ PASSWORD │ MD5 ─────────────────────────▶ CHECKING ─▶ ENDED
 *   START ── {@link #begin} ──▶ SASL_INITIAL ─▶ (SASL_FIRST ─▶) SASL_FINAL ─▶ CHECKING ─▶ ENDED
 * </pre>
 *
 * <p>A user who does not exist is asked like one who does, and fails at the end. Whatever the
 * reason, a client is told {@link #refusal} with {@link #SQLSTATE} and nothing more.
 *
 * <p><b>Threads:</b> confined to {@code loop}. A step that needs PBKDF2 (the first login with a
 * plain secret; the cleartext method) completes later, on the loop; all others are complete when
 * returned. <b>Buffers:</b> payloads are borrowed.
 */
public final class ClientLogin {
    /** {@code invalid_password}: the only code with which a login is refused here. */
    public static final String SQLSTATE = "28P01";

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * Who the client says it is, and what that is held against.
     *
     * @param userName as the client sent it: for texts and, with a plain secret, for md5
     * @param account the same user's name that is unique in this process, such as {@code
     *     tenant/user}; for a user who does not exist, what it would be
     * @param verifiers any of them lets in; none if there is no such user
     */
    public record Claim(
            String userName, String account, List<Verifier> verifiers, ClientAuthMethod method) {
        public Claim {
            verifiers = List.copyOf(verifiers);
        }
    }

    /** What to do next. */
    public sealed interface Step {
        /** Send this and wait for the client's answer. */
        record Send(AuthenticationRequest request) implements Step {}

        /**
         * The client is who it says.
         *
         * @param welcome what it has to be sent, in this order, when it may be told so; ends with
         *     Ok
         */
        record Accepted(List<AuthenticationRequest> welcome) implements Step {
            public Accepted {
                welcome = List.copyOf(welcome);
            }
        }

        /**
         * Refuse the client with {@link ClientLogin#refusal} and close.
         *
         * @param reason for our log only; without secrets
         */
        record Failed(String reason) implements Step {}
    }

    private enum State {
        START,
        PASSWORD,
        MD5,
        SASL_INITIAL,
        SASL_FIRST,
        SASL_FINAL,
        CHECKING,
        ENDED
    }

    /** A SASL exchange and what it offered. */
    private record Exchange(ScramOffer offer, ScramServerExchange scram) {}

    private final Claim claim;
    private final byte @Nullable [] endPoint;
    private final KeyDerivation derivation;
    private final Decoys decoys;
    private final PasswordCheck passwords;
    private final Executor loop;
    private State state = State.START;
    private int salt;
    private @Nullable Exchange exchange;

    /**
     * @param endPoint {@link io.sluice.tenant.credential.TlsServerEndPoint} of the certificate that
     *     this client was shown; null without TLS or if that has none: then PLUS is not offered
     * @param derivation shared by the process
     * @param decoys shared by the process
     * @param loop executor of the session's event loop, as long as the login lasts
     */
    public ClientLogin(
            Claim claim,
            byte @Nullable [] endPoint,
            KeyDerivation derivation,
            Decoys decoys,
            Executor loop) {
        this.claim = claim;
        this.endPoint = endPoint;
        this.derivation = derivation;
        this.decoys = decoys;
        this.passwords = new PasswordCheck(derivation, decoys);
        this.loop = loop;
    }

    /** Returns the only text in which a login is refused, PostgreSQL's own. */
    public static String refusal(String userName) {
        return "password authentication failed for user \"" + userName + "\"";
    }

    /** Returns the first request; or acceptance, where no proof is asked. */
    public Step begin() {
        if (state != State.START) {
            throw new IllegalStateException("login has begun already");
        }
        if (claim.verifiers().stream().anyMatch(Verifier.Trust.class::isInstance)) {
            return accept();
        }
        return switch (claim.method().resolve(claim.verifiers())) {
            case PASSWORD -> ask(State.PASSWORD, new AuthenticationRequest.CleartextPassword());
            case MD5 -> {
                salt = RANDOM.nextInt();
                yield ask(State.MD5, new AuthenticationRequest.Md5Password(salt));
            }
            case AUTO, SCRAM -> ask(State.SASL_INITIAL, new AuthenticationRequest.Sasl(offered()));
        };
    }

    /**
     * Takes the client's answer.
     *
     * @param payload of its {@code 'p'} message, whole, its size limited by the caller; borrowed
     */
    public CompletionStage<Step> onResponse(ByteBuf payload) {
        try {
            return switch (state) {
                case PASSWORD -> onPassword(AuthenticationResponse.PasswordMessage.read(payload));
                case MD5 -> now(onMd5(AuthenticationResponse.PasswordMessage.read(payload)));
                case SASL_INITIAL ->
                        now(
                                onSaslInitial(
                                        AuthenticationResponse.SaslInitialResponse.read(payload)));
                case SASL_FIRST ->
                        now(onSaslFirst(AuthenticationResponse.SaslResponse.read(payload).data()));
                case SASL_FINAL ->
                        onSaslFinal(AuthenticationResponse.SaslResponse.read(payload).data());
                case START, CHECKING, ENDED -> now(fail("an answer that nobody asked for"));
            };
        } catch (MalformedAuthentication e) {
            return now(fail("malformed answer: " + e.reason()));
        }
    }

    private List<String> offered() {
        return endPoint == null
                ? List.of(SCRAM_SHA_256.wireName())
                : List.of(SCRAM_SHA_256_PLUS.wireName(), SCRAM_SHA_256.wireName());
    }

    private CompletionStage<Step> onPassword(AuthenticationResponse.PasswordMessage message) {
        Secret given = message.password();
        if (given.reveal().isEmpty()) {
            return now(fail("empty password"));
        }
        state = State.CHECKING;
        return whenChecked(
                passwords.matches(given, claim.account(), claim.verifiers()),
                right -> right ? accept() : fail("wrong password"));
    }

    private Step onMd5(AuthenticationResponse.PasswordMessage message) {
        List<Verifier.Md5> candidates = new ArrayList<>();
        for (Verifier verifier : claim.verifiers()) {
            switch (verifier) {
                case Verifier.Plain(Secret password) ->
                        candidates.add(Verifier.Md5.hashing(password, claim.userName()));
                case Verifier.Md5 md5 -> candidates.add(md5);
                case Verifier.Scram _, Verifier.Trust _ -> {}
            }
        }
        if (candidates.isEmpty()) {
            candidates.add(decoys.md5(claim.account()));
        }
        boolean right = false;
        for (Verifier.Md5 candidate : candidates) {
            right |= candidate.answer(salt).equals(message.password());
        }
        return right ? accept() : fail("wrong password");
    }

    private Step onSaslInitial(AuthenticationResponse.SaslInitialResponse response) {
        ScramMechanism mechanism = ScramMechanism.named(response.mechanism());
        if (mechanism == null || !offered().contains(response.mechanism())) {
            return fail("a SASL mechanism was chosen that is not offered");
        }
        ScramOffer offer = ScramOffer.of(claim.account(), claim.verifiers(), decoys, derivation);
        exchange = new Exchange(offer, new ScramServerExchange(offer, mechanism, endPoint));
        String data = response.data();
        return data == null
                ? ask(State.SASL_FIRST, new AuthenticationRequest.SaslContinue(""))
                : onSaslFirst(data);
    }

    private Step onSaslFirst(String data) {
        return switch (open().scram().onClientFirst(data)) {
            case ScramStep.Reply(String message) ->
                    ask(State.SASL_FINAL, new AuthenticationRequest.SaslContinue(message));
            case ScramStep.Rejected(String reason) -> fail(reason);
            case ScramStep.Proven _ -> throw new IllegalStateException("proof before challenge");
        };
    }

    private CompletionStage<Step> onSaslFinal(String data) {
        state = State.CHECKING;
        Exchange open = open();
        return whenChecked(
                open.offer().candidates(),
                candidates -> onCandidates(open.scram().onClientFinal(data, candidates)));
    }

    /** Goes on with {@code value}, unless the client spoke out of turn meanwhile. */
    private <T> CompletionStage<Step> whenChecked(
            CompletableFuture<T> value, Function<T, Step> then) {
        return OnLoop.then(
                value,
                loop,
                it ->
                        state == State.CHECKING
                                ? then.apply(it)
                                : fail("the login has ended already"),
                this::fail);
    }

    private Step onCandidates(ScramStep step) {
        return switch (step) {
            case ScramStep.Proven(String serverFinal) ->
                    accept(new AuthenticationRequest.SaslFinal(serverFinal));
            case ScramStep.Rejected(String reason) -> fail(reason);
            case ScramStep.Reply _ -> throw new IllegalStateException("reply after the proof");
        };
    }

    private Exchange open() {
        Exchange open = exchange;
        if (open == null) {
            throw new IllegalStateException("no SASL exchange at " + state);
        }
        return open;
    }

    private Step ask(State next, AuthenticationRequest request) {
        state = next;
        return new Step.Send(request);
    }

    private Step accept(AuthenticationRequest... before) {
        state = State.ENDED;
        exchange = null;
        List<AuthenticationRequest> welcome = new ArrayList<>(List.of(before));
        welcome.add(new AuthenticationRequest.Ok());
        return new Step.Accepted(welcome);
    }

    private Step fail(String reason) {
        state = State.ENDED;
        exchange = null;
        return new Step.Failed(reason);
    }

    private static CompletionStage<Step> now(Step step) {
        return CompletableFuture.completedFuture(step);
    }
}
