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
     * @throws IOException if one is missing or cannot be used, the message names it; or from {@code
     *     before}
     */
    void read(SluiceConfig config, ConfigFile.Preparation before) throws IOException {
        contexts.freeReplaced();
        try {
            prepare(config);
            before.prepare(config);
            contexts.use();
        } finally {
            contexts.discard();
        }
    }

    private void prepare(SluiceConfig config) throws IOException {
        // Two listeners may have the same files: their context accepts what either protocol offers.
        Map<TlsConfig, List<String>> ofListeners = new LinkedHashMap<>();
        Map<TlsConfig, List<String>> ofBackends = new LinkedHashMap<>();
        for (Protocol protocol : protocols) {
            for (ListenerConfig listener :
                    config.listeners().getOrDefault(protocol.name(), List.of())) {
                collect(listener.tls(), protocol.alpn(), ofListeners);
            }
            for (BackendConfig backend : config.backends().values()) {
                if (backend.protocol().equals(protocol.name())) {
                    collect(backend.tls(), protocol.alpn(), ofBackends);
                }
            }
        }
        if (config.http().address() != null) {
            collect(config.http().tls(), List.of(), ofListeners);
        }
        for (var entry : ofListeners.entrySet()) {
            contexts.prepareServer(entry.getKey(), entry.getValue());
        }
        for (var entry : ofBackends.entrySet()) {
            contexts.prepareClient(entry.getKey(), entry.getValue());
        }
    }

    private static void collect(
            @Nullable TlsConfig tls, List<String> alpn, Map<TlsConfig, List<String>> into) {
        if (tls != null && tls.mode() != TlsMode.DISABLE) {
            List<String> names = into.computeIfAbsent(tls, _ -> new ArrayList<>());
            alpn.stream().filter(name -> !names.contains(name)).forEach(names::add);
        }
    }
}
