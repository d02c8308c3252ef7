package io.sluice.resp.session;

import io.sluice.config.PoolConfig;
import io.sluice.config.TimeoutsConfig;
import io.sluice.guard.OperationClass;
import io.sluice.net.Loop;
import io.sluice.pool.Lane;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.ServerConnection;
import io.sluice.pool.SharedLane;
import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.config.RespSettings;
import io.sluice.resp.tenancy.Names;
import io.sluice.resp.wire.RequestLimits;
import io.sluice.spi.Proxy;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The ways to one database number of a server, for one tenant's user and RESP version: connections
 * that are shared, and pools of those that are leased, made when they are first needed.
 *
 * <p><b>Threads:</b> confined to one loop.
 */
public final class RespLanes implements ServerConnection.Connector {
    private final Proxy proxy;
    private final Loop loop;
    private final BiFunction<RespLanes, Lane, Pool> pools;
    private RespTarget target;
    private TimeoutsConfig timeouts;
    private int mostBlocking;
    private final String tenant;
    private Policy policy;
    private Names names;
    private RequestLimits requestLimits;
    private CommandLimits limits;
    private final Knowledge knowledge;
    private final StallWatch stallWatch = new StallWatch(this);
    private @Nullable SharedLane shared;

    /**
     * @param mostBlocking connections for blocking commands
     * @param pools finds or makes the pool of a lane, whose connector this is
     */
    public RespLanes(
            Proxy proxy,
            Loop loop,
            String tenant,
            RespTarget target,
            TimeoutsConfig timeouts,
            RespSettings settings,
            int mostBlocking,
            Knowledge knowledge,
            BiFunction<RespLanes, Lane, Pool> pools) {
        this.proxy = proxy;
        this.loop = loop;
        this.tenant = tenant;
        this.target = target;
        this.timeouts = timeouts;
        this.pools = pools;
        this.mostBlocking = mostBlocking;
        this.policy = new Policy(settings);
        this.names = Names.of(settings, tenant);
        this.requestLimits = limitsOf(settings);
        this.knowledge = knowledge;
        this.limits = CommandLimits.of(settings.patience(), timeouts.query());
    }

    private static RequestLimits limitsOf(RespSettings settings) {
        return new RequestLimits(
                settings.requests().maxArguments(),
                (int) settings.requests().maxArgument(),
                RequestLimits.REDIS.maxInline(),
                true);
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

    /**
     * The pool of the shared connections, which this belongs to; once, right after both are made.
     */
    public void attach(Pool pool) {
        shared = new SharedLane(pool, settings().shared().slots());
    }

    /**
     * Takes a new target and new settings, after a reload.
     *
     * @return whether connections that are open must go
     */
    public boolean retarget(
            RespTarget newTarget,
            TimeoutsConfig newTimeouts,
            RespSettings newSettings,
            int newMostBlocking) {
        boolean changed = !newTarget.equals(target);
        target = newTarget;
        timeouts = newTimeouts;
        mostBlocking = newMostBlocking;
        if (!newSettings.equals(policy.settings())) {
            policy = new Policy(newSettings);
            names = Names.of(newSettings, tenant);
            requestLimits = limitsOf(newSettings);
            shared().setSlotsPerConnection(newSettings.shared().slots());
        }
        limits = CommandLimits.of(newSettings.patience(), newTimeouts.query());
        return changed;
    }

    Proxy proxy() {
        return proxy;
    }

    Loop loop() {
        return loop;
    }

    public RespTarget target() {
        return target;
    }

    TimeoutsConfig timeouts() {
        return timeouts;
    }

    /** Shared connections. */
    public SharedLane shared() {
        return Objects.requireNonNull(shared, "not attached");
    }

    /** The pool of connections of {@code lane}. */
    Pool pool(Lane lane) {
        return lane == Lane.SHARED ? shared().pool() : pools.apply(this, lane);
    }

    @Override
    public PoolConfig sizes(Lane lane, PoolConfig ofUser) {
        return switch (lane) {
            case LEASE -> ofUser.sized(0, ofUser.max(), ofUser.reserve());
            case SHARED -> ofUser.sized(0, settings().shared().connections(), 0);
            case BLOCKING -> ofUser.sized(0, mostBlocking, 0);
            case SUBSCRIPTION, CONTROL -> ofUser.sized(0, 1, 0);
        };
    }

    @Override
    public ServerConnection open(Pool ofPool, Permit permit, ServerConnection.Opening opening) {
        RespConnection connection = new RespConnection(this, ofPool, permit);
        RespOpening.begin(proxy, this, connection, opening);
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
