package io.sluice.testbed;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Checksum;

/**
 * Reads values of Redis' protocol, both versions of it, one byte after the other and as strictly as
 * it is written down: for tests, whose server says nothing too deep for a recursion.
 */
final class RespReader {

    private static final int LONGEST_LINE = 128 * 1024;

    private final InputStream in;

    RespReader(InputStream in) {
        this.in = in;
    }

    /**
     * Reads the next value, with the attributes ahead of it.
     *
     * @throws EOFException if there is none, or only a part of one
     * @throws IOException if what came is no value
     */
    RespValue read() throws IOException {
        char type = (char) readByte();
        return switch (type) {
            case '+', '-', ':', ',', '(' -> RespValue.ofText(type, line());
            case '#' -> RespValue.ofText(type, oneOf("tf"));
            case '_' -> {
                oneOf("");
                yield RespValue.ofNull(type);
            }
            case '$', '!', '=' -> bulk(type);
            case '*', '~', '>' -> aggregate(type, 1);
            case '%' -> aggregate(type, 2);
            case '|' -> {
                List<RespValue> attributes = aggregate(type, 2).elements();
                yield read().withAttributes(attributes);
            }
            default -> throw new IOException("no type of a value: byte %d".formatted((int) type));
        };
    }

    /**
     * Reads the next value, which must be a bulk, without keeping it.
     *
     * @param sum gets its bytes
     * @return how many they are; -1 for a null
     */
    int skim(Checksum sum) throws IOException {
        char type = (char) readByte();
        if (type != '$') {
            throw new IOException("no bulk: byte %d".formatted((int) type));
        }
        int length = length(type);
        if (length < 0) {
            return length;
        }
        byte[] piece = new byte[64 * 1024];
        for (int left = length; left > 0; ) {
            int read = in.read(piece, 0, Math.min(left, piece.length));
            if (read < 0) {
                throw new EOFException("%d bytes short of %d".formatted(left, length));
            }
            sum.update(piece, 0, read);
            left -= read;
        }
        expect('\r');
        expect('\n');
        return length;
    }

    private RespValue bulk(char type) throws IOException {
        int length = length(type);
        if (length < 0) {
            return RespValue.ofNull(type);
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("%d of %d bytes".formatted(bytes.length, length));
        }
        expect('\r');
        expect('\n');
        return RespValue.ofText(type, bytes);
    }

    private RespValue aggregate(char type, int valuesEach) throws IOException {
        int length = length(type);
        if (length < 0) {
            return RespValue.ofNull(type);
        }
        var elements = new ArrayList<RespValue>();
        for (int i = 0; i < length * valuesEach; i++) {
            elements.add(read());
        }
        return RespValue.ofElements(type, elements);
    }

    /** -1 only where a null is written so. */
    private int length(char type) throws IOException {
        String line = new String(line(), StandardCharsets.US_ASCII);
        boolean mayBeNull = type == '$' || type == '*';
        if (!line.matches(mayBeNull ? "-1|[0-9]{1,9}" : "[0-9]{1,9}")) {
            throw new IOException("no length of a %s: <%s>".formatted(type, line));
        }
        return Integer.parseInt(line);
    }

    private byte[] oneOf(String letters) throws IOException {
        byte[] line = line();
        boolean fits =
                letters.isEmpty()
                        ? line.length == 0
                        : line.length == 1 && letters.indexOf(line[0]) >= 0;
        if (!fits) {
            throw new IOException(
                    "<%s> is none of <%s>"
                            .formatted(new String(line, StandardCharsets.US_ASCII), letters));
        }
        return line;
    }

    /** Up to the next CR LF, which is read and left out; a lone CR or LF has no place in a line. */
    private byte[] line() throws IOException {
        byte[] line = new byte[32];
        int length = 0;
        for (int next = readByte(); next != '\r'; next = readByte()) {
            if (next == '\n' || length == LONGEST_LINE) {
                throw new IOException(
                        "a line that does not end: <%s>"
                                .formatted(new String(line, 0, length, StandardCharsets.US_ASCII)));
            }
            if (length == line.length) {
                line = Arrays.copyOf(line, 2 * length);
            }
            line[length++] = (byte) next;
        }
        expect('\n');
        return Arrays.copyOf(line, length);
    }

    private void expect(char wanted) throws IOException {
        int next = readByte();
        if (next != wanted) {
            throw new IOException("byte %d instead of %d".formatted(next, (int) wanted));
        }
    }

    private int readByte() throws IOException {
        int next = in.read();
        if (next < 0) {
            throw new EOFException("the connection was closed");
        }
        return next;
    }
}
