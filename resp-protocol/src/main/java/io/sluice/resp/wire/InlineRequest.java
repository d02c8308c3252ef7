package io.sluice.resp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A command as a line of words, for people at a terminal. The rules are those of Redis' {@code
 * sdssplitargs}: words end at white space; {@code "…"} knows {@code \n \r \t \b \a \xHH} and takes
 * any other byte behind a backslash as it is; {@code '…'} knows {@code \'}; a quote may begin
 * within a word, and ends it. A zero byte ends the words.
 */
final class InlineRequest {
    /** The line; what is read of it makes room for the words without their quotes. */
    private final byte[] line;

    private int at;
    private int written;

    /**
     * @param line without its end; becomes this object's
     */
    InlineRequest(byte[] line) {
        this.line = line;
    }

    /**
     * Finds the words; {@link #toArray} needs them.
     *
     * @return whether all quotes are closed, and followed by white space
     */
    boolean split(Spans words) {
        while (true) {
            while (isSpace(peek(0))) {
                at++;
            }
            if (peek(0) == 0) {
                return true;
            }
            int begin = written;
            if (!word()) {
                return false;
            }
            words.add(begin, written - begin);
        }
    }

    /** The same command as every client library sends it, with {@code words} pointing into it. */
    ByteBuf toArray(Spans words) {
        ByteBuf array = Unpooled.buffer(16 + written + 16 * words.count());
        RespBytes.array(array, words.count());
        for (int i = 0; i < words.count(); i++) {
            RespBytes.bulkHeader(array, words.length(i));
            int offset = array.writerIndex();
            array.writeBytes(line, words.offset(i), words.length(i));
            RespBytes.end(array);
            words.move(i, offset);
        }
        return array;
    }

    private boolean word() {
        byte quote = 0;
        while (true) {
            byte c = peek(0);
            if (quote == 0) {
                if (c == 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                    return true;
                }
                if (c == '"' || c == '\'') {
                    quote = c;
                    at++;
                } else {
                    put(c, 1);
                }
            } else if (c == 0) {
                return false;
            } else if (c == quote) {
                at++;
                return peek(0) == 0 || isSpace(peek(0));
            } else if (c == '\\') {
                escape(quote);
            } else {
                put(c, 1);
            }
        }
    }

    private void escape(byte quote) {
        byte next = peek(1);
        if (quote == '\'') {
            put(next == '\'' ? next : (byte) '\\', next == '\'' ? 2 : 1);
        } else if (next == 'x' && hex(peek(2)) >= 0 && hex(peek(3)) >= 0) {
            put((byte) (hex(peek(2)) << 4 | hex(peek(3))), 4);
        } else if (next == 0) {
            put((byte) '\\', 1);
        } else {
            put(
                    switch (next) {
                        case 'n' -> (byte) '\n';
                        case 'r' -> (byte) '\r';
                        case 't' -> (byte) '\t';
                        case 'b' -> (byte) '\b';
                        case 'a' -> (byte) 7;
                        default -> next;
                    },
                    2);
        }
    }

    /** Byte {@code ahead} of where reading has come to; 0 behind the end. */
    private byte peek(int ahead) {
        return at + ahead < line.length ? line[at + ahead] : 0;
    }

    /** Writes a byte of a word for so many of the line. */
    private void put(byte c, int read) {
        line[written++] = c;
        at += read;
    }

    private static int hex(byte c) {
        return Character.digit(c, 16);
    }

    private static boolean isSpace(byte c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
