package io.sluice.guard;

/** How an operation ended. */
public enum Outcome {
    OK,
    /** The server answered with an error that is the client's own doing. */
    CLIENT_FAULT,
    /** The server is ill: it died, shuts down, has too many connections. */
    BACKEND_FAULT,
    /** A timeout of the proxy or the server ended it. */
    TIMEOUT,
    /** The client went away or cancelled. */
    ABANDONED,
    /** The proxy refused it after the guards had let it pass, for want of a connection. */
    REFUSED
}
