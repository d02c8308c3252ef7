package io.sluice.pg.login;

import io.sluice.config.DatabaseConfig;
import io.sluice.guard.Refusal;
import io.sluice.net.Loop;
import io.sluice.pg.session.CancelKey;
import io.sluice.session.Admission;
import io.sluice.session.Admission.Group;
import io.sluice.spi.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * What a client is counted in for once it has proved who it is: limits, home, cancel key. Run at
 * the end of its session, it undoes all that, once.
 *
 * <p>There is one for each session: it keeps names, and what is made of them only while needed.
 *
 * <p><b>Threads:</b> the loop that accepted the channel, then the session's home.
 */
final class Entrance implements Runnable {
    private static final int GROUPS = 3;

    private final Proxy proxy;
    private final CancelKeys cancelKeys;
    private final String tenant;
    private final String backend;
    private final String database;
    private final String user;
    private boolean counted;
    private int groups;
    private @Nullable Loop home;
    private @Nullable CancelKey key;

    Entrance(Proxy proxy, CancelKeys cancelKeys, Addressee.Known known, DatabaseConfig database) {
        this.proxy = proxy;
        this.cancelKeys = cancelKeys;
        this.tenant = known.tenant().name();
        this.backend = known.service().backend().name();
        this.database = database.name();
        this.user = known.user().name();
    }

    /**
     * Counts the client in wherever there is a limit; what was counted before one that refuses
     * stays so until {@link #run}.
     */
    @Nullable Refusal enter(Addressee.Known known, DatabaseConfig limited) {
        Admission admission = proxy.admission();
        Refusal refusal = admission.enter(proxy.config().limits().maxClients());
        counted = refusal == null;
        int[] limits = {
            known.tenant().maxClients(), limited.maxClients(), known.user().maxClients()
        };
        while (refusal == null && groups < GROUPS) {
            refusal = admission.enter(group(groups), limits[groups]);
            if (refusal == null) {
                groups++;
            }
        }
        return refusal;
    }

    private Group group(int index) {
        return switch (index) {
            case 0 -> new Group("tenant", tenant);
            case 1 -> new Group("database", tenant + "/" + database);
            default -> new Group("user", tenant + "/" + user);
        };
    }

    /** Counts the session at its home, and returns that. */
    Loop enterHome(Loop acceptedOn) {
        Loop entered = proxy.homes().enter(tenant, backend, acceptedOn);
        home = entered;
        return entered;
    }

    /** Makes the session's cancel key. */
    CancelKey takeKey(boolean isLong) {
        CancelKey taken = cancelKeys.register(isLong);
        key = taken;
        return taken;
    }

    @Override
    public void run() {
        if (counted) {
            counted = false;
            proxy.admission().leave();
        }
        for (; groups > 0; groups--) {
            proxy.admission().leave(group(groups - 1));
        }
        if (home != null) {
            proxy.homes().leave(tenant, backend, home);
            home = null;
        }
        if (key != null) {
            cancelKeys.remove(key);
            key = null;
        }
    }
}
