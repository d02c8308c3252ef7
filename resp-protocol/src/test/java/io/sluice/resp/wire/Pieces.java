package io.sluice.resp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Bytes that arrive in pieces, as a network cuts them. */
final class Pieces {
    private Pieces() {}

    static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** {@code bytes} cut nowhere, at every byte, and at every two bytes if they are few. */
    static List<int[]> cuts(byte[] bytes) {
        List<int[]> all = new ArrayList<>();
        all.add(new int[] {});
        for (int first = 1; first < bytes.length; first++) {
            all.add(new int[] {first});
            for (int second = first + 1; bytes.length <= 150 && second < bytes.length; second++) {
                all.add(new int[] {first, second});
            }
        }
        all.add(everywhere(bytes));
        return all;
    }

    /** Each byte alone. */
    static int[] everywhere(byte[] bytes) {
        int[] cuts = new int[Math.max(0, bytes.length - 1)];
        Arrays.setAll(cuts, i -> i + 1);
        return cuts;
    }

    /** What is read of {@code bytes} up to each cut in turn; the last piece ends at their end. */
    static List<byte[]> of(byte[] bytes, int... cuts) {
        List<byte[]> pieces = new ArrayList<>();
        int from = 0;
        for (int cut : cuts) {
            pieces.add(Arrays.copyOfRange(bytes, from, cut));
            from = cut;
        }
        pieces.add(Arrays.copyOfRange(bytes, from, bytes.length));
        return pieces;
    }

    /**
     * What was not read of {@code before} with {@code more} behind it, elsewhere, and with bytes
     * around it that are not to be looked at: such as would end anything.
     */
    static ByteBuf joined(ByteBuf before, byte[] more) {
        int padding = 1 + (before.readerIndex() + more.length) % 7;
        ByteBuf both = Unpooled.buffer(padding + before.readableBytes() + more.length + 16);
        for (int i = 0; i < padding; i++) {
            both.writeByte('\r');
        }
        both.readerIndex(padding);
        both.writeBytes(before).writeBytes(more);
        for (int i = both.writerIndex(); i < both.capacity(); i++) {
            both.setByte(i, i % 2 == 0 ? '\r' : '\n');
        }
        before.release();
        return both;
    }
}
