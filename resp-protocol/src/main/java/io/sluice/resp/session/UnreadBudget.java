package io.sluice.resp.session;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The memory that all clients of the process together may leave unread. When it is more, the loop
 * whose client leaves most closes that one.
 *
 * <p><b>Threads:</b> any.
 */
public final class UnreadBudget {
    private final LongSupplier limit;
    private final AtomicLong total = new AtomicLong();
    private final List<Share> shares = new CopyOnWriteArrayList<>();

    /** One loop's part in it. */
    static final class Share {
        private final UnreadReplies replies;
        private final AtomicBoolean shedding = new AtomicBoolean();

        /** The most that one of its clients leaves, as far as the others know. */
        private volatile long most;

        private Share(UnreadReplies replies) {
            this.replies = replies;
        }

        void setMost(long newMost) {
            most = newMost;
        }
    }

    /**
     * @param limit in bytes, asked each time: a reload may change it
     */
    public UnreadBudget(LongSupplier limit) {
        this.limit = limit;
    }

    /** All that is unread at present, as far as it was told: in bytes. */
    public long total() {
        return total.get();
    }

    long limit() {
        return limit.getAsLong();
    }

    boolean isOver() {
        return total.get() > limit();
    }

    /** One more loop; before any of its clients leaves something. */
    Share join(UnreadReplies replies) {
        Share share = new Share(replies);
        shares.add(share);
        return share;
    }

    /** One client of a loop leaves {@code more} bytes unread than before, {@code all} of them. */
    void add(Share own, long more, long all) {
        if (all > own.most) {
            own.most = all;
        }
        if (total.addAndGet(more) > limit() && more > 0) {
            shed();
        }
    }

    /** Has the loop close a client whose client leaves most; later, as it may be in its midst. */
    private void shed() {
        Share worst = shares.getFirst();
        for (Share share : shares) {
            if (share.most > worst.most) {
                worst = share;
            }
        }
        Share chosen = worst;
        if (chosen.shedding.compareAndSet(false, true)) {
            chosen.replies
                    .loop()
                    .execute(() -> {
                        chosen.shedding.set(false);
                        chosen.replies.shed();
                    });
        }
    }
}
