package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import java.nio.charset.StandardCharsets;

/**
 * Has a server itself fail where the proxy refuses what would have been sent: the error takes its
 * turn among the answers, and a transaction or a series of messages fails as it does by any other.
 * Of the server's own words for it the client sees nothing.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class Refusing {
    /** A text that no version of PostgreSQL parses. */
    private static final String REFUSED = "refused by sluice";

    private static final byte[] REFUSED_NAME = "sluice_refused".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] REFUSED_BODY =
            (REFUSED + "\0\0\0").getBytes(StandardCharsets.US_ASCII);

    private Refusing() {}

    /** Refuses a Query or FunctionCall, which has its place in the session's requests. */
    static void query(PgServerConnection server, ErrorResponse error) {
        ByteBuf out = server.channel().alloc().buffer(32);
        Messages.query(out, REFUSED);
        server.expect(Expectation.QUERY, new Detail.Refused(error));
        server.send(out);
    }

    /** Refuses a message of the extended protocol, and with it all up to the next Sync. */
    static void series(PgServerConnection server, ErrorResponse error) {
        if (server.expected().isSkipping()) {
            return; // it is being skipped anyway
        }
        ByteBuf out = server.channel().alloc().buffer(64);
        Messages.parse(out, REFUSED_NAME, REFUSED_BODY);
        server.expect(Expectation.PARSE, new Detail.Refused(error));
        server.send(out);
    }

    /** As {@link #series}, of a message that begins {@code in}: it is dropped. */
    static void message(
            FrontendRelay relay,
            ByteBuf in,
            PgServerConnection server,
            int total,
            ErrorResponse error) {
        relay.swallow(in, total);
        series(server, error);
    }
}
