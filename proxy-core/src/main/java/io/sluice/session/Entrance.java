package io.sluice.session;

import io.sluice.guard.Refusal;
import io.sluice.net.Loop;
import io.sluice.pool.Switches;
import io.sluice.session.Admission.Group;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import org.jspecify.annotations.Nullable;

/**
 * What a client is counted in for once it has proved who it is: every limit of sessions, and its
 * home. Run at the end of its session, it undoes all that, once.
 *
 * <p>There is one for each session: it keeps names, and what is made of them only while needed.
 *
 * <p><b>Threads:</b> the loop that accepted the channel, then the session's home.
 */
public final class Entrance implements Runnable {
    private static final int GROUPS = 3;

    private final Proxy proxy;
    private final String tenant;
    private final String backend;
    private final String database;
    private final String user;
    private boolean counted;
    private int groups;
    private @Nullable Loop home;

    private Entrance(Proxy proxy, Destination destination) {
        this.proxy = proxy;
        this.tenant = destination.tenant().name();
        this.backend = destination.service().backend().name();
        this.database = destination.database().name();
        this.user = destination.user().name();
    }

    /** A client on the threshold: it is counted nowhere yet. */
    public static Entrance to(Destination destination, Proxy proxy) {
        return new Entrance(proxy, destination);
    }

    /**
     * Counts the client in wherever there is a limit, unless the process ends or an operator has
     * switched its database off.
     *
     * @param destination the one this was made for
     * @return why it may not come in, and then it is counted nowhere; null if it may
     */
    public @Nullable Refusal enter(Destination destination) {
        if (proxy.isDraining()) {
            return new Refusal.ShuttingDown();
        }
        if (proxy.switches()
                .isDisabled(new Switches.Database(destination.protocol(), tenant, database))) {
            return new Refusal.DatabaseDisabled(database);
        }
        Refusal refusal = count(destination);
        if (refusal != null) {
            run();
        }
        return refusal;
    }

    private @Nullable Refusal count(Destination destination) {
        Admission admission = proxy.admission();
        Refusal refusal = admission.enter(proxy.config().limits().maxClients());
        counted = refusal == null;
        int[] limits = {
            destination.tenant().maxClients(),
            destination.database().maxClients(),
            destination.user().maxClients()
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
    public Loop enterHome(Loop acceptedOn) {
        Loop entered = proxy.homes().enter(tenant, backend, acceptedOn);
        home = entered;
        return entered;
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
    }
}
