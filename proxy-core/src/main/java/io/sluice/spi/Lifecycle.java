package io.sluice.spi;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** How signals and the console steer the whole process. Any thread; nothing here blocks. */
public interface Lifecycle {

    /** Reads the configuration again and, if it is right, puts it in force. */
    CompletionStage<Reload> reload();

    /**
     * Begins to stop. A shutdown that is under way and asked for again ends at once, whatever was
     * asked first.
     */
    void shutdown(Shutdown mode);

    /** What the shutdown that has begun waits for; null while none has. */
    @Nullable Shutdown shutdownUnderWay();

    /** Whether new clients are welcome: listeners are up and no shutdown has begun. */
    boolean isReady();

    /**
     * How a reload ended.
     *
     * @param inForce whether the new configuration is; otherwise the old one still is
     * @param remarks why not, or what is in force only after a restart; a line each
     */
    record Reload(boolean inForce, List<String> remarks) {
        public Reload {
            remarks = List.copyOf(remarks);
        }
    }

    /** What a shutdown waits for. */
    enum Shutdown {
        /** Nothing. */
        NOW,
        /**
         * Requests and transactions: sessions end as they become quiet, those left at {@code
         * drain-timeout} then.
         */
        DRAIN,
        /** As {@link #DRAIN}, but sessions that only wait for a server connection end at once. */
        WAIT_FOR_SERVERS,
        /** Clients, however long they stay. */
        WAIT_FOR_CLIENTS
    }
}
