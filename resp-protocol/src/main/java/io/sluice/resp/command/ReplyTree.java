package io.sluice.resp.command;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole reply as a tree, for the few that the proxy reads itself. The server is not trusted: how
 * deep, how many and how long is bounded, whatever lengths it claims.
 */
public sealed interface ReplyTree {

    /** A string, or what is written like one: a double, a boolean, a big number. */
    record Text(String text) implements ReplyTree {}

    /** An integer. */
    record Count(long number) implements ReplyTree {}

    /** An array, a set, a map (keys and values in turn), or, empty, a null. */
    record Items(List<ReplyTree> items) implements ReplyTree {}

    /**
     * Reads the reply that begins at the reader index.
     *
     * @param in borrowed; its indexes stay as they are
     * @throws MalformedCommands if it is no reply, not whole, beyond a bound, or an error
     */
    static ReplyTree read(ByteBuf in) {
        return new Reader(in).value(0);
    }

    /** Goes through the bytes once. */
    final class Reader {
        private static final int DEEPEST = 16;
        private static final int MOST_VALUES = 500_000;
        private static final int LONGEST_TEXT = 64 * 1024;
        private static final int LONGEST_NUMBER = 18;

        private final ByteBuf in;
        private int at;
        private int values;

        private Reader(ByteBuf in) {
            this.in = in;
            at = in.readerIndex();
        }

        private ReplyTree value(int depth) {
            if (depth > DEEPEST) {
                throw new MalformedCommands("is nested deeper than " + DEEPEST);
            }
            if (++values > MOST_VALUES) {
                throw new MalformedCommands("has more than " + MOST_VALUES + " values");
            }
            byte type = next();
            return switch (type) {
                case '+', ',', '#', '(' -> new Text(line());
                case '$', '=' -> bulk();
                case ':' -> new Count(number());
                case '*', '~' -> items(number(), depth);
                case '%' -> items(2 * Math.min(number(), MOST_VALUES), depth);
                case '_' -> {
                    line();
                    yield new Items(List.of());
                }
                case '-' -> throw new MalformedCommands("is the error " + line());
                default -> throw new MalformedCommands("has a value of type " + (type & 0xff));
            };
        }

        private ReplyTree bulk() {
            long length = number();
            if (length < 0) {
                return new Items(List.of());
            }
            if (length > LONGEST_TEXT) {
                throw new MalformedCommands("has a string longer than " + LONGEST_TEXT);
            }
            String text = text((int) length);
            if (next() != '\r' || next() != '\n') {
                throw new MalformedCommands("has a string that does not end");
            }
            return new Text(text);
        }

        /** Grows as values arrive, not by what was announced. */
        private ReplyTree items(long count, int depth) {
            var items = new ArrayList<ReplyTree>();
            for (long i = 0; i < count; i++) {
                items.add(value(depth + 1));
            }
            return new Items(items);
        }

        private long number() {
            String digits = line();
            boolean negative = digits.startsWith("-");
            String magnitude = negative ? digits.substring(1) : digits;
            if (magnitude.isEmpty()
                    || magnitude.length() > LONGEST_NUMBER
                    || !magnitude.chars().allMatch(digit -> digit >= '0' && digit <= '9')) {
                throw new MalformedCommands("has a number that is none: " + digits);
            }
            long number = Long.parseLong(magnitude);
            return negative ? -number : number;
        }

        private String line() {
            int readable = Math.min(in.writerIndex() - at, LONGEST_TEXT);
            int end = readable <= 0 ? -1 : in.indexOf(at, at + readable, (byte) '\r');
            if (end < 0 || end + 1 >= in.writerIndex() || in.getByte(end + 1) != '\n') {
                throw new MalformedCommands("has a line that does not end");
            }
            String line = text(end - at);
            at += 2;
            return line;
        }

        private String text(int length) {
            if (in.writerIndex() - at < length) {
                throw new MalformedCommands("is not whole");
            }
            String text = in.toString(at, length, StandardCharsets.ISO_8859_1);
            at += length;
            return text;
        }

        private byte next() {
            if (at >= in.writerIndex()) {
                throw new MalformedCommands("is not whole");
            }
            return in.getByte(at++);
        }
    }
}
