package io.sluice.pg.session;

import io.sluice.pg.message.ErrorFields;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.statement.ClientStatements;
import io.sluice.pg.statement.Effects;
import io.sluice.pg.statement.PreparedStatement;
import io.sluice.pg.statement.ServerStatements;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must be remembered of an {@link Expectation} until it is answered. */
sealed interface Detail {

    /** What executing it leaves behind; null if nothing. */
    default @Nullable Effects effects() {
        return null;
    }

    /**
     * Whether it rolls back to a savepoint.
     *
     * @param statement which statement of a Query; any where there is one only
     */
    default boolean rollsBackToSavepoint(int statement) {
        return false;
    }

    /**
     * The server skips it: undoes what was noted when it was sent.
     *
     * @param session who had asked; null if it is gone
     */
    default void onSkipped(
            Expectation kind, PgServerConnection server, @Nullable PgSession session) {}

    /**
     * Executing it leaves something behind.
     *
     * @param inserted indexes of the statements that the proxy has put into a Query: the client is
     *     not told of them
     */
    record Leaves(Effects effects, List<Integer> inserted) implements Detail {
        Leaves(Effects effects) {
            this(effects, List.of());
        }

        @Override
        public boolean rollsBackToSavepoint(int statement) {
            return effects.savepointRollbacks().contains(statement);
        }
    }

    /** The server was made to fail; the client is told this instead of the server's error. */
    record Refused(ErrorResponse error) implements Detail {}

    /**
     * A statement being prepared.
     *
     * @param serverName what it was sent as; null for the unnamed one
     * @param clientName what its client calls it; null if the proxy sent it
     */
    record Preparing(
            PreparedStatement statement, byte @Nullable [] serverName, @Nullable String clientName)
            implements Detail {

        @Override
        public void onSkipped(
                Expectation kind, PgServerConnection server, @Nullable PgSession session) {
            if (kind != Expectation.LOCAL_PARSE) {
                if (serverName != null) {
                    server.statements().remove(serverName);
                } else if (server.statements().unnamed() == statement) {
                    server.statements().setUnnamed(null);
                }
            }
            if (clientName != null && session != null) {
                session.extended().onPrepareFailed(clientName, statement);
            }
        }
    }

    /** A Bind or Execute of a statement whose result type may turn out to have changed. */
    record Using(PreparedStatement statement, @Nullable Effects effects) implements Detail {
        @Override
        public boolean rollsBackToSavepoint(int statementOfQuery) {
            return effects != null && !effects.savepointRollbacks().isEmpty();
        }
    }

    /**
     * The types of parameters and result being asked for.
     *
     * @param epoch the statement's when it was asked
     */
    record Describing(PreparedStatement statement, int epoch) implements Detail {}

    /** A statement being given to the server under its client's own name. */
    record Owning(String clientName) implements Detail {
        @Override
        public void onSkipped(
                Expectation kind, PgServerConnection server, @Nullable PgSession session) {
            if (session != null && session.statements().get(clientName) != null) {
                session.state().giveNamesAnew();
            }
        }
    }

    /**
     * A statement being prepared by its client under a name that is the server's, too.
     *
     * @param former what was known by that name; it still is if the server refuses
     */
    record Replacing(String clientName, ClientStatements.@Nullable Named former) implements Detail {

        @Override
        public void onSkipped(
                Expectation kind, PgServerConnection server, @Nullable PgSession session) {
            if (session != null) {
                session.statements().remove(clientName);
                if (former != null) {
                    session.statements().put(clientName, former);
                }
            } else if (former != null) {
                server.forget(former);
            }
        }
    }

    /** A client's name being closed; {@code named} comes back if the server skips the Close. */
    record ClosingName(String clientName, ClientStatements.Named named) implements Detail {
        @Override
        public void onSkipped(
                Expectation kind, PgServerConnection server, @Nullable PgSession session) {
            if (session != null) {
                session.statements().put(clientName, named);
            } else {
                server.forget(named);
            }
        }
    }

    /** A portal being closed; it is known again if the server skips the Close. */
    record ClosingPortal(String name, Using using) implements Detail {
        @Override
        public void onSkipped(
                Expectation kind, PgServerConnection server, @Nullable PgSession session) {
            if (session != null) {
                session.translator().onPortalStays(name, using);
            }
        }
    }

    /** A server name being closed; the server keeps it if it skips the Close. */
    record ClosingServerName(ServerStatements.Evicted evicted) implements Detail {
        @Override
        public void onSkipped(
                Expectation kind, PgServerConnection server, @Nullable PgSession session) {
            server.statements().putBack(evicted);
        }
    }

    /** A Query or Sync of the proxy; non-sealed so that whoever asks says what follows. */
    non-sealed interface Own extends Detail {
        /**
         * Answered.
         *
         * @param error the server's, if it failed
         */
        void done(@Nullable ErrorFields error);

        @Override
        default void onSkipped(
                Expectation kind, PgServerConnection server, @Nullable PgSession session) {
            done(server.ownError());
        }
    }
}
