package io.sluice.session;

import io.netty.channel.Channel;

/**
 * Stops the reading of one side while the other cannot take more. Channels turn unwritable at their
 * high-water mark and writable again at the low one.
 */
public final class BackPressure {
    private BackPressure() {}

    /** Reads from {@code source} only while {@code sink} can take what it brings. */
    public static void follow(Channel source, Channel sink) {
        boolean flows = sink.isWritable();
        if (source.config().isAutoRead() != flows) {
            source.config().setAutoRead(flows);
        }
    }

    /** Reads from {@code channel}, whatever was before. */
    public static void resume(Channel channel) {
        if (!channel.config().isAutoRead()) {
            channel.config().setAutoRead(true);
        }
    }

    /** Reads from {@code channel} no more until resumed. */
    public static void stop(Channel channel) {
        if (channel.config().isAutoRead()) {
            channel.config().setAutoRead(false);
        }
    }
}
