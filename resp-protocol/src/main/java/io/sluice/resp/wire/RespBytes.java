package io.sluice.resp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/**
 * Writes replies of the proxy's own, and commands. Text goes out as UTF-8. Where the versions of
 * the protocol differ, the version says which way; RESP2 gets what Redis itself gives it instead.
 *
 * <p><b>Buffers:</b> stay the caller's. Nothing is allocated but for {@link #real}.
 */
public final class RespBytes {
    /** CR and LF as {@link ByteBuf#writeShort} writes them. */
    private static final int CRLF = '\r' << 8 | '\n';

    /** Powers of ten, each the first number of one more digit. */
    private static final long[] POWERS = powers();

    private RespBytes() {}

    private static long[] powers() {
        long[] powers = new long[18];
        long power = 1;
        for (int i = 0; i < powers.length; i++) {
            power *= 10;
            powers[i] = power;
        }
        return powers;
    }

    // ---- lines

    /** {@code +OK}. */
    public static void ok(ByteBuf out) {
        out.writeInt('+' << 24 | 'O' << 16 | 'K' << 8 | '\r').writeByte('\n');
    }

    /**
     * A simple string.
     *
     * @param text of the proxy's own, without CR and LF
     */
    public static void simple(ByteBuf out, CharSequence text) {
        out.writeByte('+');
        ByteBufUtil.writeUtf8(out, text);
        end(out);
    }

    /**
     * An error.
     *
     * @param text with its code in front, a character for each byte, as clients' arguments in it
     *     are; CR and LF become spaces
     */
    public static void error(ByteBuf out, CharSequence text) {
        int begun = beginError(out);
        out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
        endError(out, begun);
    }

    /**
     * Begins an error, whose text the caller writes, with bytes of a client's as they are.
     *
     * @return what {@link #endError} has to be told
     */
    public static int beginError(ByteBuf out) {
        out.writeByte('-');
        return out.writerIndex();
    }

    /** Ends an error; CR and LF in what was written since become spaces, as Redis does it. */
    public static void endError(ByteBuf out, int begun) {
        for (int i = begun; i < out.writerIndex(); i++) {
            byte c = out.getByte(i);
            if (c == '\r' || c == '\n') {
                out.setByte(i, ' ');
            }
        }
        end(out);
    }

    /** An integer. */
    public static void integer(ByteBuf out, long value) {
        out.writeByte(':');
        number(out, value);
        end(out);
    }

    // ---- strings

    /** A string. */
    public static void bulk(ByteBuf out, CharSequence text) {
        bulkHeader(out, ByteBufUtil.utf8Bytes(text));
        ByteBufUtil.writeUtf8(out, text);
        end(out);
    }

    /** A string. */
    public static void bulk(ByteBuf out, byte[] bytes) {
        bulkHeader(out, bytes.length);
        out.writeBytes(bytes);
        end(out);
    }

    /** A string of bytes that are copied from {@code from}, whose indices stay as they are. */
    public static void bulk(ByteBuf out, ByteBuf from, int index, int length) {
        bulkHeader(out, length);
        out.writeBytes(from, index, length);
        end(out);
    }

    /** An empty string. */
    public static void emptyBulk(ByteBuf out) {
        bulkHeader(out, 0);
        end(out);
    }

    /** What goes before the bytes of a string; {@link #end} comes behind them. */
    public static void bulkHeader(ByteBuf out, int length) {
        header(out, '$', length);
    }

    /** The end of a line or of a string. */
    public static void end(ByteBuf out) {
        out.writeShort(CRLF);
    }

    /** A text for people; a plain string in RESP2. */
    public static void verbatim(ByteBuf out, RespVersion version, CharSequence text) {
        switch (version) {
            case RESP2 -> bulk(out, text);
            case RESP3 -> {
                header(out, '=', ByteBufUtil.utf8Bytes(text) + 4);
                out.writeInt('t' << 24 | 'x' << 16 | 't' << 8 | ':');
                ByteBufUtil.writeUtf8(out, text);
                end(out);
            }
        }
    }

    // ---- nothing, yes and no, fractions

    /** No string. */
    public static void nullBulk(ByteBuf out, RespVersion version) {
        nothing(out, version, '$');
    }

    /** No array, such as what EXEC answers when a watched key was changed. */
    public static void nullArray(ByteBuf out, RespVersion version) {
        nothing(out, version, '*');
    }

    private static void nothing(ByteBuf out, RespVersion version, char kind) {
        switch (version) {
            case RESP2 -> out.writeByte(kind).writeShort('-' << 8 | '1');
            case RESP3 -> out.writeByte('_');
        }
        end(out);
    }

    /** A truth value; 1 or 0 in RESP2. */
    public static void bool(ByteBuf out, RespVersion version, boolean value) {
        switch (version) {
            case RESP2 -> integer(out, value ? 1 : 0);
            case RESP3 -> {
                out.writeShort('#' << 8 | (value ? 't' : 'f'));
                end(out);
            }
        }
    }

    /** A fraction, in as few digits as tell it from all others; a string in RESP2. */
    public static void real(ByteBuf out, RespVersion version, double value) {
        String text = text(value);
        switch (version) {
            case RESP2 -> bulk(out, text);
            case RESP3 -> {
                out.writeByte(',');
                out.writeCharSequence(text, StandardCharsets.US_ASCII);
                end(out);
            }
        }
    }

    private static String text(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        String text = Double.toString(value);
        if (text.endsWith(".0")) {
            return text.substring(0, text.length() - 2);
        }
        return text.replace(".0E", "E").replace("E", "e").replaceFirst("e(?=\\d)", "e+");
    }

    // ---- aggregates: the elements are written behind them

    /** An array. */
    public static void array(ByteBuf out, int elements) {
        header(out, '*', elements);
    }

    /** A map of keys, each with its value behind it; an array in RESP2. */
    public static void map(ByteBuf out, RespVersion version, int pairs) {
        switch (version) {
            case RESP2 -> array(out, 2 * pairs);
            case RESP3 -> header(out, '%', pairs);
        }
    }

    /** A set; an array in RESP2. */
    public static void set(ByteBuf out, RespVersion version, int elements) {
        header(out, version == RespVersion.RESP3 ? '~' : '*', elements);
    }

    /** Something that answers no command; an array in RESP2. */
    public static void push(ByteBuf out, RespVersion version, int elements) {
        header(out, version == RespVersion.RESP3 ? '>' : '*', elements);
    }

    /** A command, as a client sends it. */
    public static void command(ByteBuf out, CharSequence... words) {
        array(out, words.length);
        for (CharSequence word : words) {
            bulk(out, word);
        }
    }

    // ---- numbers

    private static void header(ByteBuf out, char kind, int number) {
        if (number >= 0 && number <= 9) {
            out.writeInt(kind << 24 | ('0' + number) << 16 | CRLF);
        } else {
            out.writeByte(kind);
            number(out, number);
            end(out);
        }
    }

    private static void number(ByteBuf out, long value) {
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                out.writeCharSequence(Long.toString(value), StandardCharsets.US_ASCII);
                return;
            }
            out.writeByte('-');
        }
        long left = Math.abs(value);
        int digits = digits(left);
        out.ensureWritable(digits);
        int begin = out.writerIndex();
        for (int i = begin + digits - 1; i >= begin; i--) {
            out.setByte(i, (int) ('0' + left % 10));
            left /= 10;
        }
        out.writerIndex(begin + digits);
    }

    private static int digits(long value) {
        int digits = 1;
        while (digits <= POWERS.length && value >= POWERS[digits - 1]) {
            digits++;
        }
        return digits;
    }
}
