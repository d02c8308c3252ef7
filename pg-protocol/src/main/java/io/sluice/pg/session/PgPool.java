package io.sluice.pg.session;

import io.sluice.net.Loop;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.config.ServerTimeouts;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.sql.SqlClassifier;
import io.sluice.pg.statement.StatementTable;
import io.sluice.pg.statement.TextBudget;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.ProtocolPool;
import io.sluice.pool.ServerConnection;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL adds to a pool: how its connections are opened, the statements its clients have
 * prepared, and what clients are told at login.
 *
 * <p><b>Threads:</b> confined to the pool's loop.
 */
public final class PgPool extends ProtocolPool {
    /** Different startup settings whose welcome is remembered. */
    private static final int MAX_WELCOMES = 256;

    private final SqlClassifier classifier = new SqlClassifier();
    private final StatementTable statements;
    private final Map<Settings, Welcome> welcomes =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Settings, Welcome> eldest) {
                    return size() > MAX_WELCOMES;
                }
            };
    private Map<String, String> lastReported = Map.of();
    private ServerTimeouts serverTimeouts;

    /**
     * @param texts where the texts of its clients' statements are counted: its tenant's
     */
    public PgPool(Proxy proxy, Loop loop, Destination destination, TextBudget.Share texts) {
        super(proxy, loop, destination);
        this.statements = new StatementTable(texts);
        this.serverTimeouts = serverTimeouts(destination);
    }

    private static ServerTimeouts serverTimeouts(Destination destination) {
        return server(destination).timeouts(destination.user().timeouts());
    }

    private static PgSettings.Server server(Destination destination) {
        return ((PgSettings.User) destination.user().protocolSettings()).server();
    }

    @Override
    public void follow(Destination now) {
        super.follow(now);
        serverTimeouts = serverTimeouts(now);
    }

    /** When the proxy itself cancels an operation; zero: never. */
    Duration queryLimit() {
        return serverTimeouts.secondLineForQuery(timeouts().query());
    }

    /** When the proxy itself ends a client that is silent in a transaction; zero: never. */
    Duration idleInTransactionLimit() {
        return serverTimeouts.secondLineForIdleInTransaction(timeouts().idleInTransaction());
    }

    /** Shared by all sessions of the pool, for a text at a time. */
    SqlClassifier classifier() {
        return classifier;
    }

    public StatementTable statements() {
        return statements;
    }

    /** What clients with these startup settings are told; null if no server was asked yet. */
    @Nullable Welcome welcome(Settings settings) {
        return welcomes.get(settings);
    }

    /**
     * Equal settings that other sessions hold already, else these: many clients ask for the same.
     */
    public Settings shared(Settings settings) {
        Welcome known = welcomes.get(settings);
        return known == null ? settings : known.settings();
    }

    /**
     * A server reported this at login: where it is news, what earlier ones told holds no more.
     *
     * @return the same, one instance for all servers that report it one after another
     */
    Map<String, String> onReported(Map<String, String> reported) {
        if (!reported.equals(lastReported)) {
            lastReported = Map.copyOf(reported);
            welcomes.clear();
        }
        return lastReported;
    }

    @Override
    public void onReconnect() {
        welcomes.clear();
    }

    void setWelcome(Welcome welcome) {
        welcomes.put(welcome.settings(), welcome);
    }

    /** Settings that every connection of this pool is opened with, at no cost per query. */
    Map<String, String> startupParameters() {
        Map<String, String> parameters = new LinkedHashMap<>(server(destination()).parameters());
        millis(parameters, "statement_timeout", serverTimeouts.statement());
        millis(parameters, "lock_timeout", serverTimeouts.lock());
        millis(
                parameters,
                "idle_in_transaction_session_timeout",
                serverTimeouts.idleInTransaction());
        parameters.putIfAbsent("application_name", "sluice");
        return parameters;
    }

    private static void millis(Map<String, String> parameters, String name, Duration value) {
        if (value.isPositive()) {
            parameters.put(name, Long.toString(value.toMillis()));
        }
    }

    @Override
    public ServerConnection open(Pool ofPool, Permit permit, ServerConnection.Opening opening) {
        PgServerConnection connection = new PgServerConnection(this, ofPool, permit);
        new ServerStartup(this, connection, opening).begin();
        return connection;
    }
}
