package io.sluice.pool;

import org.jspecify.annotations.Nullable;

/** Sessions that wait for a lease, first come first served. Confined to one loop. */
final class WaitQueue {
    private @Nullable Waiter first;
    private @Nullable Waiter last;
    private int size;

    int size() {
        return size;
    }

    @Nullable Waiter first() {
        return first;
    }

    /** Nanoseconds that the first has been waiting; 0 if there is none. */
    long longestWait(long now) {
        Waiter waiter = first;
        return waiter == null ? 0 : now - waiter.waitingSince;
    }

    void add(Waiter waiter, long now) {
        if (waiter.queue != null) {
            throw new IllegalStateException("waits already");
        }
        waiter.queue = this;
        waiter.waitingSince = now;
        waiter.previous = last;
        if (last == null) {
            first = waiter;
        } else {
            last.next = waiter;
        }
        last = waiter;
        size++;
    }

    void remove(Waiter waiter) {
        if (waiter.queue != this) {
            throw new IllegalStateException("does not wait here");
        }
        Waiter before = waiter.previous;
        Waiter after = waiter.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        waiter.next = null;
        waiter.previous = null;
        waiter.queue = null;
        size--;
    }

    @Nullable Waiter poll() {
        Waiter waiter = first;
        if (waiter != null) {
            remove(waiter);
        }
        return waiter;
    }
}
