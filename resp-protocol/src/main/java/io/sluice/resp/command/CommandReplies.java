package io.sluice.resp.command;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.resp.wire.BrokenProtocol;
import io.sluice.resp.wire.ReplyScanner;
import io.sluice.resp.wire.RespBytes;
import io.sluice.resp.wire.RespVersion;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * What a server says of its commands, without those that a client may not use: replies to COMMAND,
 * COMMAND INFO, COMMAND DOCS and COMMAND LIST, in RESP2 or RESP3. What stays, stays byte by byte.
 *
 * <p><b>Buffers:</b> the reply is borrowed, its indexes stay; what is returned is the caller's.
 */
public final class CommandReplies {
    private static final int SUBCOMMANDS = 9;
    private static final int DEEPEST = 4;

    private final ByteBufAllocator allocator;
    private final RespVersion version;
    private final Predicate<String> allowed;
    private final ByteBuf in;
    private final ReplyScanner scanner = new ReplyScanner();
    private int kept;

    /**
     * @param reply whole, from its reader index on
     * @param allowed asked by names as {@link CommandSpec#name} has them
     */
    public CommandReplies(
            ByteBufAllocator allocator,
            RespVersion version,
            ByteBuf reply,
            Predicate<String> allowed) {
        this.allocator = allocator;
        this.version = version;
        this.in = reply;
        this.allowed = allowed;
    }

    /**
     * Of a reply to COMMAND: an array of commands.
     *
     * @param inPlace COMMAND INFO: what is left out leaves a null
     * @throws MalformedCommands if it is something else
     */
    public ByteBuf infos(boolean inPlace) {
        return filtered(out -> infos(in.readerIndex(), out, inPlace, 0));
    }

    /**
     * How many commands are left of a reply to COMMAND.
     *
     * @throws MalformedCommands if it is something else
     */
    public int count() {
        infos(false).release();
        return kept;
    }

    /**
     * Of a reply to COMMAND DOCS: a map by name.
     *
     * @throws MalformedCommands if it is something else
     */
    public ByteBuf docs() {
        return filtered(out -> docs(in.readerIndex(), out, 0));
    }

    /**
     * Of a reply to COMMAND LIST: names.
     *
     * @throws MalformedCommands if it is something else
     */
    public ByteBuf names() {
        return filtered(this::names);
    }

    private interface Part {
        void write(ByteBuf out);
    }

    private ByteBuf filtered(Part part) {
        ByteBuf out = allocator.buffer(in.readableBytes() + 16);
        try {
            part.write(out);
            return out.retain();
        } catch (BrokenProtocol e) {
            throw new MalformedCommands("breaks the protocol: " + e.getMessage());
        } finally {
            out.release();
        }
    }

    // ---- shapes

    private void infos(int from, ByteBuf out, boolean inPlace, int depth) {
        int left = 0;
        int count = count(from, "*~", depth);
        ByteBuf elements = allocator.buffer();
        try {
            int at = behindLine(from);
            for (int i = 0; i < count; i++) {
                int end = end(at);
                if (isNull(at)) {
                    elements.writeBytes(in, at, end - at);
                    left++;
                } else if (allowed.test(name(behindLine(at)))) {
                    info(at, end, elements, depth);
                    left++;
                } else if (inPlace) {
                    RespBytes.nullBulk(elements, version);
                    left++;
                }
                at = end;
            }
            header(out, in.getByte(from), left);
            out.writeBytes(elements);
        } finally {
            elements.release();
        }
        kept = left;
    }

    private void info(int from, int end, ByteBuf out, int depth) {
        if (count(from, "*", depth) <= SUBCOMMANDS) {
            out.writeBytes(in, from, end - from);
            return;
        }
        int at = behindLine(from);
        for (int i = 0; i < SUBCOMMANDS; i++) {
            at = end(at);
        }
        int behind = end(at);
        out.writeBytes(in, from, at - from);
        infos(at, out, false, depth + 1);
        out.writeBytes(in, behind, end - behind);
    }

    private void docs(int from, ByteBuf out, int depth) {
        int left = 0;
        int pairs = pairs(from, depth);
        ByteBuf elements = allocator.buffer();
        try {
            int at = behindLine(from);
            for (int i = 0; i < pairs; i++) {
                int value = end(at);
                int end = end(value);
                if (allowed.test(name(at))) {
                    elements.writeBytes(in, at, value - at);
                    doc(value, elements, depth);
                    left++;
                }
                at = end;
            }
            byte type = in.getByte(from);
            header(out, type, type == '%' ? left : 2 * left);
            out.writeBytes(elements);
        } finally {
            elements.release();
        }
    }

    private void doc(int from, ByteBuf out, int depth) {
        int fields = pairs(from, depth);
        int at = behindLine(from);
        out.writeBytes(in, from, at - from);
        for (int i = 0; i < fields; i++) {
            int value = end(at);
            int end = end(value);
            if (name(at).equals("subcommands")) {
                out.writeBytes(in, at, value - at);
                docs(value, out, depth + 1);
            } else {
                out.writeBytes(in, at, end - at);
            }
            at = end;
        }
    }

    private void names(ByteBuf out) {
        int from = in.readerIndex();
        int left = 0;
        int count = count(from, "*~", 0);
        ByteBuf elements = allocator.buffer();
        try {
            int at = behindLine(from);
            for (int i = 0; i < count; i++) {
                int end = end(at);
                if (allowed.test(name(at))) {
                    elements.writeBytes(in, at, end - at);
                    left++;
                }
                at = end;
            }
            header(out, in.getByte(from), left);
            out.writeBytes(elements);
        } finally {
            elements.release();
        }
    }

    // ---- pieces

    private static void header(ByteBuf out, byte type, int count) {
        out.writeByte(type);
        out.writeCharSequence(Integer.toString(count), StandardCharsets.US_ASCII);
        RespBytes.end(out);
    }

    private int end(int from) {
        int end = from < in.writerIndex() ? scanner.scan(in, from, in.writerIndex()) : -1;
        if (end < 0) {
            throw new MalformedCommands("is not whole");
        }
        return end;
    }

    private int behindLine(int from) {
        int end = from < in.writerIndex() ? in.indexOf(from, in.writerIndex(), (byte) '\n') : -1;
        if (end < 0) {
            throw new MalformedCommands("has a line that does not end");
        }
        return end + 1;
    }

    private boolean isNull(int at) {
        return in.getByte(at) == '_' || in.getByte(at + 1) == '-';
    }

    private int pairs(int from, int depth) {
        int count = count(from, "*%", depth);
        return in.getByte(from) == '%' ? count : count / 2;
    }

    /** How many elements there are from {@code from} on, all of which are there. */
    private int count(int from, String types, int depth) {
        if (depth > DEEPEST) {
            throw new MalformedCommands("is nested deeper than " + DEEPEST);
        }
        end(from);
        if (types.indexOf(in.getByte(from)) < 0) {
            throw new MalformedCommands("has a value of type " + (in.getByte(from) & 0xff));
        }
        return Integer.parseInt(line(from + 1));
    }

    /** A string as the name of a command. */
    private String name(int at) {
        end(at);
        int text = in.getByte(at) == '$' ? behindLine(at) : at + 1;
        return line(text).replace('|', ' ').toLowerCase(Locale.ROOT);
    }

    private String line(int at) {
        int end = behindLine(at) - 2;
        return in.toString(at, Math.max(0, end - at), StandardCharsets.ISO_8859_1);
    }
}
