package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.metrics.Counter;
import io.sluice.net.TurnWriter;
import io.sluice.resp.tenancy.ReplyRewriter;
import io.sluice.resp.wire.RespBytes;
import org.jspecify.annotations.Nullable;

/**
 * What a client is sent. Small replies are copied, so that what waits for a slow client is no more
 * than it looks; long ones go as slices of what was read as long as the client takes them.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Answers {
    private static final int FIRST_BYTES = 256;

    /** From here on a part is passed as a slice, if it is half of the buffer that it keeps. */
    private static final int SLICE_BYTES = 16 * 1024;

    /** From here on a message is kept once for all who get it. */
    private static final int SHARED_BYTES = 1024;

    /** Unsent bytes beyond which the client's own requests are not read. */
    static final int FULL_BYTES = 64 * 1024;

    private final RespSession session;
    private final TurnWriter writer;

    /** Part of a reply has been written, and the rest is to come: nothing may come between. */
    private boolean inside;

    /** Whole pushes that came meanwhile. */
    private @Nullable ByteBuf behind;

    Answers(RespSession session, Channel channel, boolean encrypted) {
        this.session = session;
        this.writer = new TurnWriter(session.loop(), channel, encrypted, FIRST_BYTES);
    }

    /** Bytes that the client has not taken yet. */
    long pending() {
        ByteBuf kept = behind;
        return writer.pending() + (kept == null ? 0 : kept.readableBytes());
    }

    /** Whether the client has so much unread that its own requests have to wait. */
    boolean isFull() {
        return writer.pending() > FULL_BYTES;
    }

    boolean isInside() {
        return inside;
    }

    /**
     * Passes a part of a reply, or all of it.
     *
     * @param in borrowed
     */
    void pass(ByteBuf in, int from, int length, boolean last) {
        sent(length);
        if (length >= SLICE_BYTES
                && 2 * length >= in.capacity()
                && session.channel().isWritable()) {
            writer.write(in.retainedSlice(from, length));
        } else {
            writer.room(length).writeBytes(in, from, length);
        }
        passed(last);
    }

    /**
     * As {@link #pass(ByteBuf, int, int, boolean)}, of what {@code rewriter} makes of it.
     *
     * @return false if it cannot be passed on; nothing of this part is written then
     */
    boolean pass(ReplyRewriter rewriter, ByteBuf in, int from, int length, boolean last) {
        ByteBuf out = writer.room(rewriter.most(length));
        int before = out.writerIndex();
        if (!rewriter.rewrite(in, from, from + length, last, out)) {
            out.writerIndex(before);
            return false;
        }
        sent(out.writerIndex() - before);
        passed(last);
        return true;
    }

    /** Counts bytes that came from a server. */
    private void sent(int length) {
        session.pool().stats().add(Counter.SENT, length);
    }

    private void passed(boolean last) {
        inside = !last;
        ByteBuf kept = behind;
        if (last && kept != null) {
            behind = null;
            write(kept);
        }
    }

    /** A buffer for at most {@code most} bytes of a whole answer, to be written to at once. */
    ByteBuf room(int most) {
        if (inside) {
            throw new IllegalStateException("inside a reply");
        }
        return writer.room(most);
    }

    /** Writes an error line: {@code text} begins with its code. */
    void error(String text) {
        RespBytes.error(room(text.length() + 16), text);
    }

    /** Writes whole answers, which become the channel's. */
    void write(ByteBuf answers) {
        writer.write(answers);
    }

    /** A push that answers nothing: behind the reply that is being passed, if one is. */
    void push(ByteBuf in, int from, int length) {
        if (inside) {
            ByteBuf kept = behind;
            if (kept == null) {
                kept = session.channel().alloc().buffer(length);
                behind = kept;
            }
            kept.writeBytes(in, from, length);
            sent(length);
        } else {
            pass(in, from, length, true);
        }
    }

    /** Sends what there is now; returns whether the client has room for more. */
    boolean makeRoom() {
        if (isFull()) {
            writer.sendNow();
        }
        return !isFull();
    }

    /**
     * Writes a push that others get, too: behind the reply that is being passed, if one is.
     *
     * @param push borrowed, and holds nothing else; long ones are not copied
     */
    void share(ByteBuf push) {
        int length = push.readableBytes();
        if (inside || length < SHARED_BYTES) {
            push(push, push.readerIndex(), length);
        } else {
            sent(length);
            write(push.retainedDuplicate());
        }
    }

    /** Sends now what was written. */
    void flush() {
        if (writer.pending() > 0) {
            writer.sendNow();
        }
    }

    /** Has what is copied handed to the channel now. */
    void handOver() {
        writer.pass();
    }

    /** The channel is closed. */
    void drop() {
        writer.drop();
        ByteBuf kept = behind;
        if (kept != null) {
            behind = null;
            kept.release();
        }
    }
}
