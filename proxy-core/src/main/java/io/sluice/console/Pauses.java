package io.sluice.console;

import io.sluice.pool.Switches;
import io.sluice.pool.Switches.Database;
import java.util.HashMap;
import java.util.Map;

/**
 * What is paused, and which operators still wait until it is empty.
 *
 * <p>A PAUSE that all of them gave up before it was through is taken back, as nobody knows of it.
 * One that was through for any of them stays until RESUME, and so does a KILL.
 *
 * <p><b>Threads:</b> any.
 */
final class Pauses {
    private final Switches switches;
    private final Map<Target, Waiting> unfinished = new HashMap<>();

    Pauses(Switches switches) {
        this.switches = switches;
    }

    /** Operators that wait for the same PAUSE. */
    static final class Waiting {
        private int operators;
    }

    /** Whether just this is paused: a database is not itself while everything is. */
    synchronized boolean isPaused(Target target) {
        Database database = target.database();
        return database == null ? switches.isAllPaused() : switches.isPausedItself(database);
    }

    /**
     * Pauses it, unless it is paused already; one more operator waits. Pair with {@link #isThrough}
     * or {@link #giveUp}.
     */
    synchronized Waiting pause(Target target) {
        Waiting waiting = unfinished.get(target);
        if (waiting == null) {
            waiting = new Waiting();
            if (!isPaused(target)) {
                unfinished.put(target, waiting);
                set(target, true);
            }
        }
        waiting.operators++;
        return waiting;
    }

    /** An operator was answered: nobody takes this PAUSE back any more by leaving. */
    synchronized void isThrough(Target target, Waiting waiting) {
        unfinished.remove(target, waiting);
    }

    /** An operator waits no longer; returns true if it was the last, and the PAUSE is over. */
    synchronized boolean giveUp(Target target, Waiting waiting) {
        waiting.operators--;
        boolean over = waiting.operators == 0 && unfinished.remove(target, waiting);
        if (over) {
            set(target, false);
        }
        return over;
    }

    /** Pauses it until RESUME, whoever waits. */
    synchronized void hold(Target target) {
        unfinished.remove(target);
        set(target, true);
    }

    /** Returns false if it was not paused. */
    synchronized boolean resume(Target target) {
        unfinished.remove(target);
        boolean paused = isPaused(target);
        set(target, false);
        return paused;
    }

    private void set(Target target, boolean on) {
        Database database = target.database();
        if (database == null) {
            switches.setAllPaused(on);
        } else {
            switches.setPaused(database, on);
        }
    }
}
