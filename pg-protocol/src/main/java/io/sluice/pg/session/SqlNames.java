package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.statement.ClientStatements.Named;
import io.sluice.pg.statement.Effects;
import io.sluice.pg.statement.PreparedStatement;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a server knows a client's statements by the names that SQL has for them, in
 * EXECUTE, DEALLOCATE and PREPARE, and that SQL reaches nobody else's: all but a text in which such
 * a name is not seen ahead, which may guess one of the pool's own names (docs/postgres.md).
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class SqlNames {
    /** A text that has no statement, without parameters. */
    private static final byte[] EMPTY_BODY = new byte[3];

    private final PgSession session;
    private final StatementMaker maker;

    SqlNames(PgSession session, StatementMaker maker) {
        this.session = session;
        this.maker = maker;
    }

    /**
     * As {@link #provide}, for what a statement is going to execute.
     *
     * @param binds whether it is about to be executed; what only closes a name needs that name no
     *     sooner
     */
    boolean provideFor(
            PreparedStatement statement,
            boolean binds,
            FrontendRelay relay,
            PgServerConnection server) {
        Effects effects = statement.effects();
        return effects == null
                || !effects.namesStatement()
                || (!binds && effects.deallocated() != null)
                || provide(relay, server, effects.deallocated());
    }

    /**
     * Has the server know the client's statements as SQL is going to call them. For a DEALLOCATE of
     * one of them something is put there for it to close; all else that names statements has the
     * session keep the connection, with its own names on it and nobody else's.
     *
     * @param deallocated the name, if it is such a DEALLOCATE
     * @return whether the text can be sent; otherwise it waits for the server's answers
     */
    boolean provide(FrontendRelay relay, PgServerConnection server, @Nullable String deallocated) {
        if (session.state().hasOwnNames() || server.isInNeedOfMore()) {
            return true;
        }
        if (!server.expected().isEmpty()) {
            return relay.awaitAnswers(server);
        }
        if (server.status() == TransactionStatus.FAILED) {
            return true; // it refuses the text itself
        }
        relay.sendRun();
        if (deallocated == null
                || deallocated.startsWith(PreparedStatement.SERVER_NAMES)
                || (session.statements().get(deallocated) == null
                        && server.statements().isLent(deallocated))) {
            takeOverNames(server);
        } else if (session.statements().get(deallocated) != null) {
            lendName(server, deallocated);
        }
        return true;
    }

    private static void lendName(PgServerConnection server, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuf out = server.channel().alloc().buffer(2 * bytes.length + 32);
        replace(server, out, bytes, EMPTY_BODY);
        server.statements().lend(name);
        server.expect(Expectation.OWN_PARSE, null);
        server.send(out);
    }

    private void takeOverNames(PgServerConnection server) {
        session.state().keepNames();
        ByteBuf out = server.channel().alloc().buffer(512);
        for (byte[] name : server.statements().takeAll()) {
            Messages.closeStatement(out, name);
            server.expect(Expectation.OWN_CLOSE, null);
        }
        for (String name : session.statements().names()) {
            Named named = session.statements().get(name);
            if (named != null && !named.isStale()) {
                give(server, out, name, maker.inContext(name, named, server).statement());
                if (!session.requests()
                        .hasOpenSeries()) { // else what is behind one that fails is given anew
                    Messages.sync(out);
                    server.expect(Expectation.OWN_SYNC, (Detail.Own) _ -> {});
                }
            }
        }
        server.send(out);
    }

    /** What the server may have by that name, by a way that is not seen, gives way. */
    private static void replace(PgServerConnection server, ByteBuf out, byte[] name, byte[] body) {
        Messages.closeStatement(out, name);
        server.expect(Expectation.OWN_CLOSE, null);
        Messages.parse(out, name, body);
    }

    private static void give(
            PgServerConnection server, ByteBuf out, String name, PreparedStatement statement) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        replace(server, out, bytes, statement.body());
        server.expect(Expectation.OWN_PARSE, new Detail.Owning(name));
        if (statement.isDescribed()) {
            Messages.describeStatement(out, bytes);
            server.expect(
                    Expectation.OWN_DESCRIBE, new Detail.Describing(statement, statement.epoch()));
        }
    }
}
