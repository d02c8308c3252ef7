package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;

/** Something that the proxy itself asks a server. */
abstract class Question implements SlotOwner {
    /** Longest answer that is kept to be looked at. */
    private static final int MAX_BYTES = 16 << 20;

    private byte[] kept = new byte[0];
    private int size;

    /** The whole reply, or as much of it as is looked at; the connection may be lost by then. */
    abstract void onAnswer(byte type, byte[] reply, int length);

    /** There will be no answer. */
    abstract void onNoAnswer(String reason);

    @Override
    public final void onReply(
            RespConnection connection,
            ByteBuf bytes,
            int from,
            int length,
            byte type,
            boolean first,
            boolean last) {
        if (size + length <= MAX_BYTES) {
            if (kept.length < size + length) {
                kept = java.util.Arrays.copyOf(kept, Math.max(size + length, 2 * kept.length));
            }
            bytes.getBytes(from, kept, size, length);
            size += length;
        }
        if (last) {
            // Later: nobody may be given the connection while more than was asked for may follow.
            connection.pool().loop().execute(() -> onAnswer(type, kept, size));
        }
    }

    @Override
    public final void onLost(RespConnection connection, String reason) {
        onNoAnswer(reason);
    }

    @Override
    public void onSlotSweep(long now) {}
}
