package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.RowType;
import io.sluice.pg.statement.PreparedStatement;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Compares the types of statements that a server tells with those that clients were told. A
 * statement whose types have changed is retired: who knows the former ones is told so.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class TypeComparison {
    private static final Logger LOG = LogManager.getLogger(TypeComparison.class);

    private final PgServerConnection connection;
    private boolean underWay;

    TypeComparison(PgServerConnection connection) {
        this.connection = connection;
    }

    /**
     * Asks for a statement's types ahead of a Bind, which waits until the answer is there.
     *
     * @param name what the server knows it by
     */
    void begin(PreparedStatement statement, byte[] name) {
        ByteBuf out = connection.channel().alloc().buffer(64);
        Messages.describeStatement(out, name);
        Messages.flush(out);
        underWay = true;
        connection.expect(
                Expectation.OWN_DESCRIBE, new Detail.Describing(statement, statement.epoch()));
        connection.send(out);
    }

    /** Whether the client's next message waits for the answer to {@link #begin}. */
    boolean isUnderWay() {
        return underWay;
    }

    /**
     * The types of a statement, asked for by its client or by the proxy; {@link RowType#UNKNOWN}
     * where they were not told or are too long.
     *
     * @param own whether by the proxy: the client knows the former type then, and is to be told
     */
    void onDescribed(Detail.Describing asked, long rowType, long parameterTypes, boolean own) {
        PreparedStatement statement = asked.statement();
        if (asked.epoch() == statement.epoch()) {
            if (statement.describe(rowType, parameterTypes)) {
                connection.statements().setTypes(statement, rowType, parameterTypes);
            } else {
                retire(statement);
                statement.describe(rowType, parameterTypes);
                PgSession session = connection.session();
                if (session != null && !own) {
                    session.extended().onNewTypesTold(statement);
                }
            }
        }
        if (own) {
            connection.statements().setCompared(statement); // also if they are too long to compare
            resumeClient();
        }
    }

    void retire(PreparedStatement statement) {
        LOG.debug("pool={} retires a statement whose result type changed", connection.pool().key());
        statement.retire();
    }

    /** The client's next message waits no longer. */
    void resumeClient() {
        if (underWay) {
            underWay = false;
            PgSession session = connection.session();
            if (session != null) {
                session.resumeInput();
            }
        }
    }
}
