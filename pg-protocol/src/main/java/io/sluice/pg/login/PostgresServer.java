package io.sluice.pg.login;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.DatabaseConfig;
import io.sluice.config.ListenerConfig;
import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.config.UserConfig;
import io.sluice.console.Operator;
import io.sluice.console.OperatorSession;
import io.sluice.console.OperatorSessions;
import io.sluice.guard.Refusal;
import io.sluice.metrics.PinCounts;
import io.sluice.metrics.Stats;
import io.sluice.net.ChannelMove;
import io.sluice.net.Listener;
import io.sluice.net.Loop;
import io.sluice.net.Peer;
import io.sluice.pg.auth.AuthenticationRequest;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.config.PoolMode;
import io.sluice.pg.console.ConsoleMessages;
import io.sluice.pg.console.ConsoleSession;
import io.sluice.pg.message.ErrorResponse;
import io.sluice.pg.message.Messages;
import io.sluice.pg.message.TransactionStatus;
import io.sluice.pg.session.CancelKey;
import io.sluice.pg.session.PgPool;
import io.sluice.pg.session.PgSession;
import io.sluice.pg.session.SessionContext;
import io.sluice.pg.session.Words;
import io.sluice.pg.settings.Setting;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.sql.PinReason;
import io.sluice.pg.statement.TextBudget;
import io.sluice.pool.Caps;
import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.pool.Switches;
import io.sluice.spi.Protocol;
import io.sluice.spi.Proxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL being served: takes accepted connections, and brings clients that are let in to their
 * pools.
 *
 * <p><b>Threads:</b> any.
 */
final class PostgresServer implements Protocol.Server {
    private static final Logger LOG = LogManager.getLogger(PostgresServer.class);

    private final Proxy proxy;
    private final CancelKeys cancelKeys = new CancelKeys();
    private final TextBudget texts = TextBudget.ofHeap();

    PostgresServer(Proxy proxy) {
        this.proxy = proxy;
        for (PinReason reason : PinReason.values()) {
            proxy.pinCounts().know(new PinCounts.Reason(PostgresNames.PROTOCOL, reason.word()));
        }
    }

    Proxy proxy() {
        return proxy;
    }

    CancelKeys cancelKeys() {
        return cancelKeys;
    }

    Duration loginTimeout() {
        return proxy.config().loginTimeout();
    }

    @Override
    public void accept(Channel channel, ListenerConfig listener) {
        Loop loop = proxy.loops().current();
        channel.pipeline()
                .addLast(
                        "startup",
                        new ClientStartup(this, listener, channel, loop::now, proxy.logins(loop)));
    }

    @Override
    public void onReload() {
        for (Loop loop : proxy.loops()) {
            loop.execute(() -> retarget(loop));
        }
    }

    private void retarget(Loop loop) {
        SluiceConfig config = proxy.config();
        for (Pool pool : proxy.pools(loop).all()) {
            TenantConfig tenant = config.tenants().get(pool.key().tenant());
            ServiceConfig service =
                    tenant == null ? null : tenant.services().get(PostgresNames.PROTOCOL);
            if (service != null && pool.connector() instanceof PgPool pgPool) {
                DatabaseConfig database = service.databases().get(pool.key().database());
                UserConfig user = service.users().get(pool.key().user());
                if (database != null && user != null) {
                    if (pgPool.retarget(target(service, database, user), user.timeouts())) {
                        pool.reconnect();
                    }
                }
            }
        }
    }

    private static PgPool.Target target(
            ServiceConfig service, DatabaseConfig database, UserConfig user) {
        return new PgPool.Target(
                service.backend(),
                database.serverName(),
                user.serverUser(),
                user.serverSecret(),
                ((PgSettings.User) user.protocolSettings()).server());
    }

    // ---- the console

    void beginConsole(
            ClientStartup startup, ConsoleUser user, List<AuthenticationRequest> welcome) {
        Channel channel = startup.channel();
        String client = Peer.printable(channel);
        Operator operator = new Operator(user.name(), user.role(), client);
        ConsoleSession session = new ConsoleSession(proxy.console(), operator);
        OperatorSession seat =
                new OperatorSession(
                        proxy.nextId(),
                        operator,
                        channel,
                        startup.packet().parameters().getOrDefault("application_name", ""),
                        startup.tls(),
                        System.currentTimeMillis(),
                        session);
        ByteBuf out = channel.alloc().buffer(512);
        welcome.forEach(message -> message.writeTo(out));
        if (!proxy.operators().enter(seat)) {
            channel.write(out, channel.voidPromise());
            startup.refuse(
                    ErrorResponse.fatal("53300", "too many operators are at the console")
                            .withHint("At most %d may be.".formatted(OperatorSessions.LIMIT)),
                    "%d operators are at the console already".formatted(OperatorSessions.LIMIT));
            return;
        }
        CancelKey key = cancelKeys.register(startup.packet().minor() >= 2);
        key.belongsTo(done -> {
            session.cancel();
            done.run();
        });
        channel.closeFuture()
                .addListener(closed -> {
                    cancelKeys.remove(key);
                    proxy.operators().leave(seat);
                    if (proxy.config().log().disconnections()) {
                        LOG.info(
                                "console user={} client={} closed: {}",
                                user.name(),
                                client,
                                session.endReason());
                    }
                });
        if (proxy.config().log().connections()) {
            LOG.info("console user={} client={} let in", user.name(), client);
        }
        ConsoleMessages.parameterStatuses(out);
        Messages.backendKeyData(out, key.processId(), key.secret());
        Messages.readyForQuery(out, TransactionStatus.IDLE);
        channel.writeAndFlush(out, channel.voidPromise());
        ByteBuf early = startup.handOver();
        channel.pipeline().remove(startup);
        channel.pipeline().addLast("console", session);
        if (early != null) {
            feed(channel, early);
        }
    }

    // ---- sessions

    void beginSession(
            ClientStartup startup,
            Addressee.Known known,
            StartupPacket packet,
            List<AuthenticationRequest> welcome) {
        Channel channel = startup.channel();
        ByteBuf letIn = channel.alloc().buffer(64);
        welcome.forEach(message -> message.writeTo(letIn));
        DatabaseConfig database = known.database();
        if (database == null) {
            channel.write(letIn, channel.voidPromise());
            startup.refuse(
                    ErrorResponse.fatal(
                            "3D000",
                            "database \"%s\" does not exist".formatted(known.databaseName())),
                    "asked for a database that its tenant does not have");
            return;
        }
        Entrance entrance = new Entrance(proxy, cancelKeys, known, database);
        Refusal refusal = admit(known, database, entrance);
        if (refusal != null) {
            entrance.run();
            channel.write(letIn, channel.voidPromise());
            startup.refuse(Words.atLogin(refusal), refusal.message());
            return;
        }
        Loop home = entrance.enterHome(proxy.loops().current());
        String tls = startup.tls();
        ByteBuf early = startup.handOver();
        Moving moving = new Moving(early, entrance);
        channel.pipeline().replace(startup, "moving", moving);
        ChannelMove.move(
                channel,
                home,
                () -> arrive(channel, home, moving, known, packet, letIn, tls, entrance),
                why -> {
                    letIn.release();
                    moving.drop();
                    onNotArrived(channel, why);
                });
    }

    private void onNotArrived(Channel channel, Throwable why) {
        if (why instanceof IOException) {
            logNotLetIn(channel, "it closed the connection");
        } else {
            LOG.error(
                    "client={} could not be brought to its loop",
                    Listener.printable(channel.remoteAddress()),
                    why);
        }
    }

    private void logNotLetIn(Channel channel, String reason) {
        if (proxy.config().log().disconnections()) {
            LOG.info(
                    "client={} was not let in: {}",
                    Listener.printable(channel.remoteAddress()),
                    reason);
        }
    }

    private @Nullable Refusal admit(
            Addressee.Known known, DatabaseConfig database, Entrance entrance) {
        if (proxy.isDraining()) {
            return new Refusal.ShuttingDown();
        }
        if (proxy.switches()
                .isDisabled(
                        new Switches.Database(
                                PostgresNames.PROTOCOL, known.tenant().name(), database.name()))) {
            return new Refusal.DatabaseDisabled(database.name());
        }
        return entrance.enter(known, database);
    }

    private void arrive(
            Channel channel,
            Loop home,
            Moving moving,
            Addressee.Known known,
            StartupPacket packet,
            ByteBuf letIn,
            String tls,
            Entrance entrance) {
        Addressee.Known present = present(known);
        DatabaseConfig presentDatabase = present == null ? null : present.database();
        if (present == null || presentDatabase == null) {
            letIn.release();
            moving.drop();
            ByteBuf out = channel.alloc().buffer(128);
            ErrorResponse.fatal("57P01", "the configuration has changed, connect again")
                    .writeTo(out);
            channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
            logNotLetIn(channel, "the configuration has changed");
            return;
        }
        serve(channel, home, moving, present, presentDatabase, packet, letIn, tls, entrance);
    }

    /** What a client was let in for, by the configuration that is in force by now. */
    private Addressee.@Nullable Known present(Addressee.Known known) {
        return Addressee.inTenant(
                                        proxy.config(),
                                        known.tenant().name(),
                                        known.user().name(),
                                        known.databaseName())
                                instanceof Addressee.Known present
                        && present.service()
                                .backend()
                                .name()
                                .equals(known.service().backend().name())
                ? present
                : null;
    }

    private void serve(
            Channel channel,
            Loop home,
            Moving moving,
            Addressee.Known known,
            DatabaseConfig database,
            StartupPacket packet,
            ByteBuf letIn,
            String tls,
            Entrance entrance) {
        PgPool pgPool = pool(home, known, database);
        CancelKey key = entrance.takeKey(packet.minor() >= 2);
        PgSession session =
                new PgSession(
                        new SessionContext(
                                proxy,
                                proxy.nextId(),
                                pgPool,
                                proxy.guards(home, known.tenant()),
                                known.user(),
                                (PgSettings) known.service().protocolSettings(),
                                mode(known, database),
                                pgPool.shared(startupSettings(packet)),
                                key,
                                tls,
                                entrance),
                        channel);
        key.belongsTo(session);
        channel.write(letIn, channel.voidPromise());
        ArrayDeque<ByteBuf> early = moving.take();
        channel.pipeline().replace(moving, "session", session);
        session.begin();
        while (!early.isEmpty()) {
            feed(channel, early.remove());
        }
        if (proxy.config().log().connections()) {
            LOG.info(
                    "session={} pool={} client={} let in{}",
                    session.id(),
                    pgPool.pool().key(),
                    Listener.printable(channel.remoteAddress()),
                    tls.isEmpty() ? "" : " tls=" + tls);
        }
    }

    /** Gives the handler behind TLS what TLS has decrypted already, and came too early. */
    private static void feed(Channel channel, ByteBuf early) {
        ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
        if (tls == null) {
            channel.pipeline().fireChannelRead(early);
        } else {
            tls.fireChannelRead(early);
        }
    }

    private PgPool pool(Loop home, Addressee.Known known, DatabaseConfig database) {
        PoolKey key =
                new PoolKey(
                        PostgresNames.PROTOCOL,
                        known.tenant().name(),
                        known.service().backend().name(),
                        database.name(),
                        known.user().name(),
                        "",
                        0);
        Pool pool =
                proxy.pools(home)
                        .get(
                                key,
                                () -> {
                                    Stats stats =
                                            proxy.stats()
                                                    .of(
                                                            key.protocol(),
                                                            key.tenant(),
                                                            key.database(),
                                                            home.index());
                                    PgPool made =
                                            new PgPool(
                                                    proxy,
                                                    home,
                                                    target(known.service(), database, known.user()),
                                                    known.user().timeouts(),
                                                    texts.of(key.tenant()));
                                    Pool attached =
                                            new Pool(
                                                    key,
                                                    home,
                                                    known.user().pool(),
                                                    proxy.ledger(),
                                                    Caps.of(
                                                            proxy.ledger(),
                                                            proxy.config(),
                                                            known.tenant(),
                                                            known.service(),
                                                            database,
                                                            known.user()),
                                                    made,
                                                    stats,
                                                    proxy.switches());
                                    made.attach(attached);
                                    return attached;
                                });
        return (PgPool) pool.connector();
    }

    private static PoolMode mode(Addressee.Known known, DatabaseConfig database) {
        PoolMode ofUser = ((PgSettings.User) known.user().protocolSettings()).mode();
        PoolMode ofDatabase = ((PgSettings.Database) database.protocolSettings()).mode();
        return ofUser != null
                ? ofUser
                : ofDatabase != null
                        ? ofDatabase
                        : ((PgSettings) known.service().protocolSettings()).mode();
    }

    private static Settings startupSettings(StartupPacket packet) {
        Map<String, Setting> settings = new HashMap<>();
        packet.parameters()
                .forEach((name, value) -> {
                    if (!name.equals(Addressee.TENANT_OPTION)) {
                        settings.put(name, new Setting.Value(value));
                    }
                });
        return Settings.of(settings);
    }

    /** Keeps what arrives while a channel is between two loops. */
    private static final class Moving extends ChannelInboundHandlerAdapter {
        private final ArrayDeque<ByteBuf> early = new ArrayDeque<>();
        private final Entrance entrance;
        private boolean over;

        Moving(@Nullable ByteBuf first, Entrance entrance) {
            this.entrance = entrance;
            if (first != null) {
                early.add(first);
            }
        }

        /** What came; the session takes over from here. */
        ArrayDeque<ByteBuf> take() {
            over = true;
            return early;
        }

        void drop() {
            if (!over) {
                over = true;
                early.forEach(ByteBuf::release);
                early.clear();
                entrance.run();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            early.add((ByteBuf) message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            drop();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (!(cause instanceof IOException)) {
                LOG.error(
                        "client={} failed on its way to its loop",
                        Listener.printable(ctx.channel().remoteAddress()),
                        cause);
            }
            ctx.close();
        }
    }
}
