package io.sluice.net;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** All threads that carry traffic. Immutable; any thread. */
public final class Loops implements Iterable<Loop>, AutoCloseable {
    private final Transport transport;
    private final Clock clock;
    private final EventLoopGroup group;
    private final List<Loop> loops;

    public Loops(Transport transport, int count, Clock clock) {
        this.transport = transport;
        this.clock = clock;
        this.group =
                new MultiThreadIoEventLoopGroup(
                        count,
                        new DefaultThreadFactory("sluice-loop", false, Thread.MAX_PRIORITY),
                        transport.ioHandlerFactory());
        List<Loop> all = new ArrayList<>(count);
        for (EventExecutor executor : group) {
            all.add(new Loop(all.size(), (EventLoop) executor, clock));
        }
        this.loops = List.copyOf(all);
        loops.forEach(Loop::start);
    }

    public Transport transport() {
        return transport;
    }

    /** What all of them read the time from. */
    public Clock clock() {
        return clock;
    }

    /** The loops as Netty knows them, for a listener that spreads its clients over all. */
    EventLoopGroup group() {
        return group;
    }

    public int size() {
        return loops.size();
    }

    public Loop get(int index) {
        return loops.get(index);
    }

    /** The loop whose thread is running this. */
    public Loop current() {
        for (Loop loop : loops) {
            if (loop.isCurrent()) {
                return loop;
            }
        }
        throw new IllegalStateException(Thread.currentThread() + " is not an event loop");
    }

    /** Runs {@code task} on every loop. */
    public void onEach(Consumer<Loop> task) {
        for (Loop loop : loops) {
            loop.execute(() -> task.accept(loop));
        }
    }

    @Override
    public Iterator<Loop> iterator() {
        return loops.iterator();
    }

    /** Ends the threads; waits for tasks that are running, at most five seconds. */
    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
    }
}
