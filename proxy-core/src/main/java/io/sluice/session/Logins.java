package io.sluice.session;

import io.netty.channel.Channel;
import io.sluice.net.Loop;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The connections of one loop that log in, so that none takes too long. Confined to its loop. */
public final class Logins implements Loop.Sweep {
    private final Set<Login> logins = new LinkedHashSet<>();

    /** A client that is not let in yet. Confined to its loop. */
    public interface Login {
        Channel channel();

        /** As whom it says to come; "" before it has said so. */
        String user();

        /** When it connected, in nanoseconds of the loop's clock. */
        long began();

        /** Looks whether it has taken too long. */
        void onSweep(long now);
    }

    public void add(Login login) {
        logins.add(login);
    }

    public void remove(Login login) {
        logins.remove(login);
    }

    /** A list of its own, in the order in which they came. */
    public List<Login> all() {
        return new ArrayList<>(logins);
    }

    @Override
    public void sweep(long now) {
        for (Login login : all()) {
            login.onSweep(now);
        }
    }
}
