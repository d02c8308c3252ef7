package io.sluice.resp.wire;

/**
 * A peer sent what is no RESP; its bytes cannot be followed any further and its connection is of no
 * use any more.
 *
 * <p>Of a client, the message is what Redis itself says, to be sent behind {@code ERR} before the
 * connection is closed; it may hold one byte of the client's. Of a server, it is for the log.
 */
public final class BrokenProtocol extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BrokenProtocol(String message) {
        super(message, null, false, false);
    }

    /** A request that Redis, too, would refuse, with its own words. */
    static BrokenProtocol ofRequest(String redisText) {
        return new BrokenProtocol("Protocol error: " + redisText);
    }
}
