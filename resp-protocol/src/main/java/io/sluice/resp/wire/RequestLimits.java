package io.sluice.resp.wire;

/**
 * What a client may announce in a request; more breaks the protocol, as in Redis.
 *
 * @param maxArguments how many arguments a command may have
 * @param maxBulk how many bytes an argument may have (Redis: proto-max-bulk-len)
 * @param maxInline how many bytes a line may have: an inline command, or a header that does not end
 * @param loggedIn whether the client has proved who it is; until then at most {@value
 *     #ARGUMENTS_BEFORE_LOGIN} arguments of {@value #BULK_BEFORE_LOGIN} bytes, as in Redis
 */
public record RequestLimits(int maxArguments, int maxBulk, int maxInline, boolean loggedIn) {
    static final int ARGUMENTS_BEFORE_LOGIN = 10;
    static final int BULK_BEFORE_LOGIN = 16384;

    /** Redis' own, but for the count of arguments: that of Redis 6.2, since 7.0 knows none. */
    public static final RequestLimits REDIS =
            new RequestLimits(1024 * 1024, 512 * 1024 * 1024, 64 * 1024, true);

    public RequestLimits {
        atLeastOne("maxArguments", maxArguments);
        atLeastOne("maxBulk", maxBulk);
        atLeastOne("maxInline", maxInline);
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("%s %d, at least 1".formatted(name, value));
        }
    }

    /** The same for a client that has not logged in. */
    public RequestLimits beforeLogin() {
        return loggedIn ? new RequestLimits(maxArguments, maxBulk, maxInline, false) : this;
    }

    /** The same for a client that has logged in. */
    public RequestLimits afterLogin() {
        return loggedIn ? this : new RequestLimits(maxArguments, maxBulk, maxInline, true);
    }
}
