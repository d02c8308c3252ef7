package io.sluice.session;

import io.sluice.guard.Operation;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The unanswered operations of one session, in order of arrival. Its places are kept and used
 * again; it grows to what the session really pipelines. Confined to one loop.
 *
 * @param <O> the protocol's own kind of operation
 */
public final class OperationRing<O extends Operation> {
    private static final int FIRST_CAPACITY = 2;

    private final Supplier<O> maker;
    private @Nullable Operation @Nullable [] places;
    private int head;
    private int size;

    public OperationRing(Supplier<O> maker) {
        this.maker = maker;
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** A place behind the last; the caller begins the operation in it. */
    @SuppressWarnings("unchecked") // only what the maker made is ever put in
    public O add() {
        @Nullable Operation[] ring = places;
        if (ring == null) {
            ring = new Operation[FIRST_CAPACITY];
            places = ring;
        } else if (size == ring.length) {
            ring = grown(ring);
            places = ring;
        }
        int at = (head + size) & (ring.length - 1);
        size++;
        Operation operation = ring[at];
        if (operation == null) {
            operation = maker.get();
            ring[at] = operation;
        }
        return (O) operation;
    }

    /** The oldest unanswered operation. */
    public O first() {
        return get(0);
    }

    /** The youngest one. */
    public O last() {
        return get(size - 1);
    }

    /** The one behind {@code i} older ones. */
    @SuppressWarnings("unchecked")
    public O get(int i) {
        @Nullable Operation[] ring = places;
        if (ring == null || i < 0 || i >= size) {
            throw new IllegalStateException("no operation " + i + " of " + size);
        }
        Operation operation = ring[(head + i) & (ring.length - 1)];
        if (operation == null) {
            throw new IllegalStateException("empty place " + i);
        }
        return (O) operation;
    }

    /** Forgets the oldest: it is answered. Its place is used again. */
    public void removeFirst() {
        @Nullable Operation[] ring = places;
        if (ring == null || size == 0) {
            throw new IllegalStateException("no operation to answer");
        }
        head = (head + 1) & (ring.length - 1);
        size--;
    }

    /** Forgets the youngest: it is not to be. Its place is used again. */
    public void removeLast() {
        if (size == 0) {
            throw new IllegalStateException("no operation to take back");
        }
        size--;
    }

    /** Gives up the places, so that an idle session holds no memory for them. */
    public void trim() {
        if (size == 0) {
            places = null;
            head = 0;
        }
    }

    private @Nullable Operation[] grown(@Nullable Operation[] old) {
        @Nullable Operation[] ring = new Operation[old.length * 2];
        for (int i = 0; i < size; i++) {
            ring[i] = old[(head + i) & (old.length - 1)];
        }
        head = 0;
        return ring;
    }
}
