package io.sluice.resp.wire;

import io.netty.buffer.ByteBuf;

/**
 * Up to eight bytes of a buffer in one long, the first one lowest: most headers and many whole
 * replies are no longer, so that they cost one access to the buffer instead of one a byte.
 */
final class Words {
    /** CR and LF as {@link ByteBuf#getShortLE} reads them. */
    static final short CRLF = '\r' | '\n' << 8;

    /** There is no telling without a closer look. */
    static final int UNCLEAR = -1;

    /** What {@link #line} answers to bytes that all belong to the line. */
    static final int NO_END = 0;

    /**
     * {@code -1\r\n}, where the number of a header of RESP2 would be that has nothing behind it.
     */
    private static final int MINUS_ONE = '-' | '1' << 8 | '\r' << 16 | '\n' << 24;

    private static final long LINE_FEEDS = 0x0A0A_0A0A_0A0A_0A0AL;
    private static final long LOWEST_BITS = 0x0101_0101_0101_0101L;
    private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;

    private static final int LENGTH_BITS = 4;

    private Words() {}

    /** The bytes from {@code at} on; zeros for those behind {@code to}. */
    static long at(ByteBuf in, int at, int to) {
        int left = to - at;
        return left >= Long.BYTES ? in.getLongLE(at) : fewAt(in, at, left);
    }

    private static long fewAt(ByteBuf in, int at, int left) {
        long word = 0;
        int done = 0;
        if ((left & 4) != 0) {
            word = in.getUnsignedIntLE(at);
            done = 4;
        }
        if ((left & 2) != 0) {
            word |= (long) in.getUnsignedShortLE(at + done) << (Byte.SIZE * done);
            done += 2;
        }
        if ((left & 1) != 0) {
            word |= (long) in.getUnsignedByte(at + done) << (Byte.SIZE * done);
        }
        return word;
    }

    /**
     * Reads a header, such as {@code $12\r\n}, whose first byte is known: {@link #number} and
     * {@link #length} take the result apart. {@link #UNCLEAR} if it is not whole, longer than eight
     * bytes, or no plain number: it has to be read byte by byte then.
     */
    static int header(long word) {
        long rest = word >>> Byte.SIZE;
        int number = 0;
        int length = 1;
        int digit = ((int) rest & 0xFF) - '0';
        while (digit >= 0 && digit <= 9) {
            number = number * 10 + digit;
            length++;
            rest >>>= Byte.SIZE;
            digit = ((int) rest & 0xFF) - '0';
        }
        boolean unclear =
                (short) rest != CRLF
                        || length == 1
                        || (length > 2 && (byte) (word >>> Byte.SIZE) == '0'); // Redis refuses 007
        return unclear ? UNCLEAR : number << LENGTH_BITS | length + 2;
    }

    /** Whether these are a header with -1, five bytes long. */
    static boolean isNull(long word) {
        return (int) (word >>> Byte.SIZE) == MINUS_ONE;
    }

    /** The number in a header. */
    static int number(int header) {
        return header >>> LENGTH_BITS;
    }

    /** Bytes of a header, CR and LF included. */
    static int length(int header) {
        return header & (1 << LENGTH_BITS) - 1;
    }

    /**
     * How many bytes a line has that ends within these, CR and LF included; {@link #NO_END} if
     * there is no LF, {@link #UNCLEAR} if the first one stands alone.
     */
    static int line(long word) {
        long others = word ^ LINE_FEEDS;
        long hits = (others - LOWEST_BITS) & ~others & HIGHEST_BITS;
        if (hits == 0) {
            return NO_END;
        }
        int bits = Long.numberOfTrailingZeros(hits) & -Byte.SIZE; // of what is before the first LF
        boolean ends = bits != 0 && (byte) (word >>> (bits - Byte.SIZE)) == '\r';
        return ends ? bits / Byte.SIZE + 1 : UNCLEAR;
    }
}
