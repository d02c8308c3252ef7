package io.sluice.tenant.credential;

import static io.sluice.tenant.credential.ScramMechanism.SCRAM_SHA_256;
import static io.sluice.tenant.credential.ScramMechanism.SCRAM_SHA_256_PLUS;

import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of one SCRAM-SHA-256 or SCRAM-SHA-256-PLUS exchange (RFC 5802, RFC 7677), with
 * a server that may be anybody.
 *
 * <pre>
 *   {@link #begin} ─ {@link #clientFirst} ─▶ {@link #onServerFirst} ─ keys for the {@link Challenge} ─▶
 *   {@link #clientFinal} ─▶ {@link #onServerFinal}: the server has proved itself, or it is refused
 * </pre>
 *
 * <p>Between the second and the third call the caller derives the keys, off the event loop. What
 * the server sends is bounded in length and in iterations before anything is computed from it. A
 * call out of turn is the caller's error and throws {@link IllegalStateException}.
 *
 * <p><b>Threads:</b> one at a time.
 */
public final class ScramClientExchange {
    /** Longest message taken of a server, in characters. */
    public static final int MAX_MESSAGE = 4096;

    private static final int MAX_SERVER_ERROR = 64;

    /** What follows from a message of the server. */
    public sealed interface Answer permits Challenge, ServerProven, Refused {}

    /** The server asks for a proof; it needs the keys of this salt and iterations. */
    public static final class Challenge implements Answer {
        private final byte[] salt;
        private final int iterations;

        Challenge(byte[] salt, int iterations) {
            this.salt = salt;
            this.iterations = iterations;
        }

        public byte[] salt() {
            return salt.clone();
        }

        public int iterations() {
            return iterations;
        }
    }

    /** The server knows the password's verifier. */
    public record ServerProven() implements Answer {}

    /**
     * The exchange has failed.
     *
     * @param reason for the log; without secrets, and without the server's own words but for an
     *     error code of SCRAM
     */
    public record Refused(String reason) implements Answer {}

    private enum State {
        NEW,
        SERVER_FIRST,
        KEYS,
        SERVER_FINAL,
        ENDED
    }

    private final ScramMechanism mechanism;
    private final String gs2Header;
    private final byte[] endPoint;
    private final int maxIterations;
    private final String clientFirstBare;
    private final String clientNonce;
    private State state = State.NEW;
    private String nonce = "";
    private String authMessage = "";
    private @Nullable ScramKeys keys;

    private ScramClientExchange(
            ScramMechanism mechanism,
            String gs2Header,
            byte[] endPoint,
            int maxIterations,
            Supplier<String> nonces) {
        this.mechanism = mechanism;
        this.gs2Header = gs2Header;
        this.endPoint = endPoint;
        this.maxIterations = maxIterations;
        this.clientNonce = nonces.get();
        this.clientFirstBare = "n=,r=" + clientNonce; // the user was named before, as libpq does
    }

    /**
     * Chooses the best mechanism that both sides have.
     *
     * @param offered names as the server sent them
     * @param endPoint {@link TlsServerEndPoint} of the server's certificate; null without TLS, or
     *     if that certificate has none
     * @param maxIterations most rounds of PBKDF2 that we let the server ask of us
     * @return null if SCRAM-SHA-256 is not offered
     */
    public static @Nullable ScramClientExchange begin(
            List<String> offered, byte @Nullable [] endPoint, int maxIterations) {
        return begin(offered, endPoint, maxIterations, Nonce::random);
    }

    static @Nullable ScramClientExchange begin(
            List<String> offered,
            byte @Nullable [] endPoint,
            int maxIterations,
            Supplier<String> nonces) {
        if (endPoint != null && offered.contains(SCRAM_SHA_256_PLUS.wireName())) {
            return new ScramClientExchange(
                    SCRAM_SHA_256_PLUS, Gs2.BOUND, endPoint.clone(), maxIterations, nonces);
        }
        if (offered.contains(SCRAM_SHA_256.wireName())) {
            String header = endPoint == null ? Gs2.NOT_SUPPORTED : Gs2.NOT_OFFERED;
            return new ScramClientExchange(
                    SCRAM_SHA_256, header, new byte[0], maxIterations, nonces);
        }
        return null;
    }

    public ScramMechanism mechanism() {
        return mechanism;
    }

    /** Returns client-first-message. */
    public String clientFirst() {
        move(State.NEW, State.SERVER_FIRST);
        return gs2Header + clientFirstBare;
    }

    /** Takes server-first-message: a {@link Challenge}, or {@link Refused}. */
    public Answer onServerFirst(String message) {
        move(State.SERVER_FIRST, State.KEYS);
        try {
            AttributeReader reader = new AttributeReader(message, MAX_MESSAGE);
            refuseError(reader);
            nonce = AttributeReader.nonce(reader.attribute('r'));
            byte[] salt = AttributeReader.base64(reader.attribute('s'), "the salt");
            int iterations = AttributeReader.positive(reader.attribute('i'), "iterations");
            reader.extensions();
            reader.end();
            if (!nonce.startsWith(clientNonce) || nonce.length() == clientNonce.length()) {
                return refuse("the server's nonce does not extend ours");
            }
            if (salt.length == 0) {
                return refuse("the server's salt is empty");
            }
            if (iterations > maxIterations) {
                return refuse(
                        "the server asks for %d iterations, allowed %d"
                                .formatted(iterations, maxIterations));
            }
            authMessage = clientFirstBare + "," + message + "," + withoutProof();
            return new Challenge(salt, iterations);
        } catch (MalformedScram e) {
            return refuse("server-first-message: " + e.reason());
        }
    }

    /** Returns client-final-message, made with the keys of the challenge. */
    public String clientFinal(ScramKeys derived) {
        move(State.KEYS, State.SERVER_FINAL);
        keys = derived;
        byte[] proof = derived.clientProof(authMessage);
        return withoutProof() + ",p=" + Base64.getEncoder().encodeToString(proof);
    }

    /** Takes server-final-message: {@link ServerProven}, or {@link Refused}. */
    public Answer onServerFinal(String message) {
        move(State.SERVER_FINAL, State.ENDED);
        ScramKeys derived = keys;
        keys = null;
        if (derived == null) {
            throw new IllegalStateException("no keys were given");
        }
        try {
            AttributeReader reader = new AttributeReader(message, MAX_MESSAGE);
            refuseError(reader);
            byte[] signature =
                    AttributeReader.base64(
                            reader.attribute('v'), "the signature", ScramVerifier.KEY_BYTES);
            reader.extensions();
            reader.end();
            return derived.isSignatureOfServer(signature, authMessage)
                    ? new ServerProven()
                    : refuse("the server does not know this password: its signature is wrong");
        } catch (MalformedScram e) {
            return refuse("server-final-message: " + e.reason());
        }
    }

    private String withoutProof() {
        return "c=" + Gs2.binding(gs2Header, endPoint) + ",r=" + nonce;
    }

    private static void refuseError(AttributeReader reader) throws MalformedScram {
        if (reader.startsWith("e=")) {
            String code = reader.attribute('e');
            boolean plain = code.chars().allMatch(c -> c == '-' || (c >= 'a' && c <= 'z'));
            throw new MalformedScram(
                    "the server reports "
                            + (plain && code.length() <= MAX_SERVER_ERROR ? code : "an error"));
        }
    }

    private Refused refuse(String reason) {
        state = State.ENDED;
        keys = null;
        return new Refused(reason);
    }

    private void move(State from, State to) {
        if (state != from) {
            throw new IllegalStateException("SCRAM client is at " + state + ", not at " + from);
        }
        state = to;
    }
}
