package io.sluice.console;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.sluice.console.Survey.Found;
import io.sluice.console.Survey.RowMaker;
import io.sluice.net.Loop;
import io.sluice.net.Peer;
import io.sluice.pool.Lease;
import io.sluice.pool.Pool;
import io.sluice.pool.ServerConnection;
import io.sluice.pool.Switches.Database;
import io.sluice.session.ClientSession;
import io.sluice.session.Logins.Login;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * SHOW of every connection, on either side: CLIENTS, SERVERS, SOCKETS, ACTIVE_SOCKETS, and PINS.
 * Rows are made on the loops; those of PIN_REASONS need none.
 */
final class ConnectionShows {
    private static final List<Table.Column> PINS =
            Columns.of(
                    "qsssssss",
                    "id",
                    "database",
                    "user",
                    "addr",
                    "application_name",
                    "state",
                    "link",
                    "reason");

    private static final List<Table.Column> PIN_REASONS =
            Columns.of("ssq", "protocol", "reason", "pins");

    private static final int STATE = 4;
    private static final int PACKET_COLUMNS =
            PgBouncerColumns.SOCKETS.size() - PgBouncerColumns.CONNECTIONS.size();

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss zzz", Locale.ROOT)
                    .withZone(ZoneId.systemDefault());

    private final Overview overview;

    ConnectionShows(Overview overview) {
        this.overview = overview;
    }

    List<Command> commands() {
        return List.of(
                Command.show("CLIENTS", PgBouncerColumns.CONNECTIONS, _ -> clients()),
                Command.show("SERVERS", PgBouncerColumns.CONNECTIONS, _ -> servers()),
                Command.show("SOCKETS", PgBouncerColumns.SOCKETS, _ -> sockets(_ -> true)),
                Command.show(
                        "ACTIVE_SOCKETS",
                        PgBouncerColumns.SOCKETS,
                        _ -> sockets(state -> !state.equals("idle"))),
                Command.show("PINS", PINS, _ -> pins()),
                Command.show("PIN_REASONS", PIN_REASONS, _ -> Command.now(pinReasons())));
    }

    private CompletableFuture<Found<@Nullable Object[]>> ofSessions(
            RowMaker<ClientSession, @Nullable Object[]> rows) {
        return overview.survey().ask(overview::sessions, rows);
    }

    private CompletableFuture<Reply> clients() {
        DatabaseNames names = overview.names();
        return ofSessions(
                        (session, rows) -> {
                            if (session.channel().isActive()) { // else it ended between two slices
                                rows.add(client(session, names));
                            }
                        })
                .thenApply(found -> {
                    List<@Nullable Object[]> rows = new ArrayList<>(found.rows());
                    overview.proxy()
                            .operators()
                            .all()
                            .forEach(session -> rows.add(operator(session)));
                    return Command.rows(PgBouncerColumns.CONNECTIONS, rows, found.notices());
                });
    }

    private CompletableFuture<Reply> servers() {
        DatabaseNames names = overview.names();
        return overview.survey()
                .<ServerConnection, @Nullable Object[]>ask(
                        overview::connections,
                        (connection, rows) -> {
                            if (!connection.isClosed()) {
                                rows.add(server(connection, names));
                            }
                        })
                .thenApply(found ->
                        Command.rows(PgBouncerColumns.CONNECTIONS, found.rows(), found.notices()));
    }

    private CompletableFuture<Reply> sockets(Predicate<String> wanted) {
        DatabaseNames names = overview.names();
        return overview.survey()
                .<Object, @Nullable Object[]>ask(
                        loop -> {
                            List<Object> all = new ArrayList<>(overview.sessions(loop));
                            all.addAll(overview.connections(loop));
                            for (Login login : overview.proxy().logins(loop).all()) {
                                all.add(new LoginOn(loop, login));
                            }
                            return all;
                        },
                        (socket, rows) -> {
                            switch (socket) {
                                case ClientSession session
                                        when session.channel().isActive()
                                                && wanted.test(session.stateWord()) ->
                                        rows.add(
                                                socket(
                                                        client(session, names),
                                                        clientState(session),
                                                        session.channel()));
                                case ServerConnection connection
                                        when !connection.isClosed()
                                                && wanted.test(connection.stateWord()) ->
                                        rows.add(
                                                socket(
                                                        server(connection, names),
                                                        serverState(connection),
                                                        connection.channel()));
                                case LoginOn(Loop loop, Login login)
                                        when login.channel().isActive() && wanted.test("login") ->
                                        rows.add(
                                                socket(
                                                        login(loop, login),
                                                        "cl_login",
                                                        login.channel()));
                                default -> {}
                            }
                        })
                .thenApply(found -> {
                    List<@Nullable Object[]> rows = new ArrayList<>(found.rows());
                    for (OperatorSession session : overview.proxy().operators().all()) {
                        rows.add(socket(operator(session), "cl_active", session.channel()));
                    }
                    return Command.rows(PgBouncerColumns.SOCKETS, rows, found.notices());
                });
    }

    private CompletableFuture<Reply> pins() {
        DatabaseNames names = overview.names();
        return ofSessions(
                        (session, rows) -> {
                            String reason = session.pinReason();
                            if (reason != null && session.channel().isActive()) {
                                rows.add(
                                        new @Nullable Object[] {
                                            session.id(),
                                            names.of(Database.of(session.pool().key())),
                                            session.pool().key().user(),
                                            Addresses.ip(
                                                    session.channel(),
                                                    session.channel().remoteAddress()),
                                            session.applicationName(),
                                            session.stateWord(),
                                            pointer(session.linked()),
                                            reason
                                        });
                            }
                        })
                .thenApply(found -> Command.rows(PINS, found.rows(), found.notices()));
    }

    /** How often since the process began. */
    private Reply pinReasons() {
        List<@Nullable Object[]> rows = new ArrayList<>();
        overview.proxy()
                .pinCounts()
                .forEach((reason, count) ->
                        rows.add(new Object[] {reason.protocol(), reason.word(), count}));
        return Command.rows(PIN_REASONS, rows, List.of());
    }

    // ---- one connection

    private static @Nullable Object[] client(ClientSession session, DatabaseNames names) {
        long now = session.loop().now();
        Duration wait =
                session.isWaiting()
                        ? Duration.ofNanos(now - session.waitingSince())
                        : Duration.ZERO;
        Channel channel = session.channel();
        ServerConnection server = session.linked();
        return new @Nullable Object[] {
            "C",
            session.pool().key().user(),
            names.of(Database.of(session.pool().key())),
            "none",
            session.stateWord(),
            Addresses.ip(channel, channel.remoteAddress()),
            Addresses.port(channel.remoteAddress()),
            Addresses.ip(channel, channel.localAddress()),
            Addresses.port(channel.localAddress()),
            time(session.connectedAtMillis()),
            timeOf(session.requestedAt(), now),
            (int) wait.toSeconds(),
            wait.toNanosPart() / 1000,
            0,
            pointer(session),
            pointer(server),
            Peer.processId(channel),
            session.tls(),
            session.applicationName(),
            session.preparedStatements(),
            (int) session.id()
        };
    }

    /** A client that logs in, and where. */
    private record LoginOn(Loop loop, Login login) {}

    /** In PgBouncer's words for what is not known of it yet. */
    private static @Nullable Object[] login(Loop loop, Login login) {
        Channel channel = login.channel();
        String connected = timeOf(login.began(), loop.now());
        return new @Nullable Object[] {
            "C",
            login.user().isEmpty() ? "(nouser)" : login.user(),
            "(nodb)",
            "none",
            "login",
            Addresses.ip(channel, channel.remoteAddress()),
            Addresses.port(channel.remoteAddress()),
            Addresses.ip(channel, channel.localAddress()),
            Addresses.port(channel.localAddress()),
            connected,
            connected,
            0,
            0,
            0,
            "",
            "",
            Peer.processId(channel),
            "",
            "",
            0,
            0
        };
    }

    /** An operator: of a database that has no servers. */
    private static @Nullable Object[] operator(OperatorSession session) {
        Channel channel = session.channel();
        return new @Nullable Object[] {
            "C",
            session.operator().name(),
            PgBouncerColumns.CONSOLE,
            "none",
            "active",
            Addresses.ip(channel, channel.remoteAddress()),
            Addresses.port(channel.remoteAddress()),
            Addresses.ip(channel, channel.localAddress()),
            Addresses.port(channel.localAddress()),
            time(session.connectedAtMillis()),
            time(session.conversation().requestedAtMillis()),
            0,
            0,
            0,
            "c" + session.id(),
            "",
            Peer.processId(channel),
            session.tls(),
            session.applicationName(),
            0,
            (int) session.id()
        };
    }

    private static @Nullable Object[] server(ServerConnection connection, DatabaseNames names) {
        Pool pool = connection.pool();
        long now = pool.loop().now();
        Channel channel = connection.channel();
        SocketAddress remote = channel == null ? null : channel.remoteAddress();
        SocketAddress local = channel == null ? null : channel.localAddress();
        ClientSession client = clientOf(connection);
        long usedAt =
                client != null
                        ? client.requestedAt()
                        : connection.idleSince() != 0
                                ? connection.idleSince()
                                : connection.openedAt();
        return new @Nullable Object[] {
            "S",
            pool.key().user(),
            names.of(Database.of(pool.key())),
            "none",
            connection.stateWord(),
            Addresses.ip(channel, remote),
            Addresses.port(remote),
            Addresses.ip(channel, local),
            Addresses.port(local),
            timeOf(connection.openedAt(), now),
            timeOf(usedAt, now),
            0,
            0,
            connection.isStale() ? 1 : 0,
            pointer(connection),
            client == null ? "" : pointer(client),
            (int) connection.serverId(),
            connection.tls(),
            client == null ? "" : client.applicationName(),
            connection.preparedStatements(),
            (int) connection.id()
        };
    }

    private static @Nullable Object[] socket(
            @Nullable Object[] row, String state, @Nullable Channel channel) {
        @Nullable Object[] wide = Arrays.copyOf(row, row.length + PACKET_COLUMNS);
        Arrays.fill(wide, row.length, wide.length, 0);
        wide[STATE] = state;
        wide[wide.length - 1] = unsent(channel);
        return wide;
    }

    /** Bytes that the process holds because the peer does not take them. */
    private static int unsent(@Nullable Channel channel) {
        ChannelOutboundBuffer buffer = channel == null ? null : channel.unsafe().outboundBuffer();
        return buffer == null
                ? 0
                : (int) Math.min(Integer.MAX_VALUE, buffer.totalPendingWriteBytes());
    }

    private static String clientState(ClientSession session) {
        return session.isWaiting() ? "cl_waiting" : "cl_active";
    }

    private static String serverState(ServerConnection connection) {
        String word = connection.stateWord();
        return word.equals("new") ? "sv_login" : "sv_" + word;
    }

    static @Nullable ClientSession clientOf(ServerConnection connection) {
        Lease lease = connection.lease();
        return lease.holder() instanceof ClientSession session ? session : null;
    }

    static String pointer(ClientSession session) {
        return "c" + session.id();
    }

    static String pointer(@Nullable ServerConnection connection) {
        return connection == null ? "" : "s" + connection.id();
    }

    /** A moment of the wall's clock. */
    static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis));
    }

    /** A moment of the loop's clock as one of the wall's. */
    private static String timeOf(long at, long now) {
        return TIME.format(Instant.now().minusNanos(now - at));
    }
}
