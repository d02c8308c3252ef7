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
    private static final class Share {
        final UnreadReplies replies;
        final AtomicBoolean shedding = new AtomicBoolean();

        /** The most that one of its clients leaves, as far as the others know. */
        volatile long most;

        Share(UnreadReplies replies) {
            this.replies = replies;
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

    void join(UnreadReplies replies) {
        shares.add(new Share(replies));
    }

    private Share share(UnreadReplies replies) {
        for (Share share : shares) {
            if (share.replies == replies) {
                return share;
            }
        }
        throw new IllegalStateException("has not joined");
    }

    /** One client of a loop leaves {@code more} bytes unread than before, {@code all} of them. */
    void add(UnreadReplies replies, long more, long all) {
        Share own = share(replies);
        if (all > own.most) {
            own.most = all;
        }
        if (total.addAndGet(more) > limit() && more > 0) {
            shed();
        }
    }

    void setMost(UnreadReplies replies, long most) {
        share(replies).most = most;
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
