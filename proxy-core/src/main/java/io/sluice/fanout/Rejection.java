package io.sluice.fanout;

/** How a server has refused what it was asked for, as the protocol reads its answer. */
public enum Rejection {
    /** It may be different in a while: the server is busy or still loading. */
    FOR_NOW,
    /** Asking again is no use: it is not allowed. */
    FOR_GOOD
}
