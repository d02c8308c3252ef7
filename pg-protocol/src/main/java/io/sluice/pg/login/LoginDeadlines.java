package io.sluice.pg.login;

import io.sluice.net.Loop;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The connections of one loop that log in, so that none takes too long. Confined to its loop. */
final class LoginDeadlines implements Loop.Sweep {
    private final Set<ClientStartup> startups = new LinkedHashSet<>();

    void add(ClientStartup startup) {
        startups.add(startup);
    }

    void remove(ClientStartup startup) {
        startups.remove(startup);
    }

    @Override
    public void sweep(long now) {
        for (ClientStartup startup : List.copyOf(startups)) {
            startup.onSweep(now);
        }
    }
}
