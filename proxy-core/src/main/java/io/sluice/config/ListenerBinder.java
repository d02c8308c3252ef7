package io.sluice.config;

import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Binds what is listened on: {@code listen}, {@code http}, {@code socket}. */
final class ListenerBinder {
    private static final String HTTP = "http";
    private static final int MOST_QUEUED = 65_535;
    private static final int ALL_BITS = 0777;

    private final SectionReader sluice;
    private final SectionReader socket;
    private final TlsBinder tls;

    ListenerBinder(SectionReader sluice, TlsBinder tls) {
        this.sluice = sluice;
        this.socket = sluice.section("socket");
        this.tls = tls;
    }

    /** By protocol, only those that are listened for. */
    Map<String, List<ListenerConfig>> listeners(Set<String> protocols) {
        SectionReader listen = sluice.section("listen");
        var listeners = new LinkedHashMap<String, List<ListenerConfig>>();
        var defaults = new Defaults();
        for (String protocol : protocols) {
            var entries = new ArrayList<ListenerConfig>();
            for (SectionReader entry : listen.sections(protocol, "address")) {
                entries.add(listener(entry, defaults));
            }
            if (!entries.isEmpty()) {
                listeners.put(protocol, List.copyOf(entries));
            }
        }
        return listeners;
    }

    /** What every listener has that does not say otherwise, bound once. */
    private final class Defaults {
        final SectionReader tlsSection = sluice.section("tls");
        final @Nullable TlsConfig tlsConfig = tls.forListener(tlsSection);
        final int backlog = socket.integer("backlog", 1, MOST_QUEUED);
        final boolean reusePort = socket.bool("reuse-port");
        final int unixMode = unixMode(socket);
        final SocketOptions options = SocketBinder.bind(socket);
    }

    private ListenerConfig listener(SectionReader entry, Defaults defaults) {
        SocketAddress address = address(entry, "address");
        int backlog = entry.integer("backlog", defaults.backlog, 1, MOST_QUEUED);
        Optional<String> tenant = entry.optionalString("tenant");
        boolean isUnix = address instanceof DomainSocketAddress;
        int unixMode = isUnix && entry.has("unix-mode") ? unixMode(entry) : defaults.unixMode;
        if (!isUnix && entry.has("unix-mode")) {
            entry.reject("unix-mode", "is only for unix sockets");
        }
        boolean reusePort = !isUnix && defaults.reusePort;
        if (entry.has("reuse-port")) {
            reusePort = entry.bool("reuse-port");
            if (isUnix && reusePort) {
                entry.reject("reuse-port", "is not for unix sockets");
            }
        }
        TlsConfig offered = isUnix ? noTls(entry) : offered(entry, defaults);
        boolean required = offered != null && offered.mode() == TlsMode.REQUIRE;
        if (entry.has("tls-required") && !isUnix) {
            required = entry.bool("tls-required");
            if (required && offered == null) {
                entry.reject("tls-required", "is true, but tls.mode is disable here");
            }
        }
        return new ListenerConfig(
                address,
                backlog,
                reusePort,
                offered == null ? null : withMode(offered, required),
                required,
                tenant.orElse(null),
                unixMode,
                defaults.options);
    }

    private @Nullable TlsConfig offered(SectionReader entry, Defaults defaults) {
        return entry.has("tls")
                ? tls.forListener(entry.section("tls").over(defaults.tlsSection))
                : defaults.tlsConfig;
    }

    private static @Nullable TlsConfig noTls(SectionReader entry) {
        for (String key : List.of("tls", "tls-required")) {
            if (entry.has(key)) {
                entry.reject(key, "is not for unix sockets");
            }
        }
        return null;
    }

    private static TlsConfig withMode(TlsConfig tls, boolean required) {
        return new TlsConfig(
                required ? TlsMode.REQUIRE : TlsMode.PREFER,
                tls.certificate(),
                tls.key(),
                tls.ca(),
                tls.protocols(),
                tls.ciphers());
    }

    HttpConfig http() {
        SectionReader listen = sluice.section("listen");
        SectionReader own = sluice.section(HTTP).section("tls");
        TlsConfig config = tls.forListener(own.over(sluice.section("tls")));
        if (listen.is(HTTP, "off")) {
            listen.string(HTTP);
            return new HttpConfig(null, config);
        }
        return new HttpConfig(address(listen, HTTP), config);
    }

    private static SocketAddress address(SectionReader section, String key) {
        String text = section.string(key);
        try {
            SocketAddress address = Addresses.toListenOn(text);
            section.inForce(key, Addresses.show(address));
            return address;
        } catch (BadValue bad) {
            if (!text.isEmpty()) {
                section.reject(key, bad.complaint());
            }
            return new InetSocketAddress(0);
        }
    }

    private static int unixMode(SectionReader section) {
        String text = section.string("unix-mode");
        if (!text.matches("0?[0-7]{3}")) {
            section.reject("unix-mode", "must be permissions as in chmod, such as 0770");
            return ALL_BITS;
        }
        return Integer.parseInt(text, 8);
    }
}
