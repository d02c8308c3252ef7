package io.sluice.resp.pubsub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Bytes that lie somewhere; borrowed until it is set anew. */
final class Span {
    private ByteBuf in = Unpooled.EMPTY_BUFFER;
    private int start;
    private int length;

    void set(ByteBuf bytes, int from, int bytesLong) {
        in = bytes;
        start = from;
        length = bytesLong;
    }

    ByteBuf in() {
        return in;
    }

    int start() {
        return start;
    }

    int length() {
        return length;
    }

    boolean beginsWith(byte[] head) {
        if (length < head.length) {
            return false;
        }
        for (int i = 0; i < head.length; i++) {
            if (in.getByte(start + i) != head[i]) {
                return false;
            }
        }
        return true;
    }

    boolean is(byte[] bytes) {
        return length == bytes.length && beginsWith(bytes);
    }

    /** Takes {@code bytes} off its front. */
    void skip(int bytes) {
        start += bytes;
        length -= bytes;
    }

    byte at(int i) {
        return in.getByte(start + i);
    }
}
