package io.sluice.tenant.credential;

import io.sluice.tenant.credential.ScramStep.Proven;
import io.sluice.tenant.credential.ScramStep.Rejected;
import io.sluice.tenant.credential.ScramStep.Reply;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one SCRAM-SHA-256 or SCRAM-SHA-256-PLUS exchange (RFC 5802, RFC 7677;
 * channel binding {@code tls-server-end-point} of RFC 5929), as strict as PostgreSQL's.
 *
 * <pre>
 *   CLIENT_FIRST ── {@link #onClientFirst} ──▶ CLIENT_FINAL ── {@link #onClientFinal} ──▶ ENDED
 * </pre>
 *
 * <p>Whatever fails ends it. The user name in the client's message is not looked at: who logs in
 * was said before (PostgreSQL's startup message), and most clients send none here. A client that
 * says "you do not offer channel binding" where we did is refused, since somebody in between took
 * the offer away.
 *
 * <p><b>Threads:</b> one at a time; computes a few HMACs and never blocks.
 */
public final class ScramServerExchange {
    /** Longest message taken, in characters: PostgreSQL's limit. */
    public static final int MAX_MESSAGE = 1024;

    private enum State {
        CLIENT_FIRST,
        CLIENT_FINAL,
        ENDED
    }

    private final ScramOffer offer;
    private final ScramMechanism mechanism;
    private final byte @Nullable [] endPoint;
    private final Supplier<String> nonces;
    private State state = State.CLIENT_FIRST;
    private String channelBinding = "";
    private String nonce = "";
    private String conversation = "";

    /**
     * @param mechanism what the client chose
     * @param endPoint {@link TlsServerEndPoint} of our certificate on this connection, if PLUS was
     *     offered; null if it was not
     */
    public ScramServerExchange(
            ScramOffer offer, ScramMechanism mechanism, byte @Nullable [] endPoint) {
        this(offer, mechanism, endPoint, Nonce::random);
    }

    ScramServerExchange(
            ScramOffer offer,
            ScramMechanism mechanism,
            byte @Nullable [] endPoint,
            Supplier<String> nonces) {
        this.offer = offer;
        this.mechanism = mechanism;
        this.endPoint = endPoint;
        this.nonces = nonces;
    }

    /** Takes client-first-message; the reply is server-first-message. */
    public ScramStep onClientFirst(String message) {
        if (state != State.CLIENT_FIRST) {
            return reject("client-first-message sent twice");
        }
        try {
            AttributeReader reader = new AttributeReader(message, MAX_MESSAGE);
            String gs2Header = gs2Header(reader);
            String bare = message.substring(reader.position());
            reader.attribute('n');
            String clientNonce = AttributeReader.nonce(reader.attribute('r'));
            reader.extensions();
            reader.end();

            channelBinding = channelBinding(gs2Header);
            nonce = clientNonce + nonces.get();
            String salt = Base64.getEncoder().encodeToString(offer.salt());
            String serverFirst = "r=" + nonce + ",s=" + salt + ",i=" + offer.iterations();
            conversation = bare + "," + serverFirst + ",";
            state = State.CLIENT_FINAL;
            return new Reply(serverFirst);
        } catch (MalformedScram e) {
            return reject("client-first-message: " + e.reason());
        }
    }

    /**
     * Takes client-final-message.
     *
     * @param candidates the result of {@link ScramOffer#candidates} of this exchange's offer
     * @return {@link Proven} if the proof fits one of them
     */
    public ScramStep onClientFinal(String message, List<ScramVerifier> candidates) {
        if (state != State.CLIENT_FINAL) {
            return reject("client-final-message out of turn");
        }
        state = State.ENDED;
        try {
            AttributeReader reader = new AttributeReader(message, MAX_MESSAGE);
            String givenBinding = reader.attribute('c');
            String givenNonce = reader.attribute('r');
            reader.extensions();
            int proofAt = reader.position();
            byte[] proof =
                    AttributeReader.base64(
                            reader.attribute('p'), "the proof", ScramVerifier.KEY_BYTES);
            reader.end();
            if (!sameText(givenBinding, channelBinding)) {
                return reject("channel binding does not match this connection");
            }
            if (!sameText(givenNonce, nonce)) {
                return reject("nonce does not match");
            }
            String authMessage = conversation + message.substring(0, proofAt - 1);
            return verify(proof, authMessage, candidates);
        } catch (MalformedScram e) {
            return reject("client-final-message: " + e.reason());
        }
    }

    /** Checks all candidates, whichever fits: how long it takes tells nothing. */
    private ScramStep verify(byte[] proof, String authMessage, List<ScramVerifier> candidates) {
        ScramVerifier proven = null;
        for (ScramVerifier candidate : candidates) {
            if (candidate.accepts(proof, authMessage)) {
                proven = candidate;
            }
        }
        return proven == null
                ? reject("wrong password")
                : new Proven("v=" + proven.serverSignature(authMessage));
    }

    /**
     * Reads {@code n,,}, {@code y,,} or {@code p=tls-server-end-point,,} and holds it to the
     * choice.
     */
    private String gs2Header(AttributeReader reader) throws MalformedScram {
        for (String header : List.of(Gs2.NOT_SUPPORTED, Gs2.NOT_OFFERED, Gs2.BOUND)) {
            if (reader.literal(header)) {
                hold(header);
                return header;
            }
        }
        throw new MalformedScram(
                "GS2 header is none of n,, y,, p=tls-server-end-point,, (other bindings and"
                        + " authorization identities are not supported)");
    }

    private void hold(String header) throws MalformedScram {
        boolean bound = header.equals(Gs2.BOUND);
        if (bound != (mechanism == ScramMechanism.SCRAM_SHA_256_PLUS)) {
            throw new MalformedScram(
                    mechanism.wireName()
                            + " was chosen "
                            + (bound ? "with" : "without")
                            + " channel binding");
        }
        if (header.equals(Gs2.NOT_OFFERED) && endPoint != null) {
            throw new MalformedScram(
                    "client was told that channel binding is not offered: downgrade in between");
        }
    }

    private String channelBinding(String gs2Header) throws MalformedScram {
        if (!gs2Header.equals(Gs2.BOUND)) {
            return Gs2.binding(gs2Header, new byte[0]);
        }
        if (endPoint == null) {
            throw new MalformedScram("channel binding chosen, but not offered");
        }
        return Gs2.binding(gs2Header, endPoint);
    }

    private Rejected reject(String reason) {
        state = State.ENDED;
        return new Rejected(reason);
    }

    private static boolean sameText(String one, String other) {
        return MessageDigest.isEqual(
                one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }
}
