package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.guard.Outcome;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.tenancy.ReplyRewriter;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Replies of a server on their way to a session's client, in the names that the client knows. One
 * that names what is not the tenant's goes no further: nothing of it is passed on, and the client
 * is closed.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class OwnReplies {
    private static final Logger LOG = LogManager.getLogger(OwnReplies.class);

    private final RespSession session;

    /** Of the reply that is being passed; null if it is passed as it is. */
    private @Nullable ReplyRewriter rewriter;

    private boolean withheld;

    OwnReplies(RespSession session) {
        this.session = session;
    }

    /** Passes a part of a reply to {@code operation}, see {@link SlotOwner#onReply}. */
    void pass(
            RespOperation operation,
            ByteBuf bytes,
            int from,
            int length,
            byte type,
            boolean first,
            boolean last) {
        if (withheld) {
            return;
        }
        PrefixUse use = operation.prefixUse();
        if (first && use != null && (use != PrefixUse.ALLOWED || type == '-')) {
            rewriter = session.home().borrowReplyRewriter();
            rewriter.begin(operation.names(), use, operation.queued());
        }
        ReplyRewriter present = rewriter;
        if (present == null) {
            session.answers().pass(bytes, from, length, last);
        } else if (!session.answers().pass(present, bytes, from, length, last)) {
            withhold(operation);
        } else if (last) {
            rewriter = null;
            session.home().giveBack(present);
        }
    }

    private void withhold(RespOperation operation) {
        withheld = true;
        rewriter = null;
        operation.setOutcome(Outcome.BACKEND_FAULT);
        LOG.error(
                "session={} pool={} command={} the server's reply names a key that is not this tenant's, or is not made as replies to this command are: withheld, and the client closed",
                session.id(),
                session.pool().key(),
                operation.command());
        session.ending()
                .cutOff(
                        "ERR sluice: the server's reply was withheld, since it names what is not this tenant's",
                        "the server's reply named what is not this tenant's");
    }
}
