package io.sluice.resp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/** What a scanner makes of a server's bytes. */
final class Replies {
    private Replies() {}

    /** A reply: where it ends, counted over all pieces, and its type. */
    record Found(int end, char type) {}

    /**
     * All of them, why it ended early, if it did, and whether the bytes end between two replies.
     */
    record Outcome(List<Found> replies, String error, boolean isBetween) {}

    static Outcome scan(byte[] bytes, int... cuts) {
        ReplyScanner scanner = new ReplyScanner();
        List<Found> replies = new ArrayList<>();
        int before = 0;
        for (byte[] piece : Pieces.of(bytes, cuts)) {
            ByteBuf in = Pieces.joined(Unpooled.buffer(1), piece);
            try {
                int start = in.readerIndex();
                int from = start;
                while ((from = scanner.scan(in, from, in.writerIndex())) >= 0) {
                    replies.add(new Found(before + from - start, (char) scanner.type()));
                }
            } catch (BrokenProtocol broken) {
                return new Outcome(replies, String.valueOf(broken.getMessage()), false);
            } finally {
                in.release();
            }
            before += piece.length;
        }
        return new Outcome(replies, "", scanner.isBetween());
    }
}
