package io.sluice.resp.wire;

import io.netty.buffer.ByteBuf;

/**
 * Up to eight bytes of a buffer in one long, the first one lowest: most headers and many whole
 * replies are no longer, so that they cost one access to the buffer instead of one a byte.
 */
final class Words {
    /** CR and LF as {@link ByteBuf#getShortLE} reads them. */
    static final short CRLF = '\r' | '\n' << 8;

    /** What {@link #header} answers when there is no telling. */
    static final int UNCLEAR = -1;

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
            word |= (long) in.getUnsignedShortLE(at + done) << (8 * done);
            done += 2;
        }
        if ((left & 1) != 0) {
            word |= (long) in.getUnsignedByte(at + done) << (8 * done);
        }
        return word;
    }

    /**
     * Reads a header, such as {@code $12\r\n}, whose first byte is known: {@link #number} and
     * {@link #length} take the result apart. {@link #UNCLEAR} if it is not whole, longer than eight
     * bytes, or no plain number: it has to be read byte by byte then.
     */
    static int header(long word) {
        long rest = word >>> 8;
        int number = 0;
        int length = 1;
        int digit = ((int) rest & 0xFF) - '0';
        while (digit >= 0 && digit <= 9) {
            number = number * 10 + digit;
            length++;
            rest >>>= 8;
            digit = ((int) rest & 0xFF) - '0';
        }
        boolean unclear =
                (short) rest != CRLF
                        || length == 1
                        || (length > 2 && (byte) (word >>> 8) == '0'); // Redis refuses 007
        return unclear ? UNCLEAR : number << LENGTH_BITS | length + 2;
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
     * How many bytes a line has that ends within these, CR and LF included; 0 if none is seen to.
     */
    static int line(long word) {
        long others = word ^ LINE_FEEDS;
        long hits = (others - LOWEST_BITS) & ~others & HIGHEST_BITS;
        int bits =
                Long.numberOfTrailingZeros(hits) & -8; // of what is before the first LF; 64 if none
        boolean ends = hits != 0 && bits != 0 && (byte) (word >>> (bits - 8)) == '\r';
        return ends ? (bits >>> 3) + 1 : 0;
    }
}
