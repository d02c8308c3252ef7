package io.sluice.pg.statement;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that texts of prepared statements take of the heap: each tenant's, and those of all
 * tenants together. Whoever takes too much is refused further ones; what is there stays.
 *
 * <p><b>Threads:</b> any. It is asked when a text comes or goes, not when it is used.
 */
public final class TextBudget {
    /** What a statement costs beside its text: itself, its names, its entries in tables. */
    static final int AROUND = 256;

    private final long most;
    private final AtomicLong used = new AtomicLong();
    private final ConcurrentHashMap<String, Share> shares = new ConcurrentHashMap<>();

    /**
     * @param most bytes that there may be of all tenants
     */
    public TextBudget(long most) {
        this.most = most;
    }

    /** A third of the heap: what is left must do for all else, and for the collector. */
    public static TextBudget ofHeap() {
        return new TextBudget(Runtime.getRuntime().maxMemory() / 3);
    }

    /** A tenant's part, the same for all of its pools. */
    public Share of(String tenant) {
        return shares.computeIfAbsent(tenant, _ -> new Share());
    }

    /** What one tenant takes. */
    public final class Share {
        private final AtomicLong mine = new AtomicLong();

        private Share() {}

        void take(int textBytes) {
            add((long) textBytes + AROUND);
        }

        void giveBack(int textBytes) {
            add(-((long) textBytes + AROUND));
        }

        private void add(long bytes) {
            mine.addAndGet(bytes);
            used.addAndGet(bytes);
        }

        /** Bytes that this tenant takes. */
        public long bytes() {
            return mine.get();
        }

        /** Bytes that this tenant would take with a text of so many more. */
        public long bytesWith(int textBytes) {
            return mine.get() + textBytes + AROUND;
        }

        /** Whether all tenants together would take more than there may be with such a text. */
        public boolean isProcessOverWith(int textBytes) {
            return used.get() + textBytes + AROUND > most;
        }

        /**
         * Whether there is room for so many bytes more, of a tenant that may have {@code limit}.
         */
        boolean hasRoom(long bytes, long limit) {
            return mine.get() + bytes <= limit && used.get() + bytes <= most;
        }

        /** Bytes that there may be of all tenants. */
        public long most() {
            return most;
        }
    }
}
