package io.sluice.spi;

import io.netty.channel.Channel;
import io.sluice.config.ListenerConfig;
import java.util.List;

/**
 * A wire protocol that Sluice speaks; found by {@code ServiceLoader}.
 *
 * <p>Core accepts connections and hands each to the protocol of its listener; from there on the
 * protocol drives: it logs the client in, brings the session to its home, and uses pools, guards
 * and counters of the {@link Proxy}.
 */
public interface Protocol {

    /** Its name in the configuration: {@code sluice.listen.<name>}, {@code tenants.*.<name>}. */
    String name();

    ProtocolBinder binder();

    /**
     * Its ALPN names (RFC 7301), for TLS from the first byte on; a client that offers names must
     * offer one of them. Empty: ALPN is not looked at.
     */
    default List<String> alpn() {
        return List.of();
    }

    /** Begins to serve; on the thread that starts the process. */
    Server start(Proxy proxy);

    /** A protocol that is being served. */
    interface Server {

        /** Takes over an accepted connection: installs its handlers. On the accepting loop. */
        void accept(Channel channel, ListenerConfig listener);

        /**
         * A new configuration is in force; {@link Proxy#config} returns it. Pools are reconfigured
         * and, where what they connect to changed, reconnected after all protocols were told. On
         * the thread that reloads.
         */
        default void onReload() {}
    }
}
