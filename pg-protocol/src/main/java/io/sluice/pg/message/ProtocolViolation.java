package io.sluice.pg.message;

/** A peer sent what the protocol does not allow; its connection cannot be used any more. */
public final class ProtocolViolation extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * @param message what was wrong, without any of the peer's data but type bytes and lengths
     */
    public ProtocolViolation(String message) {
        super(message, null, false, false);
    }
}
