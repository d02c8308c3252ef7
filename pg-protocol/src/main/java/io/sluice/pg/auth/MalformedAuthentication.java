package io.sluice.pg.auth;

/**
 * A payload is not what its message's format says. The text is for the log, without the payload.
 */
final class MalformedAuthentication extends Exception {
    MalformedAuthentication(String message) {
        super(message, null, false, false); // says all; the stack is that of the peer's mistake
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
