package io.sluice.pg.session;

import io.sluice.pg.message.ProtocolViolation;
import org.jspecify.annotations.Nullable;

/**
 * The answers that a server still owes, in order. Confined to its connection's loop.
 *
 * <p>After an error in the extended protocol the server skips everything up to the next Sync: so
 * does this; who is skipped is told to {@link Skipped}.
 */
final class Expected {
    private static final int FIRST_CAPACITY = 8;

    private Expectation[] kinds = new Expectation[FIRST_CAPACITY];
    private @Nullable Detail[] details = new Detail[FIRST_CAPACITY];
    private int head;
    private int size;
    private boolean skipping;

    /** Told of what the server will not answer. */
    @FunctionalInterface
    interface Skipped {
        void skipped(Expectation kind, @Nullable Detail detail);
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Whether the server ignores what it is sent until it sees a Sync. */
    boolean isSkipping() {
        return skipping;
    }

    /** Notes something that is being sent. */
    void add(Expectation kind, @Nullable Detail detail, Skipped skipped) {
        if (skipping) {
            if (kind != Expectation.SYNC && kind != Expectation.OWN_SYNC) {
                skipped.skipped(kind, detail);
                return;
            }
            skipping = false;
        }
        if (size == kinds.length) {
            grow();
        }
        int at = (head + size) & (kinds.length - 1);
        kinds[at] = kind;
        details[at] = detail;
        size++;
    }

    /** What must be answered next; null if nothing. */
    @Nullable Expectation head() {
        return size == 0 ? null : kinds[head];
    }

    @Nullable Detail headDetail() {
        return details[head];
    }

    void setHeadDetail(@Nullable Detail detail) {
        details[head] = detail;
    }

    /** Replaces what is remembered of the youngest. */
    void setLastDetail(@Nullable Detail detail) {
        details[(head + size - 1) & (kinds.length - 1)] = detail;
    }

    void removeHead() {
        if (size == 0) {
            throw new ProtocolViolation("an answer that nobody asked for");
        }
        do {
            details[head] = null;
            head = (head + 1) & (kinds.length - 1);
            size--;
        } while (size > 0 && kinds[head] == Expectation.COPY_END);
    }

    /** The head failed in the extended protocol: it and all up to the next Sync are over. */
    void skipToSync(Skipped skipped) {
        int count = 0;
        while (count < size && !isSync(kinds[(head + count) & (kinds.length - 1)])) {
            count++;
        }
        skip(count, skipped);
        skipping = size == 0;
    }

    /** The server is lost: it answers nothing any more. */
    void abandon(Skipped skipped) {
        skip(size, skipped);
    }

    /** The youngest is told first, so that what was noted of them is undone in reverse. */
    private void skip(int count, Skipped skipped) {
        for (int i = count - 1; i >= 0; i--) {
            int at = (head + i) & (kinds.length - 1);
            Detail detail = details[at];
            details[at] = null;
            skipped.skipped(kinds[at], detail);
        }
        head = (head + count) & (kinds.length - 1);
        size -= count;
    }

    private static boolean isSync(Expectation kind) {
        return kind == Expectation.SYNC || kind == Expectation.OWN_SYNC;
    }

    /**
     * The head turned out to be a COPY from the client: Syncs sent right behind it are ignored by
     * the server, as its documentation says of drivers that send them unseen.
     *
     * @return how many were ignored
     */
    int dropSyncsBehindHead() {
        int dropped = 0;
        while (size > 1 && kinds[(head + 1) & (kinds.length - 1)] == Expectation.SYNC) {
            // Moves the head over the ignored one.
            int next = (head + 1) & (kinds.length - 1);
            kinds[next] = kinds[head];
            details[next] = details[head];
            details[head] = null;
            head = next;
            size--;
            dropped++;
        }
        return dropped;
    }

    /** The client sent CopyDone or CopyFail before the server asked for a COPY. */
    void addCopyEnd() {
        if (size > 0 && !skipping) {
            add(Expectation.COPY_END, null, (_, _) -> {});
        }
    }

    /** Whether the COPY that the head turned out to be was ended already; forgets that. */
    boolean takeCopyEnd() {
        int next = (head + 1) & (kinds.length - 1);
        if (size < 2 || kinds[next] != Expectation.COPY_END) {
            return false;
        }
        kinds[next] = kinds[head];
        details[next] = details[head];
        details[head] = null;
        head = next;
        size--;
        return true;
    }

    private void grow() {
        int capacity = kinds.length * 2;
        Expectation[] newKinds = new Expectation[capacity];
        @Nullable Detail[] newDetails = new Detail[capacity];
        for (int i = 0; i < size; i++) {
            newKinds[i] = kinds[(head + i) & (kinds.length - 1)];
            newDetails[i] = details[(head + i) & (kinds.length - 1)];
        }
        kinds = newKinds;
        details = newDetails;
        head = 0;
    }
}
