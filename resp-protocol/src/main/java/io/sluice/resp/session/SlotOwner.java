package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;

/** Who is answered by a server connection: a session, or the proxy itself. Confined to its loop. */
interface SlotOwner {
    /**
     * A part of the reply of this owner's oldest slot on {@code connection}, or all of it; with the
     * last part the slot is gone already.
     *
     * @param bytes borrowed; the part is the {@code length} bytes from {@code from} on
     * @param type first byte of the reply
     * @param first whether it is the first part
     * @param last whether it is the last one
     */
    void onReply(
            RespConnection connection,
            ByteBuf bytes,
            int from,
            int length,
            byte type,
            boolean first,
            boolean last);

    /** The connection is lost with slots of this owner open; called once for each of them. */
    void onLost(RespConnection connection, String reason);

    /** Every sweep, for each open slot on a shared connection. */
    void onSlotSweep(long now);
}
