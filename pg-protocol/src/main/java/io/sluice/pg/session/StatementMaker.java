package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.guard.OperationClass;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.sql.Command;
import io.sluice.pg.sql.ParseSettings;
import io.sluice.pg.sql.SqlClassifier;
import io.sluice.pg.statement.ClientStatements.Named;
import io.sluice.pg.statement.Effects;
import io.sluice.pg.statement.ParseContext;
import io.sluice.pg.statement.PreparedStatement;
import org.jspecify.annotations.Nullable;

/**
 * Makes the statements that a session prepares, or finds those that others have prepared in the
 * same context.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class StatementMaker {
    /** Owner of a context that all sessions may share. */
    private static final long SHARED = 0;

    private final PgSession session;

    /** In what context texts were read last, and by which settings. */
    private @Nullable ParseContext context;

    private @Nullable Settings contextSettings;

    StatementMaker(PgSession session) {
        this.session = session;
    }

    /** A statement of the pool's table, which has counted this use of it. */
    PreparedStatement retain(byte[] body, PgServerConnection server) {
        ParseContext in = context(server);
        return session.pgPool()
                .statements()
                .retain(body, in, text -> read(text, in, server, session.pgPool().classifier()));
    }

    /** Stands for a statement whose text is not known. */
    PreparedStatement unread(Command command, PgServerConnection server) {
        return new PreparedStatement(
                new byte[0], context(server), command.name(), OperationClass.OTHER, null);
    }

    /** A statement that one client prepares now, and no table knows. */
    PreparedStatement read(byte[] body, PgServerConnection server) {
        return read(body, context(server), server, session.pgPool().classifier());
    }

    private static PreparedStatement read(
            byte[] body, ParseContext in, PgServerConnection server, SqlClassifier classifier) {
        server.parameters().prepare(classifier);
        ByteBuf text = Unpooled.wrappedBuffer(body);
        classifier.feed(text, 0, MessageNames.end(text, 0, body.length));
        Classified classified = classifier.finish();
        return new PreparedStatement(
                body,
                in,
                classified.command().name(),
                classified.operationClass(),
                Effects.of(classified, text, 0));
    }

    /** In what context the server reads what is prepared now. */
    private ParseContext context(PgServerConnection server) {
        Settings settings = session.settings().current();
        String reported = server.parameters().context();
        boolean isKnown = !session.state().parsesByMoreThanSettings();
        ParseContext last = context;
        if (last != null
                && settings.equals(contextSettings)
                && last.isKnown() == isKnown
                && last.reported().equals(reported)) {
            return last;
        }
        Settings others =
                settings.only(
                        name -> ParseSettings.contains(name) && !server.parameters().has(name));
        ParseContext made =
                new ParseContext(reported, others, isKnown ? SHARED : session.id(), isKnown);
        context = made;
        contextSettings = settings;
        return made;
    }

    /** Whether what is not answered yet decides in what context a server is going to read. */
    boolean isContextInDoubt(PgServerConnection server) {
        return !server.expected().isEmpty() && session.state().mayParseOtherwise();
    }

    /**
     * A statement that its client uses in another context than it was prepared in becomes the
     * client's own: what a server makes of it now is not what others prepared.
     */
    Named inContext(String name, Named named, PgServerConnection server) {
        ParseContext now = context(server);
        PreparedStatement former = named.statement();
        if (former.context().readsAs(now)) {
            return named;
        }
        ParseContext in = now.of(session.id());
        PreparedStatement own =
                session.pgPool()
                        .statements()
                        .retainInContext(
                                former,
                                in,
                                // Not the pool's classifier: that may have just read a Query.
                                text -> read(text, in, server, new SqlClassifier()));
        Named moved = new Named(own, own.adoptTypes(former) ? own.epoch() : own.epoch() - 1);
        session.statements().put(name, moved);
        return moved;
    }
}
