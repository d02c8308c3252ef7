package io.sluice.pg.message;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;

/**
 * What of a RowDescription makes two results of one type: names, types and type modifiers of the
 * columns. Formats do not count, nor the table that they are from.
 */
public final class RowType {
    /** Nothing is known. */
    public static final long UNKNOWN = 0;

    /** There are no rows. */
    public static final long NO_ROWS = 1;

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private RowType() {}

    /**
     * As {@link #fingerprint}, of the types that a ParameterDescription lists.
     *
     * @param in borrowed, indexes are not moved
     * @param from first byte after the length
     * @param end end of the message
     */
    public static long ofParameters(ByteBuf in, int from, int end) {
        long hash = FNV_OFFSET;
        for (int at = from; at < end; at++) {
            hash = (hash ^ in.getByte(at)) * FNV_PRIME;
        }
        return hash == UNKNOWN ? FNV_OFFSET : hash;
    }

    /**
     * A number that is the same for the same type, and very probably another for another.
     *
     * @param in borrowed, indexes are not moved
     * @param from first byte after the length
     * @param end end of the message
     * @throws ProtocolViolation if it is not a RowDescription
     */
    public static long fingerprint(ByteBuf in, int from, int end) {
        long hash = FNV_OFFSET;
        int at = from + Short.BYTES;
        int columns = at > end ? -1 : in.getUnsignedShort(from);
        for (int i = 0; i < columns; i++) {
            int nameEnd = in.forEachByte(at, end - at, ByteProcessor.FIND_NUL);
            // The NUL, table, attribute, type, length, modifier, format.
            if (nameEnd < 0 || end - nameEnd < 1 + 4 + 2 + 4 + 2 + 4 + 2) {
                throw new ProtocolViolation("RowDescription shorter than its columns");
            }
            for (int b = at; b <= nameEnd; b++) {
                hash = (hash ^ in.getByte(b)) * FNV_PRIME;
            }
            hash = (hash ^ in.getInt(nameEnd + 7)) * FNV_PRIME;
            hash = (hash ^ in.getInt(nameEnd + 13)) * FNV_PRIME;
            at = nameEnd + 19;
        }
        if (at != end) {
            throw new ProtocolViolation("RowDescription with more than its columns");
        }
        return hash == UNKNOWN || hash == NO_ROWS ? FNV_OFFSET : hash;
    }
}
