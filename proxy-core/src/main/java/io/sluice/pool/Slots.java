package io.sluice.pool;

import org.jspecify.annotations.Nullable;

/**
 * The open slots of one server connection: who is to be given its next answers, in the order in
 * which they were asked for. Grows to what is really open at once. Confined to one loop.
 *
 * @param <O> who is answered
 */
public final class Slots<O> {
    private static final int FIRST_CAPACITY = 16;

    private @Nullable Object[] owners = new @Nullable Object[FIRST_CAPACITY];
    private int head;
    private int size;

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public void add(O owner) {
        if (size == owners.length) {
            grow();
        }
        owners[(head + size) & (owners.length - 1)] = owner;
        size++;
    }

    /** Whose slot is {@code i} behind the oldest. */
    @SuppressWarnings("unchecked") // only owners are put in
    public O get(int i) {
        Object owner = owners[(head + i) & (owners.length - 1)];
        if (i < 0 || i >= size || owner == null) {
            throw new IllegalStateException("no slot " + i + " of " + size);
        }
        return (O) owner;
    }

    /** Whose slot is answered next. */
    public O first() {
        return get(0);
    }

    /** The oldest slot is answered. */
    public void removeFirst() {
        if (size == 0) {
            throw new IllegalStateException("no open slot");
        }
        owners[head] = null;
        head = (head + 1) & (owners.length - 1);
        size--;
    }

    private void grow() {
        @Nullable Object[] grown = new @Nullable Object[owners.length * 2];
        for (int i = 0; i < size; i++) {
            grown[i] = owners[(head + i) & (owners.length - 1)];
        }
        owners = grown;
        head = 0;
    }
}
