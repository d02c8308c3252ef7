package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.message.Frontend;

/**
 * The {@link Doubt}s about what a session has prepared: about its named statements, and about the
 * unnamed one.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Doubts {
    private final Doubt named = new Doubt();
    private final Doubt unnamed = new Doubt();

    Doubt named() {
        return named;
    }

    Doubt unnamed() {
        return unnamed;
    }

    /** Whether a message must wait until what it relies on is answered. */
    boolean concern(byte type, ByteBuf in) {
        if (!named.isDue() && !unnamed.isDue()) {
            return false;
        }
        int at = in.readerIndex() + Frontend.HEADER_BYTES;
        return switch (type) {
            case Frontend.PARSE -> in.getByte(at) != 0 && named.isDue();
            case Frontend.BIND -> relies(in, MessageNames.end(in, at, in.writerIndex()) + 1);
            case Frontend.DESCRIBE -> in.getByte(at) == 'S' && relies(in, at + 1);
            case Frontend.CLOSE ->
                    in.getByte(at) == 'S' && in.getByte(at + 1) != 0 && named.isDue();
            default -> false;
        };
    }

    private boolean relies(ByteBuf in, int nameAt) {
        return in.getByte(nameAt) == 0 ? unnamed.isDue() && !unnamed.isInSeries() : named.isDue();
    }

    boolean areOpen() {
        return named.isOpen() || unnamed.isOpen();
    }

    /** A Sync is sent, behind which the server is going to be ready {@code due} times in all. */
    void onSeriesEnd(int due) {
        named.onSeriesEnd(due);
        unnamed.onSeriesEnd(due);
    }

    void onReady() {
        named.onReady();
        unnamed.onReady();
    }

    /** The first two of what is due are one. */
    void onMerged() {
        named.onMerged();
        unnamed.onMerged();
    }

    /** Syncs did not end their series after all. */
    void onSyncsIgnored(int count) {
        named.onSyncsIgnored(count);
        unnamed.onSyncsIgnored(count);
    }

    void onServerLost() {
        named.clear();
        unnamed.clear();
    }
}
