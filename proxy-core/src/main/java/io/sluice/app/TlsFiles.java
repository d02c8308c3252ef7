package io.sluice.app;

import io.sluice.config.BackendConfig;
import io.sluice.config.ListenerConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TlsConfig;
import io.sluice.config.TlsMode;
import io.sluice.net.TlsContexts;
import io.sluice.spi.Protocol;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads every key and certificate that a configuration names. Blocks: not for a loop. */
final class TlsFiles {
    private final TlsContexts contexts;
    private final List<Protocol> protocols;

    TlsFiles(TlsContexts contexts, List<Protocol> protocols) {
        this.contexts = contexts;
        this.protocols = protocols;
    }

    /**
     * Reads them all, also those that were read before, and puts them in use: all or, after a
     * failure, none.
     *
     * @param before what else may fail before any is in use
     * @throws Unusable if one is missing or cannot be used, the message names it; or from {@code
     *     before}
     */
    void read(SluiceConfig config, ConfigFile.Preparation before) throws Unusable {
        contexts.freeReplaced();
        try {
            prepare(config);
            before.prepare(config);
            contexts.use();
        } finally {
            contexts.discard();
        }
    }

    /**
     * A TLS configuration that something has, perhaps several.
     *
     * @param alpn what one or the other of them offers or accepts
     * @param sections where it may be written, for the first of them
     */
    private record Use(List<String> alpn, List<String> sections) {
        /** The key that most likely is to blame if {@code tls} cannot be used. */
        List<String> keys(TlsConfig tls) {
            String last =
                    !tls.ciphers().isEmpty()
                            ? "ciphers"
                            : tls.certificate() != null ? "certificate" : "mode";
            return sections.stream().map(section -> section + "." + last).toList();
        }
    }

    private void prepare(SluiceConfig config) throws Unusable {
        // Two listeners may have the same files: their context accepts what either protocol offers.
        Map<TlsConfig, Use> ofListeners = new LinkedHashMap<>();
        Map<TlsConfig, Use> ofBackends = new LinkedHashMap<>();
        for (Protocol protocol : protocols) {
            List<ListenerConfig> listeners =
                    config.listeners().getOrDefault(protocol.name(), List.of());
            for (int i = 0; i < listeners.size(); i++) {
                String entry = "listen." + protocol.name();
                collect(
                        listeners.get(i).tls(),
                        protocol.alpn(),
                        List.of(entry + "[" + i + "].tls", entry + ".tls", "tls"),
                        ofListeners);
            }
            for (BackendConfig backend : config.backends().values()) {
                if (backend.protocol().equals(protocol.name())) {
                    collect(
                            backend.tls(),
                            protocol.alpn(),
                            List.of("backends." + backend.name() + ".tls"),
                            ofBackends);
                }
            }
        }
        if (config.http().address() != null) {
            collect(config.http().tls(), List.of(), List.of("http.tls"), ofListeners);
        }
        for (var entry : ofListeners.entrySet()) {
            TlsConfig tls = entry.getKey();
            try {
                contexts.prepareServer(tls, entry.getValue().alpn());
            } catch (IOException e) {
                throw new Unusable(entry.getValue().keys(tls), e);
            }
        }
        for (var entry : ofBackends.entrySet()) {
            TlsConfig tls = entry.getKey();
            try {
                contexts.prepareClient(tls, entry.getValue().alpn());
            } catch (IOException e) {
                throw new Unusable(entry.getValue().keys(tls), e);
            }
        }
    }

    private static void collect(
            @Nullable TlsConfig tls,
            List<String> alpn,
            List<String> sections,
            Map<TlsConfig, Use> into) {
        if (tls != null && tls.mode() != TlsMode.DISABLE) {
            List<String> names =
                    into.computeIfAbsent(tls, _ -> new Use(new ArrayList<>(), sections)).alpn();
            alpn.stream().filter(name -> !names.contains(name)).forEach(names::add);
        }
    }
}
