package io.sluice.pg.session;

/**
 * Whether what is prepared was changed by messages that the server may yet skip: what comes behind
 * their Sync is not skipped with them, and must not rely on them before they are answered.
 */
final class Doubt {
    private boolean inSeries;
    private int readiesDue;

    void onChange() {
        inSeries = true;
    }

    void onSeriesEnd(int due) {
        if (inSeries) {
            inSeries = false;
            readiesDue = due;
        }
    }

    void onReady() {
        readiesDue = Math.max(0, readiesDue - 1);
    }

    /** The first two of what is due are one. */
    void onMerged() {
        if (readiesDue > 1) {
            readiesDue--;
        }
    }

    /** Syncs did not end their series after all. */
    void onSyncsIgnored(int count) {
        inSeries |= readiesDue > 0;
        readiesDue = Math.max(0, readiesDue - count);
    }

    boolean isOpen() {
        return inSeries || readiesDue > 0;
    }

    void clear() {
        inSeries = false;
        readiesDue = 0;
    }

    /** Whether messages of the series that is being sent have changed it. */
    boolean isInSeries() {
        return inSeries;
    }

    /** Whether Syncs that end such series are not answered yet. */
    boolean isDue() {
        return readiesDue > 0;
    }
}
