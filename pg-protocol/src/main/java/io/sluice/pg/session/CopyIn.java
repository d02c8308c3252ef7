package io.sluice.pg.session;

import org.jspecify.annotations.Nullable;

/**
 * Whether a server takes a COPY from its client, and the Syncs that were sent into one: the server
 * ignores them if it reads them before the COPY ends, and answers them if it reads them after an
 * error has ended it. Until it is known which, it may be ready more often than it is expected to
 * be.
 *
 * <p><b>Threads:</b> confined to the loop of the connection.
 */
final class CopyIn {
    private final PgServerConnection connection;
    private boolean open;
    private int uncountedSyncs;

    /** What is asked to find out about these is under way, and not answered yet. */
    private boolean fenced;

    CopyIn(PgServerConnection connection) {
        this.connection = connection;
    }

    boolean isOpen() {
        return open;
    }

    /**
     * The server asks for the client's data.
     *
     * @param ignoredSyncs sent behind what has begun the COPY, and taken for ends of requests
     */
    void begin(int ignoredSyncs) {
        open = !connection.expected().takeCopyEnd();
        uncountedSyncs += ignoredSyncs;
        PgSession session = connection.session();
        if (session == null) {
            connection.close("a COPY began when its client was gone");
        } else if (ignoredSyncs > 0) {
            session.onSyncsIgnored(ignoredSyncs);
        }
    }

    /** The client ends it, or something else is answered: there is none, or no more. */
    void end() {
        open = false;
    }

    /** The server has read its end, and all that was sent before that. */
    void onCopied() {
        uncountedSyncs = 0;
    }

    // ---- Syncs

    /** A Sync is sent into a COPY. */
    void addUncountedSync() {
        uncountedSyncs++;
    }

    /** Whether the server may be ready more often than it is expected to be. */
    boolean isUnsure() {
        return uncountedSyncs > 0;
    }

    /**
     * Whether a ReadyForQuery that comes now answers a Sync that was not counted. While the server
     * skips to a Sync it is that Sync; ahead of the answer to the fence, and where nothing is
     * expected, there is nothing else.
     */
    boolean takesUncountedReady(@Nullable Expectation head) {
        if (uncountedSyncs == 0) {
            return false;
        }
        if (head == null && connection.expected().isSkipping()) {
            uncountedSyncs--;
            connection.expected().add(Expectation.SYNC, null, connection.consequences());
            PgSession session = connection.session();
            if (session != null) {
                session.requests().onLateSync();
            }
            return false;
        }
        if (head == null) {
            uncountedSyncs--;
            return true;
        }
        return fenced;
    }

    /** Asks for something whose answer shows that all Syncs before it were answered or ignored. */
    void fence(Runnable then) {
        fenced = true;
        connection.ask(
                "",
                error -> {
                    if (error == null) {
                        uncountedSyncs = 0;
                        then.run();
                    } else {
                        connection.close("it answered a fence by an error");
                    }
                });
    }

    boolean isFenced() {
        return fenced;
    }

    /** The fence itself is answered: what follows is its own. */
    void onFenceReached() {
        fenced = false;
    }
}
