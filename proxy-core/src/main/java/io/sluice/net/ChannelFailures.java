package io.sluice.net;

import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Words for what made a channel fail. Any thread. */
public final class ChannelFailures {
    private static final Logger LOG = LogManager.getLogger(ChannelFailures.class);

    private ChannelFailures() {}

    /**
     * Why a channel failed, in one line. That there is no memory for its buffers is the process's
     * trouble rather than the peer's, and goes to the log as an error, too: the JVM does not end by
     * that, since it is not its own heap.
     *
     * @param whose the channel is, for the log
     */
    public static String reason(Object whose, Throwable cause) {
        if (cause instanceof OutOfMemoryError) {
            String reason =
                    "no memory is left for its buffers (%s): raise -XX:MaxDirectMemorySize or lower limits"
                            .formatted(cause.getMessage());
            LOG.error("{}: {}", whose, reason);
            return reason;
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
