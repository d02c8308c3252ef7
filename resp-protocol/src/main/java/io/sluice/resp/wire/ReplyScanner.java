package io.sluice.resp.wire;

import io.netty.buffer.ByteBuf;

/**
 * Finds where a server's replies end, without reading anything of them but headers: a counter of
 * elements still to come, no stack and no tree, so that depth and size of a reply cost nothing. It
 * goes on wherever the bytes were cut and looks at none twice.
 *
 * <p>Knows all types of RESP2 and RESP3 but streamed ones, which no Redis sends. A push within a
 * reply is refused: whether it is an element or stands between two is not to be told, and a guess
 * would give everybody behind it the replies of others.
 *
 * <p><b>Threads:</b> confined to one. <b>Buffers:</b> what it is given stays the caller's.
 */
public final class ReplyScanner {
    /** Redis keeps no more elements than that in anything, and no longer strings by far. */
    private static final long MAX_NUMBER = 1L << 32;

    /** No reply has so many elements; more of them would overflow the counter in the end. */
    private static final long MAX_PENDING = 1L << 48;

    /** The shortest element: {@code _\r\n}. */
    private static final int SHORTEST_ELEMENT = 3;

    /** What RESP2 has for nothing: {@code $-1\r\n} or {@code *-1\r\n}. */
    private static final int NULL_BYTES = 5;

    private enum Phase {
        /** At the first byte of an element. */
        ELEMENT,
        /** In a line that is an element, or its rest. */
        LINE,
        /** In the header of a string or an aggregate. */
        HEADER,
        /** In a string or its CR and LF. */
        BULK
    }

    private final Decimal number = new Decimal();

    private Phase phase = Phase.ELEMENT;

    /** Elements still to come, the present one included; none between two replies. */
    private long pending;

    private byte type;

    /** The present element's type, in phase HEADER. */
    private byte code;

    /** Whether the last byte of a line or header was a CR. */
    private boolean isBehindCr;

    /** Bytes still to come of a string, CR and LF included. */
    private long rest;

    /**
     * Goes on with the present reply, or begins one.
     *
     * @param from index of the first byte that was not scanned
     * @param to index behind the last byte that is there
     * @return index behind the reply, or -1 if all bytes belong to it and it goes on
     * @throws BrokenProtocol if the server sent what is no reply
     */
    public int scan(ByteBuf in, int from, int to) {
        int at = from;
        if (pending == 0) {
            if (from == to) {
                return -1;
            }
            pending = 1;
            type = 0;
        } else if (phase != Phase.ELEMENT) {
            at = resume(in, at, to);
        }
        while (pending > 0 && at < to) {
            at = element(in, at, to);
        }
        return pending == 0 ? at : -1;
    }

    /** Whether no reply is begun. */
    public boolean isBetween() {
        return pending == 0;
    }

    /**
     * First byte of the present reply, or between two of the last one, behind attributes; 0 as long
     * as only attributes were seen. {@code >} is a push: it answers no command.
     */
    public byte type() {
        return type;
    }

    /** How many bytes of the present reply are still to come at least. */
    public long missing() {
        long present =
                switch (phase) {
                    case ELEMENT -> SHORTEST_ELEMENT;
                    case LINE, HEADER -> 1;
                    case BULK -> rest;
                };
        return pending == 0 ? 0 : present + SHORTEST_ELEMENT * (pending - 1);
    }

    // ---- elements: each method returns the index of the first byte it has not read

    private int element(ByteBuf in, int at, int to) {
        long word = Words.at(in, at, to);
        byte first = (byte) word;
        boolean isReply = type == 0 && pending == 1;
        if (isReply && first != '|') {
            type = first;
        }
        return switch (first) {
            case '$', '=', '!' -> string(word, in, at, to);
            case '+', '-', ':', ',', '_', '#', '(' -> line(word, in, at, to);
            case '*', '%', '~', '|' -> aggregate(word, in, at, to);
            case '>' -> {
                if (!isReply) {
                    throw new BrokenProtocol("push within a reply");
                }
                yield aggregate(word, in, at, to);
            }
            default -> throw new BrokenProtocol("reply of unknown type, byte " + (first & 0xFF));
        };
    }

    private int string(long word, ByteBuf in, int at, int to) {
        int header = Words.header(word);
        if (header == Words.UNCLEAR) {
            return unclear(word, in, at, to);
        }
        int end = at + Words.length(header) + Words.number(header) + 2;
        if (end > to || end < at) {
            rest = Words.number(header) + 2L;
            return bulk(in, at + Words.length(header), to);
        }
        if (in.getShortLE(end - 2) != Words.CRLF) {
            throw badLineEnd();
        }
        pending--;
        return end;
    }

    private int line(long word, ByteBuf in, int at, int to) {
        int length = Words.line(word);
        int end = at + length;
        if (length == Words.NO_END && to - at > Long.BYTES) {
            int last = at + Long.BYTES - 1; // may be the CR
            length = Words.line(Words.at(in, last, to));
            end = last + length;
        }
        if (length <= 0) {
            isBehindCr = false;
            return line(in, at, to);
        }
        pending--;
        return end;
    }

    private int aggregate(long word, ByteBuf in, int at, int to) {
        int header = Words.header(word);
        if (header == Words.UNCLEAR) {
            return unclear(word, in, at, to);
        }
        expect((byte) word, Words.number(header));
        return at + Words.length(header);
    }

    private int unclear(long word, ByteBuf in, int at, int to) {
        byte kind = (byte) word;
        if (Words.isNull(word) && (kind == '$' || kind == '*')) {
            pending--;
            return at + NULL_BYTES;
        }
        return beginHeader(kind, in, at, to);
    }

    /** An aggregate has begun that has so many elements, or pairs of them. */
    private void expect(byte kind, long count) {
        pending +=
                switch (kind) {
                    case '%' -> 2 * count - 1;
                    case '|' -> 2 * count; // what it is an attribute of is still to come
                    default -> count - 1;
                };
        if (pending > MAX_PENDING) {
            throw new BrokenProtocol("reply of more than 2^48 elements");
        }
    }

    // ---- elements that are not whole at one look

    private int resume(ByteBuf in, int at, int to) {
        return switch (phase) {
            case ELEMENT -> at;
            case LINE -> line(in, at, to);
            case HEADER -> header(in, at, to);
            case BULK -> bulk(in, at, to);
        };
    }

    /** A line ends at the first CR that an LF follows; each may occur alone. */
    private int line(ByteBuf in, int from, int to) {
        phase = Phase.LINE;
        int at = from;
        while (at < to) {
            int lineFeed = in.indexOf(at, to, (byte) '\n');
            if (lineFeed < 0) {
                isBehindCr = in.getByte(to - 1) == '\r';
                return to;
            }
            boolean ends = lineFeed > at ? in.getByte(lineFeed - 1) == '\r' : isBehindCr;
            isBehindCr = false;
            at = lineFeed + 1;
            if (ends) {
                phase = Phase.ELEMENT;
                pending--;
                return at;
            }
        }
        return at;
    }

    private int beginHeader(byte first, ByteBuf in, int at, int to) {
        phase = Phase.HEADER;
        code = first;
        isBehindCr = false;
        number.begin();
        return header(in, at + 1, to);
    }

    private int header(ByteBuf in, int from, int to) {
        for (int at = from; at < to; at++) {
            byte c = in.getByte(at);
            if (isBehindCr) {
                if (c != '\n') {
                    throw badLineEnd();
                }
                return numbered(in, at + 1, to);
            }
            isBehindCr = c == '\r';
            if (!isBehindCr) {
                number.add(c);
                if (!number.isSound()) {
                    throw badLength(); // at the first byte too much, so no header is long
                }
            }
        }
        return to;
    }

    /** A header has ended. */
    private int numbered(ByteBuf in, int at, int to) {
        if (!number.isNumber() || number.value() > MAX_NUMBER) {
            throw badLength();
        }
        phase = Phase.ELEMENT;
        if (number.value() < 0) {
            if (number.value() != -1 || (code != '$' && code != '*')) {
                throw badLength();
            }
            pending--; // null, as RESP2 has it
            return at;
        }
        if (code == '$' || code == '=' || code == '!') {
            rest = number.value() + 2;
            return bulk(in, at, to);
        }
        expect(code, number.value());
        return at;
    }

    private int bulk(ByteBuf in, int from, int to) {
        phase = Phase.BULK;
        int at = from;
        if (rest > 2) {
            long taken = Math.min(rest - 2, to - at);
            rest -= taken;
            at += (int) taken;
        }
        while (at < to) {
            if (in.getByte(at) != (rest == 2 ? '\r' : '\n')) {
                throw badLineEnd();
            }
            at++;
            rest--;
            if (rest == 0) {
                phase = Phase.ELEMENT;
                pending--;
                return at;
            }
        }
        return at;
    }

    private static BrokenProtocol badLineEnd() {
        return new BrokenProtocol("reply with an element that does not end in CR LF");
    }

    private BrokenProtocol badLength() {
        return new BrokenProtocol(
                "reply with a length that is none, in a header of type '%c'"
                        .formatted((char) code));
    }
}
