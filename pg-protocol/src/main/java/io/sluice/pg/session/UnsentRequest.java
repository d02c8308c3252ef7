package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.sql.Effect;
import io.sluice.pg.sql.SqlClassifier;
import io.sluice.pg.statement.ClientStatements.Named;
import io.sluice.pg.statement.PreparedStatement;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The request at the front of a client's input, of which nothing was sent: a Query, a FunctionCall,
 * or all messages up to a Sync. Borrows the input, whose indexes it does not move.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class UnsentRequest {
    private final PgSession session;
    private final ByteBuf in;

    UnsentRequest(PgSession session, ByteBuf in) {
        this.session = session;
        this.in = in;
    }

    /**
     * Whether it begins a transaction, or prepares what does, and others are already there behind
     * it: these would run outside of it.
     */
    boolean leadsTransaction() {
        boolean begins = false;
        int at = in.readerIndex();
        while (in.writerIndex() - at >= Frontend.HEADER_BYTES) {
            int length = in.getInt(at + 1);
            if (length < Integer.BYTES || length > in.writerIndex() - at - 1) {
                break;
            }
            byte type = in.getByte(at);
            int end = at + 1 + length;
            begins |= begins(type, at + Frontend.HEADER_BYTES, end);
            switch (type) {
                case Frontend.QUERY, Frontend.FUNCTION_CALL, Frontend.SYNC -> {
                    return begins && in.writerIndex() > end;
                }
                default -> at = end;
            }
        }
        // What is there in part is behind it, unless it is the end of its series.
        return begins && in.writerIndex() > at && in.getByte(at) != Frontend.SYNC;
    }

    private boolean begins(byte type, int from, int end) {
        return switch (type) {
            case Frontend.QUERY -> isBegin(from, end);
            case Frontend.PARSE -> isBegin(behindString(from, end), end);
            case Frontend.BIND -> bindsBegin(behindString(from, end), end);
            default -> false;
        };
    }

    /** Where the string that begins there ends, with its NUL. */
    private int behindString(int from, int end) {
        int nul = in.forEachByte(from, end - from, ByteProcessor.FIND_NUL);
        return nul < 0 ? end : nul + 1;
    }

    private boolean isBegin(int from, int end) {
        SqlClassifier classifier = session.pgPool().classifier();
        classifier.reset(true);
        classifier.feed(in, from, Math.max(from, behindString(from, end) - 1));
        return classifier.finish().has(Effect.BEGINS_TRANSACTION);
    }

    private boolean bindsBegin(int nameAt, int end) {
        int nameEnd = Math.max(nameAt, behindString(nameAt, end) - 1);
        if (nameEnd == nameAt) {
            return begins(session.translator().unnamed().get());
        }
        Named named =
                session.statements()
                        .get(in.toString(nameAt, nameEnd - nameAt, StandardCharsets.UTF_8));
        return named != null && begins(named.statement());
    }

    private static boolean begins(@Nullable PreparedStatement statement) {
        return statement != null && statement.beginsTransaction();
    }
}
