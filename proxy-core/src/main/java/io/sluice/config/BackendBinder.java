package io.sluice.config;

import io.sluice.spi.ProtocolBinder;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Binds {@code backends { }}. */
final class BackendBinder {
    private final SectionReader sluice;
    private final Map<String, ProtocolBinder> protocols;
    private final TlsBinder tls;

    BackendBinder(SectionReader sluice, Map<String, ProtocolBinder> protocols, TlsBinder tls) {
        this.sluice = sluice;
        this.protocols = protocols;
        this.tls = tls;
    }

    /** By name; what has no protocol that we know is left out, and reported. */
    Map<String, BackendConfig> backends() {
        SectionReader backends = sluice.section("backends");
        var bound = new LinkedHashMap<String, BackendConfig>();
        for (String name : backends.names()) {
            BackendConfig backend = backend(backends.section(name));
            if (backend != null) {
                bound.put(name, backend);
            }
        }
        return bound;
    }

    /**
     * What every backend lies over, {@code backend { }}: read once so that it is checked without
     * one.
     */
    void template() {
        SectionReader template = sluice.section("backend");
        maxConnections(template);
        connectTimeout(template);
        loginRetry(template);
        tls.bind(template.section("tls"));
        SocketBinder.bind(socket(template));
    }

    private @Nullable BackendConfig backend(SectionReader own) {
        String protocol = own.string("protocol");
        ProtocolBinder binder = protocols.get(protocol);
        if (binder == null) {
            if (!protocol.isEmpty()) {
                own.rejectName("protocol", "protocol", protocol, protocols.keySet());
            }
            own.ignoreRest();
            return null;
        }
        SectionReader backend =
                own.over(sluice.section(protocol).section("backend"))
                        .over(sluice.section("backend"));
        return new BackendConfig(
                own.name(),
                protocol,
                hosts(own),
                maxConnections(backend),
                connectTimeout(backend),
                loginRetry(backend),
                tls.forBackend(backend.section("tls")),
                SocketBinder.bind(socket(backend)),
                binder.bindBackend(backend));
    }

    private static int maxConnections(Section backend) {
        return backend.integer("max-connections", 1, PoolBinder.MOST);
    }

    private static Duration connectTimeout(Section backend) {
        return backend.duration("connect-timeout", Duration.ofMillis(1), PoolBinder.LONGEST);
    }

    private static Duration loginRetry(Section backend) {
        return backend.duration("login-retry", Duration.ZERO, PoolBinder.LONGEST);
    }

    private SectionReader socket(SectionReader backend) {
        return backend.section("socket").over(sluice.section("socket"));
    }

    private static List<SocketAddress> hosts(SectionReader backend) {
        List<String> texts = backend.strings("hosts");
        if (texts.isEmpty() && backend.has("hosts")) {
            backend.reject("hosts", "must name at least one host:port");
        }
        var hosts = new ArrayList<SocketAddress>();
        for (String text : texts) {
            try {
                hosts.add(Addresses.toConnectTo(text));
            } catch (BadValue bad) {
                backend.reject("hosts", bad.complaint());
            }
        }
        return List.copyOf(hosts);
    }
}
