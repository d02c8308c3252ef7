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
import java.util.stream.Stream;
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

    /** Bound, but not accepting yet. */
    private final List<Open> reserved = new ArrayList<>();

    private boolean closing;

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
                    Listener.reserve(loops, config, channel -> server.accept(channel, this.config));
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
                Open opened = reserve(new Wanted(entry.getKey(), listener));
                open.add(opened);
                begin(opened);
            }
        }
    }

    /**
     * Takes hold of the addresses that {@code config} has and that are not open yet, for {@link
     * #change}. Until then clients that connect there wait. An address that overlaps with one that
     * is given up, such as 0.0.0.0:5432 with 127.0.0.1:5432, can only be had after that one is
     * closed, and is given back on failure.
     *
     * @throws Unusable if an address cannot be had, and everything is as it was; the message names
     *     it and says what to do
     */
    synchronized void prepare(SluiceConfig config) throws Unusable {
        releaseReserved();
        var inTheWay = new ArrayList<Open>();
        try {
            List<Wanted> wanted = missing(config);
            for (Wanted one : wanted) {
                if (leaving(config).noneMatch(old -> overlap(old, one.config()))) {
                    reserved.add(reserve(one, config));
                }
            }
            for (Wanted one : wanted) {
                if (leaving(config).anyMatch(old -> overlap(old, one.config()))) {
                    leaving(config)
                            .filter(old -> !inTheWay.contains(old) && overlap(old, one.config()))
                            .forEach(old -> {
                                inTheWay.add(old);
                                close(old);
                            });
                    reserved.add(reserve(one, config));
                }
            }
            open.removeAll(inTheWay);
        } catch (Unusable e) {
            releaseReserved();
            open.removeAll(inTheWay);
            for (Open old : inTheWay) {
                reopen(old, e);
            }
            throw e;
        }
    }

    /** What is to be listened on. */
    private record Wanted(String protocol, ListenerConfig config) {}

    private List<Wanted> missing(SluiceConfig config) {
        var missing = new ArrayList<Wanted>();
        config.listeners()
                .forEach((protocol, listeners) -> {
                    for (ListenerConfig listener : listeners) {
                        if (open.stream()
                                .noneMatch(one ->
                                        one.protocol.equals(protocol)
                                                && one.config.address().equals(listener.address())
                                                && boundAlike(one.config, listener))) {
                            missing.add(new Wanted(protocol, listener));
                        }
                    }
                });
        return missing;
    }

    /** The listeners that {@code config} has no more, or not with the same options. */
    private Stream<Open> leaving(SluiceConfig config) {
        return List.copyOf(open).stream()
                .filter(one -> {
                    ListenerConfig wanted = find(config, one.protocol, one.config.address());
                    return wanted == null || !boundAlike(one.config, wanted);
                });
    }

    /** Whether only one of both can be listened on. */
    private static boolean overlap(Open old, ListenerConfig wanted) {
        if (old.listener.address() instanceof InetSocketAddress there
                && wanted.address() instanceof InetSocketAddress here) {
            return there.getPort() == here.getPort()
                    && (there.getAddress().isAnyLocalAddress()
                            || here.getAddress().isAnyLocalAddress()
                            || there.getAddress().equals(here.getAddress()));
        }
        return old.config.address().equals(wanted.address());
    }

    private void reopen(Open old, Unusable because) {
        try {
            Open again = reserve(new Wanted(old.protocol, old.config));
            open.add(again);
            begin(again);
        } catch (IOException e) {
            because.addSuppressed(e);
            LOG.error("listener={} is lost: {}", name(old.listener), e.getMessage());
        }
    }

    private void releaseReserved() {
        reserved.forEach(Listeners::close);
        reserved.clear();
    }

    /**
     * Accepts clients as {@code config} says, with the addresses that were {@linkplain #prepare
     * prepared}. Clients that are connected stay.
     */
    synchronized void change(SluiceConfig config) {
        if (closing) {
            releaseReserved();
            return;
        }
        leaving(config)
                .forEach(one -> {
                    open.remove(one);
                    close(one);
                });
        for (Open one : open) {
            ListenerConfig wanted = find(config, one.protocol, one.config.address());
            if (wanted != null) {
                one.config = wanted;
            }
        }
        open.addAll(reserved);
        reserved.forEach(Listeners::begin);
        reserved.clear();
    }

    /**
     * Takes no more clients by TCP; those that are connected stay. Unix sockets stay open, for an
     * administrator to see how the end comes along.
     */
    synchronized void closeTcp() {
        closing = true;
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
        closing = true;
        releaseReserved();
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

    private Open reserve(Wanted wanted, SluiceConfig config) throws Unusable {
        try {
            return reserve(wanted);
        } catch (IOException e) {
            String key = "listen." + wanted.protocol();
            int index =
                    config.listeners()
                            .getOrDefault(wanted.protocol(), List.of())
                            .indexOf(wanted.config());
            throw new Unusable(List.of(key + "[" + index + "].address", key + ".address"), e);
        }
    }

    private Open reserve(Wanted wanted) throws IOException {
        Protocol.Server server = servers.get(wanted.protocol());
        if (server == null) {
            throw new IOException("nothing here speaks the protocol " + wanted.protocol());
        }
        return new Open(loops, wanted.protocol(), wanted.config(), server);
    }

    private static void begin(Open one) {
        one.listener.begin();
        ListenerConfig config = one.config;
        LOG.info(
                "listener={} protocol={} tls={} tenant={}",
                name(one.listener),
                one.protocol,
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
