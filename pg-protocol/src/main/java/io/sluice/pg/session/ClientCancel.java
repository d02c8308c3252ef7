package io.sluice.pg.session;

import io.sluice.guard.Outcome;
import io.sluice.pg.message.ErrorResponse;

/**
 * What a client asks for on another connection: that what its session does be cancelled. What waits
 * for a server is answered by the proxy, what runs is cancelled on its server.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class ClientCancel {
    private static final String MESSAGE = "canceling statement due to user request";

    private final PgSession session;

    /** A cancel came while the settings were being applied. */
    private boolean early;

    ClientCancel(PgSession session) {
        this.session = session;
    }

    /**
     * The client asks.
     *
     * @param done run when the server has been told, or need not be
     */
    void request(Runnable done) {
        PgServerConnection server = session.pgServer();
        Requests requests = session.requests();
        if (session.isWaiting() && session.isServing()) {
            session.pool().cancelWait(session);
            answer();
            done.run();
        } else if (server != null && !server.fitting().isUnderWay() && !requests.isEmpty()) {
            requests.first().setCancelled();
            server.cancel(done);
        } else {
            early = session.hasServer() && !session.isServerReady() && requests.admitted() != null;
            done.run();
        }
    }

    /** Whether it came before the request was sent to its server; forgets that. */
    boolean takeEarly() {
        boolean came = early;
        early = false;
        return came;
    }

    /** Nothing of the request was sent yet, nor will be. */
    void answer() {
        session.requests().giveUpAdmitted(Outcome.ABANDONED);
        FrontendRelay frontend = session.frontend();
        if (frontend.leadsTransaction()) {
            session.ending().fatal(ErrorResponse.fatal("57014", MESSAGE), MESSAGE);
            return;
        }
        session.answers().error(ErrorResponse.error("57014", MESSAGE));
        frontend.dropRefused();
        session.channel().flush();
        frontend.pump();
    }

    /** The server is lost, and with it what was to be cancelled there. */
    void onServerLost() {
        early = false;
    }
}
