package io.sluice.tenant.credential;

/** A peer's message is not what RFC 5802 §7 or this exchange allows. */
final class MalformedScram extends Exception {
    MalformedScram(String message) {
        super(message, null, false, false); // says all; the stack is that of the peer's mistake
    }

    /** Returns the text for the log. */
    String reason() {
        return String.valueOf(getMessage());
    }
}
