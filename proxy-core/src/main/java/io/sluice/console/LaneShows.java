package io.sluice.console;

import io.netty.channel.Channel;
import io.sluice.pool.PoolKey;
import io.sluice.pool.ServerConnection;
import io.sluice.session.ClientSession;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What PgBouncer's columns have no room for: LANES, where POOLS sums over them; SESSIONS and
 * CONNECTIONS, which tell more of either side than CLIENTS and SERVERS.
 */
final class LaneShows {
    private static final List<Table.Column> LANES =
            Columns.of(
                    "sssssssiiiiiiiiq",
                    "protocol",
                    "tenant",
                    "backend",
                    "database",
                    "user",
                    "variant",
                    "lane",
                    "sessions",
                    "waiting",
                    "active",
                    "idle",
                    "tested",
                    "connecting",
                    "max",
                    "open_slots",
                    "maxwait_us");

    private static final List<Table.Column> SESSIONS =
            Columns.of(
                    "qsssssissssTssi",
                    "id",
                    "protocol",
                    "tenant",
                    "database",
                    "user",
                    "addr",
                    "port",
                    "application_name",
                    "library",
                    "library_version",
                    "protocol_version",
                    "connect_time",
                    "state",
                    "link",
                    "open_operations");

    private static final List<Table.Column> CONNECTIONS =
            Columns.of(
                    "qssssssssqqis",
                    "id",
                    "protocol",
                    "tenant",
                    "backend",
                    "database",
                    "user",
                    "variant",
                    "lane",
                    "state",
                    "server_id",
                    "age_s",
                    "open_slots",
                    "link");

    private final Overview overview;

    LaneShows(Overview overview) {
        this.overview = overview;
    }

    List<Command> commands() {
        return List.of(
                Command.show("LANES", LANES, _ -> lanes()),
                Command.show("SESSIONS", SESSIONS, _ -> sessions()),
                Command.show("CONNECTIONS", CONNECTIONS, _ -> connections()));
    }

    // ---- LANES

    private CompletableFuture<Reply> lanes() {
        return overview.pools()
                .thenApply(found -> {
                    Map<PoolKey, PoolFigures> byKey = new LinkedHashMap<>();
                    found.rows().forEach(pool -> byKey.merge(pool.key(), pool, PoolFigures::plus));
                    List<@Nullable Object[]> rows =
                            new ArrayList<>(
                                    byKey.values().stream()
                                            .sorted(
                                                    Comparator.comparing(pool ->
                                                            pool.key().protocol()
                                                                    + "/"
                                                                    + pool.key()))
                                            .map(LaneShows::lane)
                                            .toList());
                    return Command.rows(LANES, rows, found.notices());
                });
    }

    private static @Nullable Object[] lane(PoolFigures pool) {
        PoolKey key = pool.key();
        return new @Nullable Object[] {
            key.protocol(),
            key.tenant(),
            key.backend(),
            key.database(),
            key.user(),
            key.variant(),
            key.lane().word(),
            pool.sessions(),
            pool.waiting(),
            pool.active(),
            pool.idle(),
            pool.tested() + pool.beingCanceled(),
            pool.connecting(),
            pool.max(),
            pool.openSlots(),
            TimeUnit.NANOSECONDS.toMicros(pool.longestWaitNanos())
        };
    }

    // ---- SESSIONS

    private CompletableFuture<Reply> sessions() {
        return overview.survey()
                .<ClientSession, @Nullable Object[]>ask(
                        overview::sessions,
                        (session, rows) -> {
                            if (session.channel().isActive()) { // else it ended between two slices
                                rows.add(session(session));
                            }
                        })
                .thenApply(found -> Command.rows(SESSIONS, found.rows(), found.notices()));
    }

    private static @Nullable Object[] session(ClientSession session) {
        PoolKey key = session.pool().key();
        Channel channel = session.channel();
        return new @Nullable Object[] {
            session.id(),
            key.protocol(),
            key.tenant(),
            key.database(),
            key.user(),
            Addresses.ip(channel, channel.remoteAddress()),
            Addresses.port(channel.remoteAddress()),
            session.applicationName(),
            session.library(),
            session.libraryVersion(),
            session.protocolVersion(),
            ConnectionShows.time(session.connectedAtMillis()),
            session.stateWord(),
            ConnectionShows.pointer(session.linked()),
            session.operationsInFlight()
        };
    }

    // ---- CONNECTIONS

    private CompletableFuture<Reply> connections() {
        return overview.survey()
                .<ServerConnection, @Nullable Object[]>ask(
                        overview::connections,
                        (connection, rows) -> {
                            if (!connection.isClosed()) {
                                rows.add(connection(connection));
                            }
                        })
                .thenApply(found -> Command.rows(CONNECTIONS, found.rows(), found.notices()));
    }

    private static @Nullable Object[] connection(ServerConnection connection) {
        PoolKey key = connection.pool().key();
        long age = connection.pool().loop().now() - connection.openedAt();
        ClientSession client = ConnectionShows.clientOf(connection);
        return new @Nullable Object[] {
            connection.id(),
            key.protocol(),
            key.tenant(),
            key.backend(),
            key.database(),
            key.user(),
            key.variant(),
            key.lane().word(),
            connection.stateWord(),
            connection.serverId(),
            TimeUnit.NANOSECONDS.toSeconds(age),
            connection.openSlots(),
            client == null ? "" : ConnectionShows.pointer(client)
        };
    }
}
