package io.sluice.fanout;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Something that can be subscribed to: a kind, and a name of any bytes. Immutable; any thread.
 *
 * <p>Hashes differ from process to process: clients choose the names, and must not be able to
 * choose ones that collide.
 */
public final class Topic {
    private static final long FIRST_SECRET = ThreadLocalRandom.current().nextLong() | 1;
    private static final long SECOND_SECRET = ThreadLocalRandom.current().nextLong() | 1;

    /** Most bytes of a name that people are shown. */
    private static final int SHOWN = 64;

    private final TopicKind kind;
    private final byte[] name;
    private final int hash;

    /** Copies the name. */
    Topic(TopicKind kind, ByteBuf in, int index, int length) {
        this.kind = kind;
        this.name = ByteBufUtil.getBytes(in, index, length, true);
        this.hash = hash(kind, in, index, length);
    }

    public TopicKind kind() {
        return kind;
    }

    /** Bytes of the name. */
    public int length() {
        return name.length;
    }

    /** Appends the name. */
    public void writeTo(ByteBuf out) {
        out.writeBytes(name);
    }

    /** A copy of the name. */
    public byte[] name() {
        return name.clone();
    }

    boolean is(TopicKind otherKind, ByteBuf in, int index, int length) {
        if (kind.index() != otherKind.index() || name.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (in.getByte(index + i) != name[i]) {
                return false;
            }
        }
        return true;
    }

    static int hash(TopicKind kind, ByteBuf in, int index, int length) {
        long hash = mixed(FIRST_SECRET ^ length, SECOND_SECRET + kind.index());
        int at = index;
        int end = index + length;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            hash = mixed(hash ^ in.getLongLE(at), SECOND_SECRET);
        }
        long rest = 0;
        for (; at < end; at++) {
            rest = (rest << Byte.SIZE) | in.getUnsignedByte(at);
        }
        hash = mixed(hash ^ rest, FIRST_SECRET);
        return (int) (hash ^ hash >>> Integer.SIZE);
    }

    /** Both halves of the product of 128 bits, folded. */
    private static long mixed(long a, long b) {
        return a * b ^ Math.multiplyHigh(a, b);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        return other instanceof Topic topic
                && hash == topic.hash
                && kind.index() == topic.kind.index()
                && Arrays.equals(name, topic.name);
    }

    /** For people: the kind, and the beginning of the name without anything unprintable. */
    @Override
    public String toString() {
        String shown = new String(name, 0, Math.min(name.length, SHOWN), StandardCharsets.US_ASCII);
        return kind.word()
                + " "
                + shown.replaceAll("[^\\x20-\\x7E]", "?")
                + (name.length > SHOWN ? "…" : "");
    }
}
