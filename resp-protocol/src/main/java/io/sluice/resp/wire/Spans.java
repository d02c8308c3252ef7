package io.sluice.resp.wire;

import java.util.Arrays;

/** Offsets and lengths of arguments, in an array that grows with what has arrived. */
final class Spans {
    private static final int FEW = 16;

    /** What a longer command needed is not kept for the next. */
    private static final int MANY = 1024;

    private int[] pairs = new int[2 * FEW];
    private int count;

    int count() {
        return count;
    }

    int offset(int i) {
        return pairs[2 * i];
    }

    int length(int i) {
        return pairs[2 * i + 1];
    }

    void add(int offset, int length) {
        int at = 2 * count++;
        if (at == pairs.length) {
            pairs = Arrays.copyOf(pairs, 2 * at);
        }
        pairs[at] = offset;
        pairs[at + 1] = length;
    }

    /** Argument {@code i}, of the same length, lies elsewhere now. */
    void move(int i, int offset) {
        pairs[2 * i] = offset;
    }

    void clear() {
        count = 0;
        if (pairs.length > 2 * MANY) {
            pairs = new int[2 * FEW];
        }
    }
}
