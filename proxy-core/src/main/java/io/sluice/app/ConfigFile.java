package io.sluice.app;

import com.sun.management.UnixOperatingSystemMXBean;
import io.sluice.config.ConfigLoader;
import io.sluice.config.Loaded;
import io.sluice.config.Settings;
import io.sluice.config.SluiceConfig;
import io.sluice.config.StartupChecks;
import io.sluice.net.TlsContexts;
import io.sluice.spi.Protocol;
import io.sluice.spi.ProtocolBinder;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * The file that a process is configured by, with what is needed to read it.
 *
 * @param protocols that may be configured
 * @param env the environment that it may refer to
 */
public record ConfigFile(Path path, List<Protocol> protocols, Map<String, String> env) {
    public ConfigFile {
        protocols = List.copyOf(protocols);
        env = Map.copyOf(env);
    }

    /** The file at {@code path}, for all protocols on the class path. */
    public static ConfigFile at(Path path) {
        return new ConfigFile(path, found(), System.getenv());
    }

    /** What is in force for all protocols on the class path where a file says nothing. */
    static Settings defaults() {
        return ConfigLoader.defaults(binders(found()));
    }

    private static List<Protocol> found() {
        return ServiceLoader.load(Protocol.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    private static Map<String, ProtocolBinder> binders(List<Protocol> protocols) {
        Map<String, ProtocolBinder> binders = new LinkedHashMap<>();
        protocols.forEach(protocol -> binders.put(protocol.name(), protocol.binder()));
        return binders;
    }

    /** Something that may fail and must not have, before a configuration is put in force. */
    @FunctionalInterface
    interface Preparation {
        Preparation NONE = _ -> {};

        /**
         * Blocks.
         *
         * @throws Unusable if it fails, and nothing has changed; the message says it for people
         */
        void prepare(SluiceConfig config) throws Unusable;
    }

    /** Reads the file, without asking whether this machine can run it. Blocks. */
    Loaded read() {
        return ConfigLoader.load(path, binders(protocols), env);
    }

    /**
     * Reads the file, and into {@code tls} the keys and certificates that it names. Blocks.
     *
     * @return refused if any of them cannot be used, or if the process may not open as many files
     *     as there may be connections; then {@code tls} is as it was
     */
    public Loaded load(TlsContexts tls) {
        return load(tls, Preparation.NONE);
    }

    /** As {@link #load(TlsContexts)}, refused also if {@code more} fails. */
    Loaded load(TlsContexts tls, Preparation more) {
        Loaded loaded =
                switch (read()) {
                    case Loaded.Ready ready ->
                            StartupChecks.check(TransportChecks.check(ready), mostFiles());
                    case Loaded.Refused refused -> refused;
                };
        if (loaded instanceof Loaded.Ready ready) {
            try {
                new TlsFiles(tls, protocols).read(ready.config(), more);
            } catch (Unusable e) {
                String message = String.valueOf(e.getMessage());
                return new Loaded.Refused(List.of(ready.settings().errorAt(e.keys(), message)));
            }
        }
        return loaded;
    }

    /** How many file descriptors this process may have; 0: unknown. */
    private static long mostFiles() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : 0;
    }

    /** Reads the file once, to look at it or to start with. */
    Loaded.Ready require() throws BadConfiguration {
        try (var tls = new TlsContexts()) {
            return switch (load(tls)) {
                case Loaded.Ready ready -> ready;
                case Loaded.Refused(var errors) -> throw new BadConfiguration(errors);
            };
        }
    }
}
