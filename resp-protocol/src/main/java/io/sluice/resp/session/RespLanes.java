package io.sluice.resp.session;

import io.sluice.config.PoolConfig;
import io.sluice.guard.OperationClass;
import io.sluice.metrics.KindCounts;
import io.sluice.net.Loop;
import io.sluice.pool.Lane;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.pool.ProtocolPool;
import io.sluice.pool.ServerConnection;
import io.sluice.pool.SharedLane;
import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.config.RespSettings;
import io.sluice.resp.tenancy.Names;
import io.sluice.resp.wire.RequestLimits;
import io.sluice.resp.wire.RespVersion;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import org.jspecify.annotations.Nullable;

/**
 * The ways to one database number of a server, for one tenant's user and RESP version: connections
 * that are shared, and pools of those that are leased, made when they are first needed.
 *
 * <p><b>Threads:</b> confined to one loop.
 */
public final class RespLanes extends ProtocolPool {
    private final RespVersion version;
    private final Knowledge knowledge;
    private final KindCounts kinds;
    private final StallWatch stallWatch = new StallWatch(this);
    private @Nullable SharedLane shared;
    private Policy policy;
    private Names names;
    private RequestLimits requestLimits;
    private CommandLimits limits;

    private RespLanes(
            Proxy proxy,
            Loop loop,
            Destination destination,
            RespVersion version,
            Knowledge knowledge,
            KindCounts kinds) {
        super(proxy, loop, destination);
        RespSettings settings = settingsOf(destination);
        this.version = version;
        this.knowledge = knowledge;
        this.kinds = kinds;
        this.policy = new Policy(settings);
        this.names = Names.of(settings, destination.tenant().name());
        this.requestLimits = limitsOf(settings);
        this.limits = CommandLimits.of(settings.patience(), destination.user().timeouts().query());
    }

    /** The lanes to a destination, made on first use; on the loop of {@code home}. */
    static RespLanes to(Destination destination, RespVersion version, RespHome home) {
        return ProtocolPool.of(
                home.proxy(),
                home.loop(),
                PoolKey.of(destination, "resp" + version.number()).in(Lane.SHARED),
                RespLanes.class,
                () ->
                        new RespLanes(
                                home.proxy(),
                                home.loop(),
                                destination,
                                version,
                                home.knowledge(
                                        destination.service().backend().name(),
                                        destination.user().serverUser()),
                                home.proxy()
                                        .kinds()
                                        .of(
                                                destination.protocol(),
                                                destination.tenant().name(),
                                                home.loop().index())));
    }

    private static RespSettings settingsOf(Destination destination) {
        return (RespSettings) destination.service().protocolSettings();
    }

    private static RequestLimits limitsOf(RespSettings settings) {
        return new RequestLimits(
                settings.requests().maxArguments(),
                (int) settings.requests().maxArgument(),
                RequestLimits.REDIS.maxInline(),
                true);
    }

    @Override
    public void follow(Destination now) {
        super.follow(now);
        RespSettings settings = settingsOf(now);
        if (!settings.equals(policy.settings())) {
            policy = new Policy(settings);
            names = Names.of(settings, now.tenant().name());
            requestLimits = limitsOf(settings);
            shared().setSlotsPerConnection(settings.shared().slots());
        }
        limits = CommandLimits.of(settings.patience(), timeouts().query());
    }

    // ---- what it knows

    RespVersion version() {
        return version;
    }

    /** The server's number of its database. */
    int serverNumber() {
        return Integer.parseInt(serverDatabase());
    }

    /** Nanoseconds that a command of that class may take; 0: any. */
    long limit(OperationClass operationClass) {
        return limits.of(operationClass);
    }

    /** What its server has. */
    BackendCommands commands() {
        return knowledge.commands();
    }

    Knowledge knowledge() {
        return knowledge;
    }

    /** Where commands are counted. */
    KindCounts kinds() {
        return kinds;
    }

    Policy policy() {
        return policy;
    }

    RespSettings settings() {
        return policy.settings();
    }

    /** What its tenant's keys and channels are called on the server. */
    Names names() {
        return names;
    }

    RequestLimits requestLimits() {
        return requestLimits;
    }

    // ---- lanes

    /** Shared connections. */
    public SharedLane shared() {
        SharedLane present = shared;
        if (present == null) {
            present = new SharedLane(pool(), settings().shared().slots());
            shared = present;
        }
        return present;
    }

    /** The pool of connections of {@code lane}. */
    Pool pool(Lane lane) {
        return lane == Lane.SHARED ? pool() : in(lane);
    }

    @Override
    public PoolConfig sizes(Lane lane, PoolConfig ofUser) {
        return switch (lane) {
            case LEASE -> ofUser.sized(0, ofUser.max(), ofUser.reserve());
            case SHARED -> ofUser.sized(0, settings().shared().connections(), 0);
            case BLOCKING -> ofUser.sized(0, mostBlocking(), 0);
            case SUBSCRIPTION, CONTROL -> ofUser.sized(0, 1, 0);
        };
    }

    private int mostBlocking() {
        int ofTenant = destination().tenant().maxBlocking();
        return ofTenant == 0 ? backend().maxConnections() : ofTenant;
    }

    @Override
    public ServerConnection open(Pool ofPool, Permit permit, ServerConnection.Opening opening) {
        RespConnection connection = new RespConnection(this, ofPool, permit);
        new RespStartup(this, connection, opening).begin();
        return connection;
    }

    // ---- what its connections report

    void onAnswered(RespConnection connection) {
        if (isShared(connection)) {
            shared().onAnswered();
        }
    }

    void onLost(RespConnection connection) {
        if (isShared(connection)) {
            shared().onLost(connection);
        }
    }

    /**
     * Looks at a shared connection.
     *
     * @param silence nanoseconds that it has owed answers without giving any
     */
    void watch(RespConnection connection, long silence) {
        stallWatch.look(connection, silence, settings().shared().stall().toNanos());
    }

    private static boolean isShared(RespConnection connection) {
        return connection.pool().key().lane() == Lane.SHARED;
    }
}
