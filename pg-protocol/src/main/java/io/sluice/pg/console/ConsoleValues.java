package io.sluice.pg.console;

import io.netty.buffer.ByteBuf;
import io.sluice.console.Table;
import java.nio.charset.StandardCharsets;

/** How values of console tables are announced and sent. */
final class ConsoleValues {
    private static final short NUMERIC_POSITIVE = 0x0000;
    private static final short NUMERIC_NEGATIVE = 0x4000;
    private static final int NUMERIC_BASE = 10_000;

    private ConsoleValues() {}

    /** PostgreSQL's type OID (pg_type.dat). */
    static int oid(Table.Type type) {
        return switch (type) {
            case TEXT, TIMESTAMP -> 25;
            case INT4 -> 23;
            case INT8 -> 20;
            case NUMERIC -> 1700;
        };
    }

    /** Bytes of a value of the type; -1 where they vary. */
    static int size(Table.Type type) {
        return switch (type) {
            case TEXT, TIMESTAMP, NUMERIC -> -1;
            case INT4 -> 4;
            case INT8 -> 8;
        };
    }

    static void writeText(ByteBuf out, Object value) {
        byte[] bytes = value.toString().getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length).writeBytes(bytes);
    }

    /** Writes length and value in the type's binary form (its send function in PostgreSQL). */
    static void writeBinary(ByteBuf out, Table.Type type, Object value) {
        switch (type) {
            case TEXT, TIMESTAMP -> writeText(out, value);
            case INT4 -> out.writeInt(4).writeInt(((Number) value).intValue());
            case INT8 -> out.writeInt(8).writeLong(((Number) value).longValue());
            case NUMERIC -> writeNumeric(out, ((Number) value).longValue());
        }
    }

    /** Digit groups to the base of 10,000, the first one's weight, sign, and a scale of zero. */
    private static void writeNumeric(ByteBuf out, long value) {
        short[] groups = new short[5]; // 19 digits at most
        int count = 0;
        for (long rest = value; rest != 0; rest /= NUMERIC_BASE) {
            groups[count++] = (short) Math.abs(rest % NUMERIC_BASE);
        }
        out.writeInt(4 * Short.BYTES + count * Short.BYTES);
        out.writeShort(count).writeShort(Math.max(0, count - 1));
        out.writeShort(value < 0 ? NUMERIC_NEGATIVE : NUMERIC_POSITIVE).writeShort(0);
        while (count > 0) {
            out.writeShort(groups[--count]);
        }
    }
}
