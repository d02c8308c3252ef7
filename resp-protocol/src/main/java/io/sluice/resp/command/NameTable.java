package io.sluice.resp.command;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a name stands for, straight from bytes and in whichever case: eight bytes at a time
 * are made upper case and compared as one number. Nothing is allocated.
 *
 * <p>Immutable. An open-addressed table, at most a quarter full.
 *
 * @param <V> what names stand for
 */
final class NameTable<V> {
    /** Longest name, in bytes. */
    static final int MAX_NAME = 32;

    private static final int WORDS = MAX_NAME / Long.BYTES;
    private static final long LOW_BITS = 0x7f7f_7f7f_7f7f_7f7fL;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long EVERY_BYTE = 0x0101_0101_0101_0101L;

    private final int mask;
    private final long[] words;
    private final int[] lengths;
    private final List<V> values;
    private final int[] positions;

    /**
     * @throws IllegalArgumentException if a name is empty or longer than {@link #MAX_NAME}
     */
    NameTable(Map<String, V> named) {
        int slots = Math.max(8, Integer.highestOneBit(named.size()) << 3);
        mask = slots - 1;
        words = new long[slots * WORDS];
        lengths = new int[slots];
        positions = new int[slots];
        values = List.copyOf(named.values());
        int position = 0;
        for (String name : named.keySet()) {
            put(name, position++);
        }
    }

    private void put(String name, int position) {
        byte[] bytes = name.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length == 0 || bytes.length > MAX_NAME) {
            throw new IllegalArgumentException(
                    "the name '%s' has %d bytes, allowed are 1 to %d"
                            .formatted(name, bytes.length, MAX_NAME));
        }
        long[] packed = new long[WORDS];
        for (int i = 0; i < bytes.length; i++) {
            packed[i >> 3] |= (bytes[i] & 0xffL) << (56 - 8 * (i & 7));
        }
        int slot = slot(packed[0], packed[1], packed[2], packed[3], bytes.length);
        while (lengths[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        System.arraycopy(packed, 0, words, slot * WORDS, WORDS);
        lengths[slot] = bytes.length;
        positions[slot] = position;
    }

    /**
     * What the name in {@code length} bytes from index {@code start} on stands for; null if for
     * nothing. All bytes count, a zero too.
     */
    @Nullable V find(ByteBuf in, int start, int length) {
        if (length <= 0 || length > MAX_NAME) {
            return null;
        }
        long first = word(in, start, length);
        long second = length > 8 ? word(in, start + 8, length - 8) : 0;
        long third = length > 16 ? word(in, start + 16, length - 16) : 0;
        long fourth = length > 24 ? word(in, start + 24, length - 24) : 0;
        int slot = slot(first, second, third, fourth, length);
        while (lengths[slot] != 0) {
            int at = slot * WORDS;
            if (words[at] == first
                    && lengths[slot] == length
                    && words[at + 1] == second
                    && words[at + 2] == third
                    && words[at + 3] == fourth) {
                return values.get(positions[slot]);
            }
            slot = (slot + 1) & mask;
        }
        return null;
    }

    private int slot(long first, long second, long third, long fourth, int length) {
        long mixed =
                (first ^ Long.rotateLeft(second, 21) ^ Long.rotateLeft(third, 42) ^ fourth)
                        * 0x9e37_79b9_7f4a_7c15L;
        return ((int) (mixed >>> 32) + length) & mask;
    }

    /** Up to eight bytes, upper case, the first one on top, zeros behind the last. */
    private static long word(ByteBuf in, int start, int length) {
        if (length >= Long.BYTES) {
            return upperCased(in.getLong(start));
        }
        if (in.capacity() - start >= Long.BYTES) {
            return upperCased(in.getLong(start) & (-1L << (64 - 8 * length)));
        }
        long word = 0;
        for (int i = 0; i < length; i++) {
            word |= (in.getByte(start + i) & 0xffL) << (56 - 8 * i);
        }
        return upperCased(word);
    }

    /**
     * All eight bytes at once: a byte's top bit is set where it is a small letter, then bit 0x20
     * goes.
     */
    private static long upperCased(long word) {
        long low = word & LOW_BITS;
        long fromA = low + (0x80 - 'a') * EVERY_BYTE;
        long beyondZ = low + (0x7f - 'z') * EVERY_BYTE;
        long small = fromA & ~beyondZ & ~word & HIGH_BITS;
        return word ^ (small >>> 2);
    }
}
