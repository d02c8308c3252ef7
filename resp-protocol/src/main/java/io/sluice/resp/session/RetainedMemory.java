package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.MessageSizeEstimator;

/**
 * Measures what a channel has to send by the memory that it keeps: a slice keeps all of the buffer
 * that it is part of. So a client that does not read is charged what it costs. Any thread.
 */
public final class RetainedMemory implements MessageSizeEstimator, MessageSizeEstimator.Handle {
    public static final RetainedMemory ESTIMATOR = new RetainedMemory();

    private RetainedMemory() {}

    @Override
    public Handle newHandle() {
        return this;
    }

    @Override
    public int size(Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            return 0;
        }
        ByteBuf whole = bytes;
        for (ByteBuf outer = bytes.unwrap(); outer != null; outer = outer.unwrap()) {
            whole = outer;
        }
        return Math.max(whole.capacity(), bytes.readableBytes());
    }
}
