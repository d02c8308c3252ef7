package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;

/** Whoever holds the lease of a server connection, as the connection sees it. */
interface ConnectionHolder {
    /**
     * A part of something that answers no command, or all of it.
     *
     * @param bytes borrowed; the part is the {@code length} bytes from {@code from} on
     * @param first whether it is the first part
     * @param last whether it is the last one
     */
    void onPush(ByteBuf bytes, int from, int length, boolean first, boolean last);

    /**
     * A part of a reply that no slot awaits, or all of it.
     *
     * @param bytes as for {@link #onPush}
     * @return whether the holder knows what it answers
     */
    default boolean onUnawaited(ByteBuf bytes, int from, int length, byte type, boolean last) {
        return false;
    }

    /** The connection takes no more, or takes more again. */
    void onServerWritable(boolean writable);

    /** The connection is lost, of which all slots have been told. */
    void onServerLost(String reason);
}
