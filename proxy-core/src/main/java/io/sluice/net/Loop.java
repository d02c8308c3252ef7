package io.sluice.net;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * One thread that carries traffic, and the time as it sees it.
 *
 * <p><b>Threads:</b> everything but {@link #index}, {@link #executor} and {@link #execute} is
 * confined to the loop's own thread.
 */
public final class Loop {
    /** How often what has a deadline is looked at. */
    public static final long SWEEP_MILLIS = 100;

    private static final Logger LOG = LogManager.getLogger(Loop.class);

    private final int index;
    private final EventLoop executor;
    private final Clock clock;
    private final Runnable turnEnded = this::onTurnEnded;
    private final List<Sweep> sweeps = new ArrayList<>();
    private final ArrayDeque<TurnEnd> ending = new ArrayDeque<>();
    private boolean endAwaited;
    private boolean nowKnown;
    private long now;

    /** Something that looks at its deadlines every {@link #SWEEP_MILLIS}. */
    @FunctionalInterface
    public interface Sweep {
        void sweep(long now);
    }

    /** Something to be done once when everything else of a turn is done: sending, above all. */
    @FunctionalInterface
    public interface TurnEnd {
        void turnEnded();
    }

    Loop(int index, EventLoop executor, Clock clock) {
        this.index = index;
        this.executor = executor;
        this.clock = clock;
    }

    void start() {
        executor.scheduleAtFixedRate(
                this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Position among all loops, from 0. */
    public int index() {
        return index;
    }

    public EventLoop executor() {
        return executor;
    }

    /** Runs {@code task} on this loop; from any thread. */
    public void execute(Runnable task) {
        executor.execute(task);
    }

    public boolean isCurrent() {
        return executor.inEventLoop();
    }

    /** The time of this turn of the loop, in nanoseconds: read once, however often asked. */
    public long now() {
        if (!nowKnown) {
            now = clock.nanos();
            nowKnown = true;
            awaitTurnEnd();
        }
        return now;
    }

    /**
     * Has {@code task} called once, at the end of this turn, behind all events and tasks at hand;
     * on this loop. What it adds itself is called at the same end.
     */
    public void atTurnEnd(TurnEnd task) {
        assert isCurrent() : "loop " + index + " used on " + Thread.currentThread();
        ending.add(task);
        awaitTurnEnd();
    }

    private void awaitTurnEnd() {
        if (!endAwaited) {
            endAwaited = true;
            if (executor instanceof SingleThreadEventLoop single) {
                single.executeAfterEventLoopIteration(turnEnded);
            } else {
                executor.execute(turnEnded);
            }
        }
    }

    private void onTurnEnded() {
        for (TurnEnd task = ending.poll(); task != null; task = ending.poll()) {
            try {
                task.turnEnded();
            } catch (RuntimeException | OutOfMemoryError failure) {
                LOG.error("{}: what was to be done at the end of a turn failed", this, failure);
            }
        }
        endAwaited = false;
        nowKnown = false;
    }

    /** Has {@code sweep} called from now on; on this loop. */
    public void addSweep(Sweep sweep) {
        assert isCurrent() : "loop " + index + " used on " + Thread.currentThread();
        sweeps.add(sweep);
    }

    private void sweep() {
        nowKnown = false;
        long at = now();
        for (int i = 0; i < sweeps.size(); i++) {
            try {
                sweeps.get(i).sweep(at);
            } catch (RuntimeException | OutOfMemoryError failure) {
                LOG.error("{}: a sweep failed, the next is in {} ms", this, SWEEP_MILLIS, failure);
            }
        }
    }

    @Override
    public String toString() {
        return "loop-" + index;
    }
}
