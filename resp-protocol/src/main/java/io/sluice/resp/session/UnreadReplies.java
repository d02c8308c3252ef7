package io.sluice.resp.session;

import io.sluice.net.Loop;
import io.sluice.resp.config.RespSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * The sessions of one loop whose clients leave replies unread, and what memory that takes: a client
 * is closed that leaves too much, or much for too long; and when all together leave more than the
 * process has to give, the one that leaves most.
 *
 * <p><b>Threads:</b> confined to the loop.
 */
final class UnreadReplies {
    private final Loop loop;
    private final UnreadBudget budget;
    private final UnreadBudget.Share share;
    private final List<RespSession> sessions = new ArrayList<>();

    UnreadReplies(Loop loop, UnreadBudget budget) {
        this.loop = loop;
        this.budget = budget;
        this.share = budget.join(this);
        loop.execute(() -> loop.addSweep(this::sweep));
    }

    Loop loop() {
        return loop;
    }

    /**
     * Looks at what {@code session} leaves unread at present: it may be closed by that, or another.
     *
     * @param pending bytes of memory
     */
    void look(RespSession session, long pending) {
        RespSettings.Replies limits = session.policy().settings().replies();
        Unread unread = session.unread();
        note(session, pending);
        if (pending > limits.hard()) {
            session.ending()
                    .hangUp(
                            "it left %d bytes unread (unread-replies.hard %d)"
                                    .formatted(pending, limits.hard()));
            return;
        }
        long now = loop.now();
        if (pending <= limits.soft()) {
            unread.softSince = 0;
        } else if (unread.softSince == 0) {
            unread.softSince = now;
        } else if (now - unread.softSince >= limits.softFor().toNanos()) {
            session.ending()
                    .hangUp(
                            "it left %d bytes unread for %d ms (unread-replies.soft %d)"
                                    .formatted(
                                            pending,
                                            (now - unread.softSince) / 1_000_000,
                                            limits.soft()));
        }
    }

    /** Counts what {@code session} leaves unread; it is looked at by the next sweep. */
    void note(RespSession session, long pending) {
        Unread unread = session.unread();
        if (!unread.listed) {
            unread.listed = true;
            sessions.add(session);
        }
        charge(unread, pending);
    }

    private void charge(Unread unread, long pending) {
        long more = pending - unread.charged;
        unread.charged = pending;
        budget.add(share, more, pending);
    }

    /** The session is over: nothing is kept for it. */
    void forget(RespSession session) {
        Unread unread = session.unread();
        if (unread.listed) {
            unread.listed = false;
            sessions.remove(session);
            charge(unread, 0);
        }
    }

    /** Closes those that leave most unread, until the rest is within the budget. */
    void shed() {
        while (budget.isOver()) {
            RespSession most = null;
            for (int i = 0; i < sessions.size(); i++) {
                RespSession session = sessions.get(i);
                charge(session.unread(), session.answers().pending());
                if (most == null || session.unread().charged > most.unread().charged) {
                    most = session;
                }
            }
            if (most == null || !budget.isOver()) {
                break;
            }
            most.ending()
                    .hangUp(
                            "it left most unread, %d bytes, when all clients together left more than unread-replies.total %d"
                                    .formatted(most.unread().charged, budget.limit()));
            forget(most);
        }
        share.setMost(0);
    }

    private void sweep(long now) {
        long most = 0;
        for (int i = sessions.size() - 1; i >= 0; i--) {
            RespSession session = sessions.get(i);
            long pending = session.answers().pending();
            if (pending <= Answers.FULL_BYTES) {
                forget(session);
            } else {
                most = Math.max(most, pending);
                look(session, pending);
            }
        }
        share.setMost(most);
    }

    /** What one session leaves unread. */
    static final class Unread {
        private boolean listed;
        private long charged;

        /** Since when it is more than its soft limit; 0: it is not. */
        private long softSince;

        /** Whether it has to be looked at, although it leaves little at present. */
        boolean isListed() {
            return listed;
        }
    }
}
