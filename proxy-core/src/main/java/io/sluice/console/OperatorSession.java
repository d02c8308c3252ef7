package io.sluice.console;

import io.netty.channel.Channel;

/**
 * An operator who is logged in at the console and stays, as one of SHOW CLIENTS. Any thread.
 *
 * @param id as those of clients, never used again
 * @param applicationName what the client calls itself; "" if it does not say
 * @param tls "" or the TLS version and cipher
 * @param connectedAtMillis of the wall's clock
 */
public record OperatorSession(
        long id,
        Operator operator,
        Channel channel,
        String applicationName,
        String tls,
        long connectedAtMillis,
        Conversation conversation) {

    /** What the protocol knows of it. Any thread. */
    public interface Conversation {
        /** When the last command came, in milliseconds of the wall's clock. */
        long requestedAtMillis();

        /**
         * Ends it, with the protocol's words for an administrator's wish.
         *
         * @param message for the client and the log
         */
        void end(String message);
    }
}
