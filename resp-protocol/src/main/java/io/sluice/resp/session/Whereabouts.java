package io.sluice.resp.session;

import io.sluice.resp.wire.RespVersion;
import io.sluice.tenant.Destination;
import org.jspecify.annotations.Nullable;

/**
 * Where a session's commands go, and as whom: it stays with the tenant and the backend that it has
 * logged in to, and may change the database, the user and the version of the protocol there.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Whereabouts {
    private final RespSession session;
    private Destination destination;
    private RespLanes lanes;

    /** After RESET it is not, until the client has logged in again. */
    private boolean authenticated = true;

    Whereabouts(RespSession session, Destination destination, RespLanes lanes) {
        this.session = session;
        this.destination = destination;
        this.lanes = lanes;
    }

    Destination destination() {
        return destination;
    }

    /** The lanes to there. */
    RespLanes lanes() {
        return lanes;
    }

    boolean isAuthenticated() {
        return authenticated;
    }

    /** The client has logged in again. */
    void onLogin() {
        authenticated = true;
    }

    /** Another database of the same user; null if there is none by that name. */
    @Nullable Destination inDatabase(String database) {
        return find(database, destination.user().name());
    }

    /** The database that its commands go to now, as the user of {@code there}. */
    Destination inPresentDatabase(Destination there) {
        Destination same = find(destination.database().name(), there.user().name());
        return same == null ? there : same;
    }

    private @Nullable Destination find(String database, String user) {
        return Destination.find(
                session.context().proxy().config(),
                destination.protocol(),
                destination.tenant().name(),
                database,
                user);
    }

    /** Whether {@code there} is where this session is at home. */
    boolean isAtHome(Destination there) {
        return there.tenant().name().equals(destination.tenant().name())
                && there.service().backend().name().equals(destination.service().backend().name());
    }

    /**
     * Whether its commands may go there; nothing may be open. Not while it has a lease that leads
     * elsewhere.
     */
    boolean canGo(Destination there, RespVersion version) {
        return session.lease() == null
                || (version == session.client().version()
                        && there.database().name().equals(destination.database().name())
                        && there.user().name().equals(destination.user().name()));
    }

    /** Further commands go there; nothing may be open. */
    void go(Destination there, RespVersion version) {
        destination = there;
        lanes = session.home().lanes(there, version);
        session.onLanesChanged();
    }

    /**
     * Who the client is, is forgotten, unless everybody is let in there; nothing may be open, and
     * nothing leased.
     */
    void startOver() {
        Destination unasked = session.context().authenticator().unasked();
        authenticated = unasked != null && isAtHome(unasked);
        Destination there = unasked != null && authenticated ? unasked : inDatabase("0");
        go(there == null ? destination : there, session.client().version());
    }
}
