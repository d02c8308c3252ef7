package io.sluice.pg.auth;

/**
 * What a server may ask of us before it has proved anything.
 *
 * @param cleartextWithoutTls whether the password may be sent unencrypted: for unix sockets, or
 *     where the operator says so
 * @param channelBinding how much we insist on binding the login to the TLS connection
 * @param maxIterations most rounds of PBKDF2 that a server can make us compute, at least 4096
 */
public record ServerLoginPolicy(
        boolean cleartextWithoutTls, ChannelBinding channelBinding, int maxIterations) {

    /** No unencrypted password, channel binding if possible, 100,000 iterations. */
    public static final ServerLoginPolicy DEFAULT =
            new ServerLoginPolicy(false, ChannelBinding.PREFER, 100_000);

    /** As libpq's parameter {@code channel_binding}. */
    public enum ChannelBinding {
        DISABLE,
        PREFER,
        /** Only SCRAM-SHA-256-PLUS will do: also against a certificate that nobody verified. */
        REQUIRE
    }

    public ServerLoginPolicy {
        if (maxIterations < 4096) {
            throw new IllegalArgumentException("maxIterations is less than PostgreSQL's default");
        }
    }
}
