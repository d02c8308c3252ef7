package io.sluice.app;

import io.sluice.config.ListenerConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.net.Listener;
import io.sluice.net.Loops;
import io.sluice.spi.Protocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Everything that clients connect to.
 *
 * <p>Methods block: call them from the threads that start, reload and stop, never from a loop.
 */
final class Listeners {
    private static final Logger LOG = LogManager.getLogger(Listeners.class);

    private final Loops loops;
    private final Map<String, Protocol.Server> servers;
    private final List<Open> open = new ArrayList<>();

    /** A listener and what clients that come in there are told by: replaced by a reload. */
    private static final class Open {
        final String protocol;
        final Listener listener;
        volatile ListenerConfig config;

        Open(Loops loops, String protocol, ListenerConfig config, Protocol.Server server)
                throws IOException {
            this.protocol = protocol;
            this.config = config;
            this.listener =
                    Listener.bind(loops, config, channel -> server.accept(channel, this.config));
        }
    }

    Listeners(Loops loops, Map<String, Protocol.Server> servers) {
        this.loops = loops;
        this.servers = servers;
    }

    /**
     * Opens every listener, or none.
     *
     * @throws IOException if an address cannot be had; the message names it and says what to do
     */
    synchronized void open(SluiceConfig config) throws IOException {
        for (var entry : config.listeners().entrySet()) {
            for (ListenerConfig listener : entry.getValue()) {
                bind(entry.getKey(), listener);
            }
        }
    }

    /**
     * Closes, opens and changes listeners until they are those of {@code config}. Clients that are
     * connected stay.
     *
     * @return what could not be done, a line each
     */
    synchronized List<String> change(SluiceConfig config) {
        Iterator<Open> known = open.iterator();
        while (known.hasNext()) {
            Open one = known.next();
            ListenerConfig wanted = find(config, one.protocol, one.config.address());
            if (wanted != null && boundAlike(one.config, wanted)) {
                one.config = wanted;
            } else {
                known.remove();
                close(one);
            }
        }
        var failures = new ArrayList<String>();
        for (var entry : config.listeners().entrySet()) {
            for (ListenerConfig listener : entry.getValue()) {
                if (!isOpen(entry.getKey(), listener.address())) {
                    try {
                        bind(entry.getKey(), listener);
                    } catch (IOException e) {
                        failures.add(String.valueOf(e.getMessage()));
                    }
                }
            }
        }
        return failures;
    }

    /**
     * Takes no more clients by TCP; those that are connected stay. Unix sockets stay open, for an
     * administrator to see how the end comes along.
     */
    synchronized void closeTcp() {
        Iterator<Open> known = open.iterator();
        while (known.hasNext()) {
            Open one = known.next();
            if (one.config.address() instanceof InetSocketAddress) {
                known.remove();
                close(one);
            }
        }
    }

    /** Takes no more clients; those that are connected stay. */
    synchronized void close() {
        open.forEach(Listeners::close);
        open.clear();
    }

    /** The addresses really listened on for a protocol, in the order of the configuration. */
    synchronized List<SocketAddress> addresses(String protocol) {
        return open.stream()
                .filter(one -> one.protocol.equals(protocol))
                .map(one -> one.listener.address())
                .toList();
    }

    private void bind(String protocol, ListenerConfig config) throws IOException {
        Protocol.Server server = servers.get(protocol);
        if (server == null) {
            throw new IOException("nothing here speaks the protocol " + protocol);
        }
        Open opened = new Open(loops, protocol, config, server);
        open.add(opened);
        LOG.info(
                "listener={} protocol={} tls={} tenant={}",
                name(opened.listener),
                protocol,
                config.tls() == null ? "off" : config.tlsRequired() ? "required" : "offered",
                config.tenant() == null ? "named-by-client" : config.tenant());
    }

    private static void close(Open one) {
        try {
            one.listener.close();
            LOG.info("listener={} protocol={} closed", name(one.listener), one.protocol);
        } catch (IOException e) {
            LOG.warn("listener={} is closed, but its file is left", name(one.listener), e);
        }
    }

    private boolean isOpen(String protocol, SocketAddress address) {
        return open.stream()
                .anyMatch(one ->
                        one.protocol.equals(protocol) && one.config.address().equals(address));
    }

    private static @Nullable ListenerConfig find(
            SluiceConfig config, String protocol, SocketAddress address) {
        return config.listeners().getOrDefault(protocol, List.of()).stream()
                .filter(listener -> listener.address().equals(address))
                .findFirst()
                .orElse(null);
    }

    /** Whether two configurations of one address differ only in what is looked at on accept. */
    private static boolean boundAlike(ListenerConfig one, ListenerConfig other) {
        return one.backlog() == other.backlog()
                && one.reusePort() == other.reusePort()
                && one.unixMode() == other.unixMode()
                && one.socket().equals(other.socket());
    }

    private static String name(Listener listener) {
        return Listener.printable(listener.address());
    }
}
