package io.sluice.tenant.credential;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Base64;

/** The headers with which a client says what it thinks of channel binding (RFC 5802 §6). */
final class Gs2 {
    /** The client cannot bind. */
    static final String NOT_SUPPORTED = "n,,";

    /** The client could bind, but the server did not offer it. */
    static final String NOT_OFFERED = "y,,";

    /** The client binds to the certificate of the server. */
    static final String BOUND = "p=tls-server-end-point,,";

    private Gs2() {}

    /** Returns the value of {@code c=} in client-final-message. */
    static String binding(String header, byte[] endPoint) {
        byte[] prefix = header.getBytes(US_ASCII);
        byte[] input = new byte[prefix.length + endPoint.length];
        System.arraycopy(prefix, 0, input, 0, prefix.length);
        System.arraycopy(endPoint, 0, input, prefix.length, endPoint.length);
        return Base64.getEncoder().encodeToString(input);
    }
}
