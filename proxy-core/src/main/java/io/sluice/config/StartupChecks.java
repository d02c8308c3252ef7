package io.sluice.config;

import java.util.List;

/** What the machine must offer for a configuration to hold; to be asked before anything listens. */
public final class StartupChecks {
    /** Files, jars, log, HTTP: all that is neither a client, a server nor an event loop. */
    private static final int MARGIN = 200;

    private static final int PER_LOOP = 4;
    private static final int TIGHT_PERCENT = 95;

    private StartupChecks() {}

    /**
     * What was found.
     *
     * @param errors reasons not to start, a line each
     * @param warnings what may fall short under full load, a line each
     */
    public record Report(List<String> errors, List<String> warnings) {
        public Report {
            errors = List.copyOf(errors);
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * Compares the configured limits with what the process may have.
     *
     * @param fdLimit most file descriptors this process may open; 0 or less: unknown or unlimited
     */
    public static Report check(SluiceConfig config, long fdLimit) {
        LimitsConfig limits = config.limits();
        long clients = (long) limits.maxClients() + limits.maxUnauthenticated();
        long servers = mostServerConnections(config);
        long own = ownDescriptors(config);
        long needed = clients + servers + own;
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
        if (fdLimit <= 0 || needed * 100 <= fdLimit * TIGHT_PERCENT) {
            return new Report(List.of(), List.of());
        }
        if (needed <= fdLimit) {
            return new Report(List.of(), List.of(figures + ": that is tight"));
        }
        long possible = fdLimit - servers - own - limits.maxUnauthenticated();
        String advice =
                "raise LimitNOFILE (ulimit -n) to "
                        + needed
                        + (possible > 0 ? " or lower limits.max-clients to " + possible : "");
        return new Report(List.of(figures + ": " + advice), List.of());
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
