package io.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * The short way out of a channel: past its pipeline, of which only a TLS handler looks at what is
 * written. The order with what is written by {@link Channel#write} is kept.
 *
 * <p><b>Threads:</b> the channel's loop. <b>Buffers:</b> what is written is released by the
 * channel; a failure reaches the pipeline as an exception.
 */
public final class Outlet {
    private Outlet() {}

    /**
     * Writes without flushing.
     *
     * @param encrypted whether the pipeline has a TLS handler, which must see it
     */
    public static void write(Channel channel, ByteBuf bytes, boolean encrypted) {
        if (encrypted) {
            channel.write(bytes, channel.voidPromise());
        } else {
            channel.unsafe().write(bytes, channel.voidPromise());
        }
    }

    /**
     * Sends what was written.
     *
     * @param encrypted as for {@link #write}
     */
    public static void flush(Channel channel, boolean encrypted) {
        if (encrypted) {
            channel.flush();
        } else {
            channel.unsafe().flush();
        }
    }
}
