package io.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What is written to one channel within a turn of its loop: small things are copied into one
 * buffer, and all of it is sent at the end of the turn, by one call of the kernel where that takes
 * it.
 *
 * <p><b>Threads:</b> confined to the channel's loop. <b>Buffers:</b> what it holds is released by
 * the channel, or by {@link #drop}.
 */
public final class TurnWriter implements Loop.TurnEnd {
    private final Loop loop;
    private final Channel channel;
    private final boolean encrypted;
    private final int firstCapacity;
    private @Nullable ByteBuf tail;
    private boolean endAwaited;

    /**
     * @param encrypted whether the pipeline has a TLS handler
     * @param firstCapacity of the buffer that small things are copied into, in bytes
     */
    public TurnWriter(Loop loop, Channel channel, boolean encrypted, int firstCapacity) {
        this.loop = loop;
        this.channel = channel;
        this.encrypted = encrypted;
        this.firstCapacity = firstCapacity;
    }

    /**
     * A buffer with room for {@code bytes} more, to be written to at once and not kept: it stays
     * this writer's.
     */
    public ByteBuf room(int bytes) {
        ByteBuf present = tail;
        if (present == null || present.writableBytes() < bytes) {
            present = renew(present, bytes);
        }
        return present;
    }

    private ByteBuf renew(@Nullable ByteBuf full, int bytes) {
        int capacity = firstCapacity;
        if (full != null) {
            capacity = 2 * full.capacity();
            Outlet.write(channel, full, encrypted);
            tail = null;
        }
        ByteBuf fresh =
                channel.alloc().directBuffer(Math.max(bytes, Math.min(capacity, 64 * 1024)));
        tail = fresh;
        awaitEnd();
        return fresh;
    }

    /** Writes behind everything before it; {@code bytes} becomes the channel's. */
    public void write(ByteBuf bytes) {
        pass();
        Outlet.write(channel, bytes, encrypted);
        awaitEnd();
    }

    private void awaitEnd() {
        if (!endAwaited) {
            endAwaited = true;
            loop.atTurnEnd(this);
        }
    }

    /**
     * Hands what is copied to the channel, so that what is written to that next comes behind it.
     */
    public void pass() {
        ByteBuf present = tail;
        if (present != null) {
            tail = null;
            if (present.isReadable()) {
                Outlet.write(channel, present, encrypted);
            } else {
                present.release();
            }
        }
    }

    @Override
    public void turnEnded() {
        endAwaited = false;
        sendNow();
    }

    /** Sends what there is without waiting for the end of the turn. */
    public void sendNow() {
        pass();
        Outlet.flush(channel, encrypted);
    }

    /** Releases what is not the channel's yet: that is closed. */
    public void drop() {
        ByteBuf present = tail;
        if (present != null) {
            tail = null;
            present.release();
        }
    }

    /** Bytes that the kernel has not taken yet. */
    public long pending() {
        ChannelOutboundBuffer queued = channel.unsafe().outboundBuffer();
        ByteBuf present = tail;
        return (queued == null ? 0 : queued.totalPendingWriteBytes())
                + (present == null ? 0 : present.readableBytes());
    }
}
