package io.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.nio.channels.ClosedChannelException;
import java.util.function.Consumer;

/**
 * Brings a channel from the loop that accepted it to the loop it is at home on.
 *
 * <p>A channel moves once, between login and the first request: nothing is queued to be written, no
 * timer runs for it, no handler keeps an executor. Reading is off from before the move until {@code
 * arrived} turns it on again. With io_uring a read that the kernel had already begun may still
 * complete on the old loop; it reaches the pipeline there, before deregistration is reported, and
 * the handler keeps it. Netty reports it from within: only in a task of its own is the former loop
 * surely done with the channel, and may the new one have it.
 */
public final class ChannelMove {
    private ChannelMove() {}

    /**
     * Moves {@code channel} to {@code home}; must be called on the channel's present loop.
     *
     * @param arrived run on {@code home} with reading still off
     * @param failed told on some loop, instead, why the channel did not arrive: also that it closed
     *     on the way; the channel is then closed
     */
    public static void move(
            Channel channel, Loop home, Runnable arrived, Consumer<Throwable> failed) {
        assert channel.eventLoop().inEventLoop() : "moved from " + Thread.currentThread();
        channel.config().setAutoRead(false);
        if (home.isCurrent()) {
            arrived.run();
            return;
        }
        leave(channel, home, arrived, failed);
    }

    private static void leave(
            Channel channel, Loop home, Runnable arrived, Consumer<Throwable> failed) {
        EventLoop former = channel.eventLoop();
        channel.deregister()
                .addListener((ChannelFuture left) -> {
                    if (!left.isSuccess()) {
                        fail(channel, left.cause(), failed);
                        return;
                    }
                    former.execute(() -> register(channel, home, arrived, failed));
                });
    }

    private static void register(
            Channel channel, Loop home, Runnable arrived, Consumer<Throwable> failed) {
        home.executor()
                .register(channel)
                .addListener((ChannelFuture entered) -> {
                    if (!entered.isSuccess()) {
                        fail(channel, entered.cause(), failed);
                    } else if (channel.isActive()) {
                        arrived.run();
                    } else {
                        fail(channel, new ClosedChannelException(), failed);
                    }
                });
    }

    private static void fail(Channel channel, Throwable why, Consumer<Throwable> failed) {
        failed.accept(why);
        channel.unsafe().closeForcibly();
    }
}
