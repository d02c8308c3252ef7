package io.sluice.config;

import java.util.ArrayList;
import java.util.List;

/** What the machine must offer for a configuration to hold; asked at each load. */
public final class StartupChecks {
    /** Files, jars, log, HTTP: all that is neither a client, a server nor an event loop. */
    private static final int MARGIN = 200;

    private static final int PER_LOOP = 4;
    private static final int TIGHT_PERCENT = 95;

    private StartupChecks() {}

    /**
     * Compares the configured limits with what the process may have.
     *
     * @param fdLimit most file descriptors this process may open; 0 or less: unknown or unlimited
     * @return refused at the line of limits.max-clients, ready with a warning more, or as it is
     */
    public static Loaded check(Loaded.Ready ready, long fdLimit) {
        SluiceConfig config = ready.config();
        LimitsConfig limits = config.limits();
        long clients = (long) limits.maxClients() + limits.maxUnauthenticated();
        long servers = mostServerConnections(config);
        long own = ownDescriptors(config);
        long needed = clients + servers + own;
        if (fdLimit <= 0 || needed * 100 <= fdLimit * TIGHT_PERCENT) {
            return ready;
        }
        String figures =
                ("%d file descriptors are needed (limits.max-clients %d, limits.max-unauthenticated"
                                + " %d, server connections %d, Sluice's own %d), the process may"
                                + " open %d")
                        .formatted(
                                needed,
                                limits.maxClients(),
                                limits.maxUnauthenticated(),
                                servers,
                                own,
                                fdLimit);
        if (needed <= fdLimit) {
            var warnings = new ArrayList<>(ready.warnings());
            warnings.add(atMaxClients(ready, figures + ": that is tight"));
            return new Loaded.Ready(config, ready.settings(), warnings);
        }
        long possible = fdLimit - servers - own - limits.maxUnauthenticated();
        String advice =
                "raise LimitNOFILE (ulimit -n) to "
                        + needed
                        + (possible > 0 ? " or lower limits.max-clients to " + possible : "");
        return new Loaded.Refused(List.of(atMaxClients(ready, figures + ": " + advice)));
    }

    private static ConfigError atMaxClients(Loaded.Ready ready, String message) {
        String key = "limits.max-clients";
        return ConfigError.at(ready.settings().whereIs(key), "sluice." + key, message, "");
    }

    private static long mostServerConnections(SluiceConfig config) {
        long sum =
                config.backends().values().stream().mapToLong(BackendConfig::maxConnections).sum();
        int cap = config.limits().maxServerConnections();
        return cap == 0 ? sum : Math.min(cap, sum);
    }

    private static long ownDescriptors(SluiceConfig config) {
        int loops = config.runtime().eventLoops();
        long listeners = config.listeners().values().stream().mapToLong(List::size).sum();
        return MARGIN + loops * (PER_LOOP + listeners);
    }
}
