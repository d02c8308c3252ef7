package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.sql.Effect;
import io.sluice.pg.sql.SqlClassifier;
import io.sluice.pg.statement.Effects;

/**
 * A Query that is too long to be waited for: its text is read as it passes, in the pieces in which
 * it arrives. What it leaves behind is known when it has passed.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class LongQuery {
    private final PgSession session;
    private final SqlClassifier classifier = new SqlClassifier();

    LongQuery(PgSession session, PgServerConnection server) {
        this.session = session;
        server.parameters().prepare(classifier);
    }

    /** Reads a piece; {@code in} is borrowed, its indexes are not moved. */
    void read(ByteBuf in, int from, int to) {
        classifier.feed(in, from, to);
    }

    /** Whether what was read so far names a prepared statement. */
    boolean namesStatement() {
        return classifier.namesStatement();
    }

    /** It has been read to its end. */
    void onPassed() {
        Classified text = classifier.finish();
        PgServerConnection server = session.pgServer();
        Effects effects = Effects.of(text);
        Requests requests = session.requests();
        if (server == null || requests.isEmpty()) {
            return;
        }
        requests.last().describe(text.command().name(), text.operationClass());
        if (text.has(Effect.BEGINS_TRANSACTION)) {
            requests.last().setBeginsTransaction();
        }
        if (effects != null) {
            session.state().pinUnlessNamesAreOwn(effects);
        }
        if (effects != null && !server.expected().isEmpty()) {
            Detail leaves = new Detail.Leaves(effects);
            server.expected().setLastDetail(leaves);
            server.readingDoubt().note(leaves);
        }
    }
}
