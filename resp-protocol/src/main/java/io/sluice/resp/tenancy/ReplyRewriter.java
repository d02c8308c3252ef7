package io.sluice.resp.tenancy;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.wire.ReplyScanner;
import io.sluice.resp.wire.RespBytes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes the prefix of a tenant out of a reply, in RESP2 and RESP3. The reply may come cut anywhere;
 * it goes on where it had come to, keeps nothing back but a header or the bytes of a prefix, and
 * goes no deeper than the few levels that have names.
 *
 * <p>Where a key has to be, there is one of the tenant's, or the reply goes no further: not a byte
 * of another's name is written.
 *
 * <p><b>Threads:</b> confined to one; one reply at a time. <b>Buffers:</b> stay the caller's.
 */
public final class ReplyRewriter {
    /** No header that a {@link ReplyScanner} lets pass has more bytes. */
    private static final int HEADER_BYTES = 24;

    /** EXEC, the streams of one reply, one stream. */
    private static final int DEEPEST = 4;

    private static final int BROKEN = -1;

    /** What an element is. */
    private enum Shape {
        /** Anything, which names nothing unless it is an error. */
        ANY,
        /** A key, or null. */
        KEY,
        /** An array of keys. */
        KEYS,
        /** An array whose first element is a key. */
        KEY_FIRST,
        /** A cursor and keys. */
        SCAN,
        /** A map by key, or an array of arrays that each begin with a key. */
        STREAMS,
        /** An array of whatever the commands of a block answer. */
        BLOCK
    }

    private enum Phase {
        /** At the first byte of an element. */
        ELEMENT,
        /** In the header of an aggregate or key. */
        HEADER,
        /** Behind a key's header, in the prefix. */
        PREFIX,
        /** In what follows the prefix, up to the line end of the key. */
        KEY,
        /** In an error. */
        ERROR,
        /** In an element that is passed as it is. */
        PASSING,
        /** Behind the reply. */
        DONE
    }

    private final ReplyScanner scanner = new ReplyScanner();
    private final byte[] header = new byte[HEADER_BYTES];
    private int headerBytes;

    // The aggregates around the present element, outermost first.
    private final Shape[] shapes = new Shape[DEEPEST];
    private final long[] counts = new long[DEEPEST];
    private final long[] indexes = new long[DEEPEST];
    private int depth;

    private byte[] prefix = {};
    private @Nullable QueuedReplies queued;
    private Shape whole = Shape.ANY;
    private Phase phase = Phase.DONE;

    /** Bytes of the prefix seen; -1 in an error where none can begin. */
    private int matched;

    /** In phases PREFIX and KEY: bytes to come behind the prefix, without CR and LF, and with. */
    private long rest;

    private boolean isBehindCr;

    /**
     * Makes ready for a reply. The one before may have been left at any place but within an element
     * that names nothing; see {@link #isReusable}.
     *
     * @param use what has to be rewritten
     * @param ofBlock the uses of what is queued, where {@code use} is BLOCK; read until the reply
     *     is whole
     */
    public void begin(Names names, PrefixUse use, @Nullable QueuedReplies ofBlock) {
        prefix = names.prefix();
        queued = ofBlock;
        whole = shape(use);
        phase = Phase.ELEMENT;
        depth = 0;
    }

    /** Whether {@link #begin} may be called. */
    public boolean isReusable() {
        return scanner.isBetween();
    }

    private static Shape shape(PrefixUse use) {
        return switch (use) {
            case ALLOWED, REFUSED, SUBSCRIPTION -> Shape.ANY;
            case SCAN -> Shape.SCAN;
            case KEY_FIRST -> Shape.KEY_FIRST;
            case STREAMS -> Shape.STREAMS;
            case BLOCK -> Shape.BLOCK;
        };
    }

    /** The most bytes that are written for so many that are read. */
    public int most(int length) {
        return length + prefix.length + HEADER_BYTES;
    }

    /**
     * Goes on with the reply.
     *
     * @param last whether it ends at {@code to}
     * @return whether it can go on: false if there is a key that is not the tenant's, or the reply
     *     is not made as it should be; what was written to {@code out} by this call is then to be
     *     thrown away
     */
    public boolean rewrite(ByteBuf in, int from, int to, boolean last, ByteBuf out) {
        int at = from;
        while (at != BROKEN && at < to) {
            at =
                    switch (phase) {
                        case ELEMENT -> element(in, at, to, out);
                        case HEADER -> header(in, at, to, out);
                        case PREFIX -> prefix(in, at, to, out);
                        case KEY -> key(in, at, to, out);
                        case ERROR -> error(in, at, to, out);
                        case PASSING -> pass(in, at, to, out);
                        case DONE -> BROKEN;
                    };
        }
        return at != BROKEN && (phase == Phase.DONE) == last;
    }

    // ---- each returns the index of the first byte that it has not read, or BROKEN

    private int element(ByteBuf in, int at, int to, ByteBuf out) {
        byte type = in.getByte(at);
        if (type == '-') {
            phase = Phase.ERROR;
            matched = -1;
            isBehindCr = false;
            return error(in, at, to, out);
        }
        Shape shape = present();
        boolean passes =
                switch (shape) {
                    case ANY -> true;
                    case KEY -> type == '_';
                    // +QUEUED, and the +OK to MULTI.
                    case KEYS, KEY_FIRST, SCAN, STREAMS, BLOCK -> type == '_' || type == '+';
                };
        if (passes) {
            phase = Phase.PASSING;
            return pass(in, at, to, out);
        }
        boolean fits =
                switch (shape) {
                    case KEY -> type == '$';
                    case STREAMS -> type == '*' || type == '%' || type == '$';
                    case ANY, KEYS, KEY_FIRST, SCAN, BLOCK -> type == '*' || type == '$';
                };
        if (!fits) {
            return BROKEN;
        }
        phase = Phase.HEADER;
        headerBytes = 0;
        return header(in, at, to, out);
    }

    private int header(ByteBuf in, int from, int to, ByteBuf out) {
        for (int at = from; at < to; at++) {
            if (headerBytes == HEADER_BYTES) {
                return BROKEN;
            }
            byte next = in.getByte(at);
            header[headerBytes++] = next;
            if (next == '\n') {
                return headerEnded(out) ? at + 1 : BROKEN;
            }
        }
        return to;
    }

    private boolean headerEnded(ByteBuf out) {
        Shape shape = present();
        byte type = header[0];
        long number = number();
        if (number < 0) { // null, as RESP2 has it
            out.writeBytes(header, 0, headerBytes);
            ended();
            return true;
        }
        if (shape == Shape.KEY) {
            phase = Phase.PREFIX;
            matched = 0;
            rest = number - prefix.length;
            return rest >= 0 && number <= Integer.MAX_VALUE;
        }
        if (type == '$' || depth == DEEPEST || !fits(shape, number)) {
            return false;
        }
        out.writeBytes(header, 0, headerBytes);
        if (number == 0) {
            ended();
            return true;
        }
        shapes[depth] = shape;
        counts[depth] = type == '%' ? 2 * number : number;
        indexes[depth] = type == '%' ? -counts[depth] : 0; // Below zero, keys take turns.
        depth++;
        phase = Phase.ELEMENT;
        return true;
    }

    private boolean fits(Shape shape, long number) {
        return switch (shape) {
            case SCAN -> number == 2;
            case BLOCK -> queued != null && number == queued.size();
            case ANY, KEY, KEYS, KEY_FIRST, STREAMS -> true;
        };
    }

    /** The number in the header, which a scanner has found to be one. */
    private long number() {
        if (header[1] == '-') {
            return -1;
        }
        long number = 0;
        for (int i = 1; i < headerBytes && header[i] != '\r'; i++) {
            number = number * 10 + header[i] - '0';
        }
        return number;
    }

    private int prefix(ByteBuf in, int from, int to, ByteBuf out) {
        int at = from;
        while (at < to && matched < prefix.length) {
            if (in.getByte(at) != prefix[matched]) {
                return BROKEN;
            }
            matched++;
            at++;
        }
        if (matched == prefix.length) {
            RespBytes.bulkHeader(out, (int) rest);
            rest += 2;
            phase = Phase.KEY;
        }
        return at;
    }

    private int key(ByteBuf in, int from, int to, ByteBuf out) {
        int length = (int) Math.min(rest, to - from);
        out.writeBytes(in, from, length);
        rest -= length;
        if (rest == 0) {
            ended();
        }
        return from + length;
    }

    /** Keys that are echoed stand in quotes, which no prefix has. */
    private int error(ByteBuf in, int from, int to, ByteBuf out) {
        for (int at = from; at < to; at++) {
            byte next = in.getByte(at);
            if (matched >= 0) {
                if (next == prefix[matched]) {
                    matched++;
                    if (matched == prefix.length) {
                        matched = -1;
                    }
                    continue;
                }
                out.writeBytes(prefix, 0, matched);
                matched = -1;
            }
            out.writeByte(next);
            if (next == '\'' || next == '`' || next == '"') {
                matched = 0;
            } else if (next == '\n' && isBehindCr) {
                ended();
                return at + 1;
            }
            isBehindCr = next == '\r';
        }
        return to;
    }

    private int pass(ByteBuf in, int from, int to, ByteBuf out) {
        int end = scanner.scan(in, from, to);
        int at = end < 0 ? to : end;
        out.writeBytes(in, from, at - from);
        if (end >= 0) {
            ended();
        }
        return at;
    }

    // ---- where it is

    private Shape present() {
        if (depth == 0) {
            return whole;
        }
        long index = indexes[depth - 1];
        return switch (shapes[depth - 1]) {
            case KEY_FIRST -> index == 0 ? Shape.KEY : Shape.ANY;
            case KEYS -> Shape.KEY;
            case SCAN -> index == 0 ? Shape.ANY : Shape.KEYS;
            case STREAMS -> index >= 0 ? Shape.KEY_FIRST : index % 2 == 0 ? Shape.KEY : Shape.ANY;
            case BLOCK -> shape(Objects.requireNonNull(queued).get((int) index));
            case ANY, KEY -> throw new IllegalStateException("no aggregate is looked into");
        };
    }

    /** The present element is whole, and with it perhaps those around it. */
    private void ended() {
        while (depth > 0) {
            int around = depth - 1;
            indexes[around]++;
            counts[around]--;
            if (counts[around] > 0) {
                phase = Phase.ELEMENT;
                return;
            }
            depth--;
        }
        phase = Phase.DONE;
    }
}
