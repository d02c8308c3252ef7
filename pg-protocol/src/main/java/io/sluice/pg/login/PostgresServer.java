package io.sluice.pg.login;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.ListenerConfig;
import io.sluice.console.Operator;
import io.sluice.console.OperatorSession;
import io.sluice.console.OperatorSessions;
import io.sluice.guard.Refusal;
import io.sluice.metrics.PinCounts;
import io.sluice.net.Loop;
import io.sluice.net.Peer;
import io.sluice.net.TlsContexts;
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
import io.sluice.pg.settings.Setting;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.sql.PinReason;
import io.sluice.pg.statement.TextBudget;
import io.sluice.pool.PoolKey;
import io.sluice.pool.ProtocolPool;
import io.sluice.session.Entrance;
import io.sluice.session.HomeComing;
import io.sluice.session.NotLetIn;
import io.sluice.spi.Protocol;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

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

    @Override
    public void accept(Channel channel, ListenerConfig listener) {
        Loop loop = proxy.loops().current();
        channel.pipeline()
                .addLast(
                        "startup",
                        new ClientStartup(this, listener, channel, loop::now, proxy.logins(loop)));
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
                        startup.tls().words(),
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
            TlsContexts.feed(channel, early);
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
        Destination destination = known.destination();
        if (destination == null) {
            channel.write(letIn, channel.voidPromise());
            startup.refuse(
                    ErrorResponse.fatal(
                            "3D000",
                            "database \"%s\" does not exist".formatted(known.databaseName())),
                    "asked for a database that its tenant does not have");
            return;
        }
        Entrance entrance = Entrance.to(destination, proxy);
        Refusal refusal = entrance.enter(destination);
        if (refusal != null) {
            channel.write(letIn, channel.voidPromise());
            startup.refuse(new NotLetIn.Refused(refusal));
            return;
        }
        String tls = startup.tls().words();
        HomeComing.begin(
                startup, entrance, letIn, way -> arrive(way, destination, packet, tls, entrance));
    }

    private void arrive(
            HomeComing way,
            Destination destination,
            StartupPacket packet,
            String tls,
            Entrance entrance) {
        Destination present = destination.in(proxy.config());
        if (present == null) {
            way.refuse(new NotLetIn.ConfigurationChanged());
            return;
        }
        Loop home = way.home();
        PgPool pgPool =
                ProtocolPool.of(
                        proxy,
                        home,
                        PoolKey.of(present, ""),
                        PgPool.class,
                        () -> new PgPool(proxy, home, present, texts.of(present.tenant().name())));
        CancelKey key = cancelKeys.register(packet.minor() >= 2);
        PgSession session =
                new PgSession(
                        new SessionContext(
                                proxy,
                                proxy.nextId(),
                                pgPool,
                                proxy.guards(home, present.tenant()),
                                present.user(),
                                (PgSettings) present.service().protocolSettings(),
                                mode(present),
                                pgPool.shared(startupSettings(packet)),
                                key,
                                tls,
                                () -> leave(key, entrance)),
                        way.channel());
        key.belongsTo(session);
        way.giveTo(session, session::begin);
    }

    private void leave(CancelKey key, Entrance entrance) {
        cancelKeys.remove(key);
        entrance.run();
    }

    private static PoolMode mode(Destination destination) {
        PoolMode ofUser = ((PgSettings.User) destination.user().protocolSettings()).mode();
        PoolMode ofDatabase =
                ((PgSettings.Database) destination.database().protocolSettings()).mode();
        return ofUser != null
                ? ofUser
                : ofDatabase != null
                        ? ofDatabase
                        : ((PgSettings) destination.service().protocolSettings()).mode();
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
}
