package io.sluice.resp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Finds whole commands in a client's bytes, and where their arguments lie.
 *
 * <p>It goes on where it had come to, so no byte is looked at twice however the bytes are cut, and
 * what it allocates grows with what has arrived, never with what is announced. It is as strict as
 * Redis about numbers and stricter about line ends: Redis passes over two bytes without looking,
 * and a server that reads them otherwise would tear the replies of all who share its connection.
 *
 * <p>One instance serves many sessions in turn: between {@link #reset} and the first byte of a
 * command it belongs to nobody; a session that is in the midst of a command keeps it.
 *
 * <p><b>Threads:</b> confined to one. <b>Buffers:</b> what it is given stays the caller's, whose
 * reader index is the command's first byte at every call (the buffer itself may be another one).
 */
public final class RequestScanner {
    /** The shortest argument: {@code $0\r\n\r\n}. */
    private static final int SHORTEST_ARGUMENT = 6;

    private enum Phase {
        /** No byte of a command was seen. */
        START,
        /** In the header that says how many arguments there are. */
        COUNT,
        /** At the first byte of an argument's header. */
        ARGUMENT,
        /** Within an argument's header. */
        LENGTH,
        /** At the first byte of an argument, which has not arrived whole. */
        BULK,
        /** In a line that is no array. */
        INLINE,
        WHOLE
    }

    private final Spans spans = new Spans();
    private final Decimal number = new Decimal();

    private Phase phase = Phase.START;

    /** Where it has come to, from the reader index; negative within an argument passed through. */
    private int position;

    private int announced;
    private int seen;

    /** Bytes of the argument in phase BULK. */
    private int bulk;

    /** First byte of the header being read byte by byte. */
    private byte marker;

    /** Bytes of that header, without CR. */
    private int headerBytes;

    private boolean isBehindCr;
    private boolean isPassedThrough;

    private boolean isInline;
    private ByteBuf inline = Unpooled.EMPTY_BUFFER;

    /**
     * Looks for the end of the command that begins at the reader index. Empty ones before it
     * ({@code *0}, {@code *-1}, empty lines) are skipped, as in Redis: the reader index is moved
     * past them.
     *
     * @return whether it is whole: {@link #reset} comes before the next
     * @throws BrokenProtocol with Redis' own text; the scanner is to be reset
     */
    public boolean scan(ByteBuf in, RequestLimits limits) {
        boolean goesOn = true;
        while (goesOn) {
            goesOn = advance(in, in.readerIndex() + position, in.writerIndex(), limits);
        }
        return phase == Phase.WHOLE;
    }

    /**
     * Instead of {@link #scan} once a command has become too long to wait for: tells how much of it
     * is there, counted from the reader index. The caller takes so many bytes out of the buffer;
     * they may be fewer than are readable although more are to come. Arguments are counted, but no
     * longer to be found.
     *
     * @throws BrokenProtocol as {@link #scan} does; what was taken before is gone
     */
    public int passThrough(ByteBuf in, RequestLimits limits) {
        isPassedThrough = true;
        scan(in, limits);
        if (isInline) {
            throw new IllegalStateException("an inline command goes nowhere before it is whole");
        }
        int end = position;
        if (phase == Phase.BULK) {
            // an argument's CR stays until its LF is there, so that they are looked at together
            end = (int) Math.min(in.readableBytes(), (long) position + bulk);
        }
        position -= end;
        return end;
    }

    /** Makes ready for the next command. */
    public void reset() {
        phase = Phase.START;
        position = 0;
        announced = 0;
        seen = 0;
        isPassedThrough = false;
        spans.clear();
        if (isInline) {
            isInline = false;
            inline = Unpooled.EMPTY_BUFFER;
        }
    }

    // ---- what was found

    /** Whether a part of a command was seen, but not its end. */
    public boolean isBegun() {
        return phase != Phase.START && phase != Phase.WHOLE;
    }

    /** Whether the command's end was seen. */
    public boolean isWhole() {
        return phase == Phase.WHOLE;
    }

    /** Whether the command is a line of words. */
    public boolean isInline() {
        return isInline;
    }

    /** How many arguments the command has, its name included, as far as is known; else 0. */
    public int arguments() {
        return announced;
    }

    /** How many arguments were seen whole. */
    public int argumentsSeen() {
        return seen;
    }

    /**
     * Where argument {@code i} begins, counted from the reader index of {@link #bytes}.
     *
     * @param i less than {@link #argumentsSeen} was before anything was passed through
     */
    public int offset(int i) {
        assert i < spans.count() : "argument " + i + " of " + spans.count();
        return spans.offset(i);
    }

    /** How many bytes argument {@code i} has. */
    public int length(int i) {
        assert i < spans.count() : "argument " + i + " of " + spans.count();
        return spans.length(i);
    }

    /**
     * Where the command lies: {@code in}, or for an inline command, which is rewritten as an array,
     * a buffer that is borrowed until {@link #reset}.
     */
    public ByteBuf bytes(ByteBuf in) {
        return isInline ? inline : in;
    }

    /** Bytes of the whole command in {@link #bytes}, from its reader index on. */
    public int size() {
        return isInline ? inline.readableBytes() : position;
    }

    /** Bytes of the whole command as the client sent it, from the reader index on. */
    public int consumed() {
        return position;
    }

    /**
     * How many bytes, from the reader index on, the command has at least, as far as is announced.
     */
    public long known() {
        long unbegun = Math.max(0, announced - seen);
        long known = position;
        if (phase == Phase.BULK) {
            known += bulk + 2L;
            unbegun--;
        } else if (phase == Phase.LENGTH) {
            unbegun--;
        }
        return known + SHORTEST_ARGUMENT * unbegun;
    }

    /**
     * Whether the command is what an HTTP client sends, lured here by a web page. Redis closes the
     * connection without an answer, once it knows no such command.
     *
     * @param in as it was scanned
     */
    public boolean isHttp(ByteBuf in) {
        return seen > 0 && (isFirst(in, "post") || isFirst(in, "host:"));
    }

    private boolean isFirst(ByteBuf in, String lowerCase) {
        if (spans.length(0) != lowerCase.length()) {
            return false;
        }
        ByteBuf bytes = bytes(in);
        int at = bytes.readerIndex() + spans.offset(0);
        for (int i = 0; i < lowerCase.length(); i++) {
            if (Character.toLowerCase(bytes.getByte(at + i)) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    // ---- phases: each returns whether there is more to do

    private boolean advance(ByteBuf in, int at, int to, RequestLimits limits) {
        return switch (phase) {
            case START -> at < to && readStart(in, at, to, limits);
            case COUNT -> readCount(in, at, to, limits);
            case ARGUMENT -> readArguments(in, at, to, 0, limits);
            case LENGTH -> readLength(in, at, to, limits);
            case BULK -> readBulk(in, at, to);
            case INLINE -> readInline(in, at, to, limits);
            case WHOLE -> false;
        };
    }

    private boolean readStart(ByteBuf in, int at, int to, RequestLimits limits) {
        long word = Words.at(in, at, to);
        if ((byte) word != '*') {
            isInline = true;
            phase = Phase.INLINE;
            return true;
        }
        int header = Words.header(word);
        if (header == Words.UNCLEAR) {
            beginHeader(Phase.COUNT, (byte) '*');
            return true;
        }
        int length = Words.length(header);
        position = length;
        counted(in, Words.number(header), limits);
        long behind = length < Long.BYTES ? word >>> (Byte.SIZE * length) : 0;
        return phase == Phase.START || readArguments(in, at + length, to, behind, limits);
    }

    private boolean readCount(ByteBuf in, int at, int to, RequestLimits limits) {
        int behindCr = readHeader(in, at, to, limits, "too big mbulk count string");
        if (behindCr < 0) {
            return false;
        }
        if (!number.isNumber()) {
            throw BrokenProtocol.ofRequest("invalid multibulk length");
        }
        counted(in, number.value(), limits);
        expectLineFeed(behindCr);
        return true;
    }

    private void counted(ByteBuf in, long count, RequestLimits limits) {
        if (count > limits.maxArguments()) {
            throw BrokenProtocol.ofRequest("invalid multibulk length");
        }
        if (count > RequestLimits.ARGUMENTS_BEFORE_LOGIN && !limits.loggedIn()) {
            throw BrokenProtocol.ofRequest("unauthenticated multibulk length");
        }
        if (count > 0) {
            announced = (int) count;
            phase = Phase.ARGUMENT;
        } else {
            skip(in);
        }
    }

    /** Passes over something that is no command. */
    private void skip(ByteBuf in) {
        in.skipBytes(position);
        position = 0;
        phase = Phase.START;
    }

    /**
     * @param glance what is already known of the bytes from {@code from} on, as {@link Words#at}
     *     would tell it, or 0
     */
    private boolean readArguments(ByteBuf in, int from, int to, long glance, RequestLimits limits) {
        int start = in.readerIndex();
        int at = from;
        long word = glance;
        while (true) {
            int header = argumentHeader(word);
            if (header == Words.UNCLEAR) {
                word = Words.at(in, at, to);
                header = argumentHeader(word);
            }
            if (header == Words.UNCLEAR) {
                position = at - start;
                if (at < to) {
                    beginHeader(Phase.LENGTH, (byte) word);
                }
                return at < to;
            }
            at += Words.length(header);
            measured(Words.number(header), limits);
            int end = at + bulk;
            if (to - end < 2) {
                position = at - start;
                phase = Phase.BULK;
                return false;
            }
            word = Words.at(in, end, to);
            ended((short) word, at - start);
            at = end + 2;
            if (seen == announced) {
                position = at - start;
                phase = Phase.WHOLE;
                return false;
            }
            word >>>= 2 * Byte.SIZE; // the next header is often in the same word
        }
    }

    private static int argumentHeader(long word) {
        return (byte) word == '$' ? Words.header(word) : Words.UNCLEAR;
    }

    private boolean readLength(ByteBuf in, int at, int to, RequestLimits limits) {
        int behindCr = readHeader(in, at, to, limits, "too big bulk count string");
        if (behindCr < 0) {
            return false;
        }
        if (marker != '$') {
            char got = (char) (marker & 0x7F);
            throw BrokenProtocol.ofRequest(
                    "expected '$', got '" + (got == marker ? got : '?') + "'");
        }
        if (!number.isNumber() || number.value() < 0) {
            throw BrokenProtocol.ofRequest("invalid bulk length");
        }
        measured(number.value(), limits);
        expectLineFeed(behindCr);
        phase = Phase.BULK;
        return true;
    }

    private void measured(long length, RequestLimits limits) {
        if (length > limits.maxBulk()) {
            throw BrokenProtocol.ofRequest("invalid bulk length");
        }
        if (length > RequestLimits.BULK_BEFORE_LOGIN && !limits.loggedIn()) {
            throw BrokenProtocol.ofRequest("unauthenticated bulk length");
        }
        bulk = (int) length;
    }

    private boolean readBulk(ByteBuf in, int at, int to) {
        if ((long) to - at < bulk + 2L) {
            return false;
        }
        ended(in.getShortLE(at + bulk), position);
        position += bulk + 2;
        phase = seen == announced ? Phase.WHOLE : Phase.ARGUMENT;
        return true;
    }

    /** An argument is whole. */
    private void ended(short behind, int offset) {
        if (behind != Words.CRLF) {
            throw badLineEnd();
        }
        if (!isPassedThrough) {
            spans.add(offset, bulk);
        }
        seen++;
    }

    private boolean readInline(ByteBuf in, int at, int to, RequestLimits limits) {
        int start = in.readerIndex();
        int stop =
                Math.min(
                        to,
                        (int) Math.min(Integer.MAX_VALUE, (long) start + limits.maxInline() + 1));
        int lineFeed = in.indexOf(at, stop, (byte) '\n');
        if (lineFeed < 0) {
            position = stop - start;
            if (position > limits.maxInline()) {
                throw BrokenProtocol.ofRequest("too big inline request");
            }
            return false;
        }
        position = lineFeed + 1 - start;
        boolean hasCr = lineFeed > start && in.getByte(lineFeed - 1) == '\r';
        byte[] line = new byte[lineFeed - start - (hasCr ? 1 : 0)];
        in.getBytes(start, line);
        InlineRequest request = new InlineRequest(line);
        if (!request.split(spans)) {
            throw BrokenProtocol.ofRequest("unbalanced quotes in request");
        }
        if (spans.count() > limits.maxArguments()) {
            throw BrokenProtocol.ofRequest("invalid multibulk length");
        }
        announced = spans.count();
        seen = announced;
        if (announced == 0) {
            isInline = false;
            skip(in);
            return true;
        }
        inline = request.toArray(spans);
        phase = Phase.WHOLE;
        return false;
    }

    // ---- headers byte by byte

    private void beginHeader(Phase next, byte first) {
        phase = next;
        marker = first;
        isBehindCr = first == '\r';
        headerBytes = 1;
        number.begin();
        position++;
    }

    /** Reads on in a header; returns the byte behind its CR, which should be LF, or -1. */
    private int readHeader(ByteBuf in, int from, int to, RequestLimits limits, String tooBig) {
        int start = in.readerIndex();
        for (int at = from; at < to; at++) {
            byte c = in.getByte(at);
            if (isBehindCr) {
                position = at + 1 - start;
                return c & 0xFF;
            }
            if (c == '\r') {
                isBehindCr = true;
            } else {
                number.add(c);
                headerBytes++;
                if (headerBytes > limits.maxInline()) {
                    throw BrokenProtocol.ofRequest(tooBig);
                }
            }
        }
        position = to - start;
        return -1;
    }

    private static void expectLineFeed(int c) {
        if (c != '\n') {
            throw badLineEnd();
        }
    }

    /** Redis would not mind; the words are Valkey's. */
    private static BrokenProtocol badLineEnd() {
        return BrokenProtocol.ofRequest("invalid CRLF in request");
    }
}
