package io.sluice.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Commands and replies of Redis as bytes, written independently of what they test. Texts are
 * written as UTF-8.
 */
public final class RedisBytes {

    private RedisBytes() {}

    /** A command: an array of bulks. */
    public static byte[] command(String... arguments) {
        return command(Arrays.stream(arguments).map(RedisBytes::bytes).toArray(byte[][]::new));
    }

    /** A command of any bytes. */
    public static byte[] command(byte[]... arguments) {
        return aggregate('*', arguments.length, bulks(arguments));
    }

    /** An inline command: the line as it is, and CR LF. */
    public static byte[] inline(String line) {
        return line("", line);
    }

    /** {@code +OK} and its like. */
    public static byte[] simple(String text) {
        return line("+", text);
    }

    /** An error; the text begins with its code, such as {@code ERR}. */
    public static byte[] error(String text) {
        return line("-", text);
    }

    public static byte[] number(long value) {
        return line(":", Long.toString(value));
    }

    public static byte[] bulk(String text) {
        return bulk(bytes(text));
    }

    public static byte[] bulk(byte[] content) {
        return all(line("$", Integer.toString(content.length)), content, bytes("\r\n"));
    }

    /** RESP2's null where a bulk would be: {@code $-1}. */
    public static byte[] nullBulk() {
        return line("$", "-1");
    }

    /** RESP2's null where an array would be: {@code *-1}. */
    public static byte[] nullArray() {
        return line("*", "-1");
    }

    /** RESP3's null. */
    public static byte[] nil() {
        return line("_", "");
    }

    public static byte[] array(byte[]... elements) {
        return aggregate('*', elements.length, elements);
    }

    public static byte[] array(String... bulks) {
        return command(bulks);
    }

    public static byte[] set(byte[]... elements) {
        return aggregate('~', elements.length, elements);
    }

    public static byte[] push(byte[]... elements) {
        return aggregate('>', elements.length, elements);
    }

    /** A map of keys and values in turn. */
    public static byte[] map(byte[]... keysAndValues) {
        return aggregate('%', pairs(keysAndValues), keysAndValues);
    }

    /** What goes ahead of a value: a map of keys and values in turn. */
    public static byte[] attributes(byte[]... keysAndValues) {
        return aggregate('|', pairs(keysAndValues), keysAndValues);
    }

    /** A double, a big number or a boolean is a line of its type byte and what is written here. */
    public static byte[] line(char type, String text) {
        return line(Character.toString(type), text);
    }

    /** A verbatim string of a format of three letters. */
    public static byte[] verbatim(String format, String text) {
        byte[] content = bytes(format + ":" + text);
        return all(line("=", Integer.toString(content.length)), content, bytes("\r\n"));
    }

    /** All of them, one after the other. */
    public static byte[] all(byte[]... parts) {
        var whole = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }

    /** The text as it is: for what the other methods do not write, such as broken protocol. */
    public static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[][] bulks(byte[][] contents) {
        return Arrays.stream(contents).map(RedisBytes::bulk).toArray(byte[][]::new);
    }

    private static int pairs(byte[][] keysAndValues) {
        if (keysAndValues.length % 2 != 0) {
            throw new IllegalArgumentException(
                    "a key without a value: %d of them".formatted(keysAndValues.length));
        }
        return keysAndValues.length / 2;
    }

    private static byte[] aggregate(char type, int length, byte[][] parts) {
        return all(line(type, Integer.toString(length)), all(parts));
    }

    private static byte[] line(String type, String text) {
        return bytes(type + text + "\r\n");
    }
}
