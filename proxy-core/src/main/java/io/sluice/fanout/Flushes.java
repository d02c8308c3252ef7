package io.sluice.fanout;

import io.sluice.net.Loop;
import java.util.ArrayDeque;

/**
 * Subscribers to whom something was written in this turn. They are flushed when it ends; where they
 * are many, some at a time, with what else the loop has to do in between: a flush is a call of the
 * system.
 *
 * <p><b>Threads:</b> confined to the loop.
 */
final class Flushes {
    /** Flushed in one go. */
    static final int SLICE = 256;

    private final Loop loop;
    private final ArrayDeque<Subscriptions> written = new ArrayDeque<>();
    private final Loop.TurnEnd slice = this::flushSlice;

    /** A task at the end of a turn that put itself there again would not let the turn end. */
    private final Runnable nextTurn = this::atEndOfTurn;

    private boolean scheduled;

    Flushes(Loop loop) {
        this.loop = loop;
    }

    /** Call once for each that was written to, until it was flushed. */
    void add(Subscriptions subscriptions) {
        written.add(subscriptions);
        if (!scheduled) {
            scheduled = true;
            atEndOfTurn();
        }
    }

    private void atEndOfTurn() {
        loop.atTurnEnd(slice);
    }

    private void flushSlice() {
        for (int i = 0; i < SLICE; i++) {
            Subscriptions next = written.poll();
            if (next == null) {
                break;
            }
            next.flush();
        }
        scheduled = !written.isEmpty();
        if (scheduled) {
            loop.execute(nextTurn);
        }
    }
}
