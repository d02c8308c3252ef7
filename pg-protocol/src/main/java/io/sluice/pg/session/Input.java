package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.message.ProtocolViolation;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client has sent and is not passed on yet, and what can be told of it ahead.
 *
 * <p><b>Threads:</b> confined to the session's loop. <b>Buffers:</b> owns the bytes until they are
 * taken.
 */
final class Input {
    /** PostgreSQL's own limit of a message. */
    private static final int MAX_MESSAGE = 0x3fffffff;

    /** Buffers that are this much larger than what they hold are not kept while waiting. */
    private static final int SLACK = 2048;

    private @Nullable ByteBuf bytes;

    /** How far it was searched for a request that is whole. */
    private int searched;

    /** What a search has come upon first. */
    enum Found {
        REQUEST,
        TERMINATE,
        /** What has arrived is only part of a request, or not even that. */
        NEITHER
    }

    /** All of it, still owned by this; null if there is none. */
    @Nullable ByteBuf bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return bytes == null;
    }

    // ---- coming and going

    /** Takes over what was read from {@code client}. */
    void add(ByteBuf read, Channel client) {
        ByteBuf before = bytes;
        bytes = before == null ? read : appended(before, read, client);
    }

    private ByteBuf appended(ByteBuf before, ByteBuf read, Channel client) {
        if (before.refCnt() == 1
                && before.maxWritableBytes() > 0
                && before.writableBytes() >= read.readableBytes()) {
            before.writeBytes(read);
            read.release();
            return before;
        }
        int start = before.readerIndex();
        int room = Math.max(read.readableBytes(), Math.max(before.readableBytes(), 512));
        ByteBuf both = client.alloc().buffer(before.readableBytes() + room);
        both.writeBytes(before).writeBytes(read);
        before.release();
        read.release();
        searched = Math.max(0, searched - start);
        return both;
    }

    /** What waits long must not pin a large read buffer. */
    void keepSmall(Channel client) {
        ByteBuf in = bytes;
        if (in != null && in.capacity() - in.readableBytes() > SLACK) {
            int start = in.readerIndex();
            ByteBuf copy = client.alloc().buffer(in.readableBytes());
            copy.writeBytes(in);
            in.release();
            searched = Math.max(0, searched - start);
            bytes = copy;
        }
    }

    /** Gives away what was read from {@code from} on: the caller owns it. */
    ByteBuf take(int from) {
        ByteBuf in = Objects.requireNonNull(bytes, "no input");
        if (in.isReadable()) {
            return in.retainedSlice(from, in.readerIndex() - from);
        }
        in.readerIndex(from);
        bytes = null;
        searched = 0;
        return in;
    }

    /** Nothing is kept of what was read to its end. */
    void releaseIfRead() {
        ByteBuf in = bytes;
        if (in != null && !in.isReadable()) {
            release();
        }
    }

    /** Forgets everything. */
    void release() {
        ByteBuf in = bytes;
        if (in != null) {
            bytes = null;
            searched = 0;
            in.release();
        }
    }

    // ---- looking ahead

    /** Bytes of the message that begins at {@code at}, with its type. */
    static int lengthAt(ByteBuf in, int at) {
        int length = in.getInt(at + 1);
        if (length < Integer.BYTES || length > MAX_MESSAGE) {
            throw new ProtocolViolation(
                    "length %d of a message %d, allowed 4..%d"
                            .formatted(length, in.getByte(at), MAX_MESSAGE));
        }
        return 1 + length;
    }

    /**
     * Looks for something a server can begin with: see docs/architecture.md, 6.
     *
     * @param limit so many bytes are enough, whatever they are
     */
    Found search(int limit) {
        ByteBuf in = bytes;
        if (in == null) {
            return Found.NEITHER;
        }
        if (in.readableBytes() >= limit) {
            searched = 0;
            return Found.REQUEST;
        }
        int at = Math.max(searched, in.readerIndex());
        while (in.writerIndex() - at >= Frontend.HEADER_BYTES) {
            if (in.getByte(at) == Frontend.TERMINATE) {
                return Found.TERMINATE;
            }
            int total = lengthAt(in, at);
            if (in.writerIndex() - at < total) {
                break;
            }
            switch (in.getByte(at)) {
                case Frontend.QUERY, Frontend.FUNCTION_CALL, Frontend.SYNC, Frontend.FLUSH -> {
                    searched = 0;
                    return Found.REQUEST;
                }
                default -> at += total;
            }
        }
        searched = at;
        return Found.NEITHER;
    }

    /**
     * Whether what has arrived ends in a Terminate, behind messages that are whole.
     *
     * @param bodyLeft bytes at the front that belong to a message begun before
     */
    boolean endsInTerminate(long bodyLeft) {
        ByteBuf in = bytes;
        if (in == null) {
            return false;
        }
        long at = in.readerIndex() + bodyLeft;
        while (in.writerIndex() - at >= Frontend.HEADER_BYTES) {
            if (in.getByte((int) at) == Frontend.TERMINATE) {
                return true;
            }
            at += 1L + Math.max(Integer.BYTES, in.getInt((int) at + 1));
        }
        return false;
    }
}
