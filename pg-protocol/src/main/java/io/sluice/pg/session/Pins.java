package io.sluice.pg.session;

import io.sluice.pg.sql.PinReason;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why a session keeps its server connection beyond a transaction; made when it is pinned for the
 * first time.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Pins {
    /**
     * What DISCARD ALL does not undo: the unnamed statement is not among what it discards, and what
     * could not be read may have been a LOAD.
     */
    private static final Set<PinReason> STAYING =
            EnumSet.of(
                    PinReason.LOAD,
                    PinReason.SESSION_STATE,
                    PinReason.LARGE_STATEMENT,
                    PinReason.UNREADABLE);

    private final Set<PinReason> reasons = EnumSet.noneOf(PinReason.class);

    /** Those that end with the transaction, if it commits. */
    private final Set<PinReason> loosened = EnumSet.noneOf(PinReason.class);

    private boolean hideContext;
    private boolean told;

    /** To be told at the next ReadyForQuery: before, it could come into the midst of a message. */
    private @Nullable String notice;

    boolean isEmpty() {
        return reasons.isEmpty();
    }

    boolean contains(PinReason reason) {
        return reasons.contains(reason);
    }

    /** Whether there may be what DISCARD ALL does not undo. */
    boolean hasUnknownState() {
        return contains(PinReason.LOAD)
                || contains(PinReason.SESSION_STATE)
                || contains(PinReason.UNREADABLE);
    }

    /** Whether texts may be read by more than the settings that are known. */
    boolean hideContext() {
        return hideContext;
    }

    /** Adds a reason, or keeps one that was to end; false if it was there already. */
    boolean add(PinReason reason) {
        loosened.remove(reason);
        hideContext |= reason.hidesContext();
        return reasons.add(reason);
    }

    /** The reason is gone, whatever becomes of the transaction. */
    void remove(PinReason reason) {
        reasons.remove(reason);
        loosened.remove(reason);
    }

    /** Has the client told of its first pin. */
    void tellOnce(PinReason reason) {
        if (!told) {
            told = true;
            notice =
                    "sluice: this session keeps its server connection from now on (%s)"
                            .formatted(reason.word());
        }
    }

    /** What the client is to be told now, once; of a pin that has ended by now, nothing. */
    @Nullable String takeNotice() {
        String text = notice;
        notice = null;
        if (text != null && reasons.isEmpty()) {
            told = false;
            return null;
        }
        return text;
    }

    /** What a statement gives up is given up for certain when its transaction has committed. */
    void loosen(PinReason reason) {
        if (reasons.contains(reason)) {
            loosened.add(reason);
        }
    }

    void onTransactionEnd(boolean committed) {
        if (committed && !loosened.isEmpty()) {
            reasons.removeAll(loosened);
        }
        onRollback();
    }

    /** What would have been given up is kept. */
    void onRollback() {
        loosened.clear();
    }

    void onDiscardAll() {
        reasons.retainAll(STAYING);
        hideContext = reasons.stream().anyMatch(PinReason::hidesContext);
    }

    /** The reasons' words, with commas. */
    String words() {
        StringBuilder words = new StringBuilder();
        for (PinReason reason : reasons) {
            words.append(words.isEmpty() ? "" : ",").append(reason.word());
        }
        return words.toString();
    }
}
