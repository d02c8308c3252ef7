package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import io.sluice.pg.statement.ClientStatements.Named;
import io.sluice.pg.statement.PreparedStatement;
import io.sluice.pg.statement.ServerStatements;
import org.jspecify.annotations.Nullable;

/**
 * Has a server have the statements that a client's messages rely on: what it lacks is sent ahead of
 * them, and room is made for it.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Provision {
    private static final byte[] NO_NAME = new byte[0];

    private final PgSession session;
    private final PgSettings.Statements limits;
    private final StatementMaker maker;
    private final Doubts doubts;

    Provision(
            PgSession session, PgSettings.Statements limits, StatementMaker maker, Doubts doubts) {
        this.session = session;
        this.limits = limits;
        this.maker = maker;
        this.doubts = doubts;
    }

    /** Prepares a statement on the server; makes room for it first. */
    void prepare(
            PgServerConnection server,
            PreparedStatement statement,
            Expectation kind,
            @Nullable String clientName) {
        ServerStatements prepared = server.statements();
        int bytes = statement.body().length;
        ByteBuf out = server.channel().alloc().buffer(bytes + 64);
        for (ServerStatements.Evicted evicted :
                prepared.makeRoom(limits.perServer(), limits.perServerBytes(), bytes)) {
            Messages.closeStatement(out, evicted.serverName());
            server.expect(Expectation.OWN_CLOSE, new Detail.ClosingServerName(evicted));
        }
        doubts.named().onChange();
        prepared.add(statement);
        Messages.parse(out, statement.serverName(), statement.body());
        server.expect(kind, new Detail.Preparing(statement, statement.serverName(), clientName));
        server.send(out);
    }

    /**
     * Has the server have a statement of the client's.
     *
     * @return null if the message was refused, or waits for the server's answers
     */
    @Nullable PreparedStatement provide(
            FrontendRelay relay, ByteBuf in, PgServerConnection server, int total, String name) {
        Named named = usable(relay, in, server, total, name, session.statements().get(name));
        if (named == null) {
            return null;
        }
        if (server.statements().has(named.statement())) {
            return named.statement();
        }
        if (maker.isContextInDoubt(server)) {
            relay.awaitAnswers(server);
            return null;
        }
        Named here = usable(relay, in, server, total, name, maker.inContext(name, named, server));
        if (here == null) {
            return null;
        }
        PreparedStatement statement = here.statement();
        if (!server.statements().has(statement)) {
            relay.sendRun();
            prepare(server, statement, Expectation.OWN_PARSE, null);
        }
        return statement;
    }

    private @Nullable Named usable(
            FrontendRelay relay,
            ByteBuf in,
            PgServerConnection server,
            int total,
            String name,
            @Nullable Named named) {
        if (named == null) {
            Refusing.message(
                    relay,
                    in,
                    server,
                    total,
                    ErrorResponse.error(
                            "26000", "prepared statement \"" + name + "\" does not exist"));
        } else if (named.isStale()) {
            Refusing.message(relay, in, server, total, Words.typeHasChanged());
            return null;
        }
        return named;
    }

    /**
     * Has the server's unnamed statement be that of the client.
     *
     * @return false if it has another, and the text was not kept
     */
    boolean ensureUnnamed(
            FrontendRelay relay, PgServerConnection server, PreparedStatement statement) {
        if (server.statements().unnamed() != statement) {
            if (!statement.hasText()) {
                return false;
            }
            relay.sendRun();
            ByteBuf out = server.channel().alloc().buffer(statement.body().length + 8);
            Messages.parse(out, NO_NAME, statement.body());
            doubts.unnamed().onChange();
            server.statements().setUnnamed(statement);
            server.expect(Expectation.OWN_PARSE, new Detail.Preparing(statement, null, null));
            server.send(out);
        }
        return true;
    }
}
