package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.sql.PinReason;
import io.sluice.pg.statement.PreparedStatement;
import org.jspecify.annotations.Nullable;

/**
 * What executing a session's portals does, named or not, by what was bound to them.
 *
 * <p><b>Threads:</b> confined to the session's loop. Buffers are borrowed, their indexes are not
 * moved.
 */
final class Bindings {
    private final PgSession session;
    private final Portals portals = new Portals();
    private Detail.@Nullable Using unnamedPortal;

    /** What was bound last, to be used again: most clients bind the same many times. */
    private Detail.@Nullable Using lastUsing;

    Bindings(PgSession session) {
        this.session = session;
    }

    /** Remembers what a portal executes, whose name is between {@code portalAt} and its end. */
    Detail.Using bind(ByteBuf in, int portalAt, int portalEnd, PreparedStatement statement) {
        Detail.Using using = lastUsing;
        if (using == null || using.statement() != statement) {
            using = new Detail.Using(statement, statement.effects());
            lastUsing = using;
        }
        if (portalEnd == portalAt) {
            unnamedPortal = using;
        } else {
            put(MessageNames.portal(in, portalAt, portalEnd), using);
        }
        return using;
    }

    /** A named portal is bound, or stays. */
    void put(String name, Detail.Using using) {
        if (!portals.put(name, using) && using.effects() != null) {
            session.state().pin(PinReason.UNREADABLE); // what executing it does will not be seen
        }
    }

    /** What a portal executes; null if that is not known. */
    Detail.@Nullable Using get(ByteBuf in, int nameAt, int nameEnd) {
        return nameEnd == nameAt
                ? unnamedPortal
                : portals.get(MessageNames.portal(in, nameAt, nameEnd));
    }

    /** A portal is being closed; returns what it executes, if it has a name and that is known. */
    Detail.@Nullable Using remove(String name) {
        return portals.remove(name);
    }

    /** The server is ready: see {@link Portals#onReady}. */
    void onReady(boolean idle, int behind) {
        portals.onReady(idle, behind);
    }

    /** Named portals that are known. */
    int size() {
        return portals.size();
    }
}
