package io.sluice.pg.it;

import java.util.ArrayDeque;

/** What a client of the chaos did last, for people who look for the cause of a failure. */
final class ChaosStory {
    private static final int LENGTH = 40;

    private final ArrayDeque<String> lines = new ArrayDeque<>();

    void note(String what) {
        if (lines.size() == LENGTH) {
            lines.removeFirst();
        }
        lines.addLast(what);
    }

    @Override
    public String toString() {
        return String.join("\n  ", lines);
    }
}
