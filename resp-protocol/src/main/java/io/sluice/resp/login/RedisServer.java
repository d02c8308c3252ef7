package io.sluice.resp.login;

import io.netty.channel.Channel;
import io.sluice.config.ListenerConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.guard.Refusal;
import io.sluice.metrics.Stats;
import io.sluice.net.Loop;
import io.sluice.pool.Caps;
import io.sluice.pool.Lane;
import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.config.RespSettings;
import io.sluice.resp.session.Authenticator;
import io.sluice.resp.session.Client;
import io.sluice.resp.session.Directory;
import io.sluice.resp.session.RespContext;
import io.sluice.resp.session.RespHome;
import io.sluice.resp.session.RespLanes;
import io.sluice.resp.session.RespSession;
import io.sluice.resp.session.RespTarget;
import io.sluice.resp.wire.RespVersion;
import io.sluice.session.Entrance;
import io.sluice.session.HomeComing;
import io.sluice.session.NotLetIn;
import io.sluice.spi.Protocol;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Redis being served: takes accepted connections, and brings clients that are let in to their
 * lanes.
 *
 * <p><b>Threads:</b> any.
 */
final class RedisServer implements Protocol.Server, Directory {
    private final Proxy proxy;
    private final List<RespHome> homes = new ArrayList<>();

    RedisServer(Proxy proxy) {
        this.proxy = proxy;
        CommandTable table = CommandTable.shipped();
        for (Loop loop : proxy.loops()) {
            homes.add(new RespHome(proxy, loop, table, this));
        }
    }

    private RespHome home(Loop loop) {
        return homes.get(loop.index());
    }

    @Override
    public void accept(Channel channel, ListenerConfig listener) {
        Loop loop = proxy.loops().current();
        channel.pipeline()
                .addLast(
                        "startup",
                        new RespArrival(
                                this, proxy, listener, channel, loop::now, proxy.logins(loop)));
    }

    @Override
    public void onReload() {
        for (Loop loop : proxy.loops()) {
            loop.execute(() -> retarget(loop));
        }
    }

    private void retarget(Loop loop) {
        SluiceConfig config = proxy.config();
        Set<RespLanes> changed = new HashSet<>();
        for (Pool pool : proxy.pools(loop).all()) {
            if (pool.connector() instanceof RespLanes lanes) {
                Destination there =
                        Destination.find(
                                config,
                                RespProtocol.NAME,
                                pool.key().tenant(),
                                pool.key().database(),
                                pool.key().user());
                if (there != null
                        && lanes.retarget(
                                target(there, lanes.target().version()),
                                there.user().timeouts(),
                                settings(there),
                                mostBlocking(there))) {
                    changed.add(lanes);
                }
            }
        }
        for (Pool pool : proxy.pools(loop).all()) {
            if (pool.connector() instanceof RespLanes lanes && changed.contains(lanes)) {
                pool.reconnect();
            }
        }
    }

    private static RespSettings settings(Destination destination) {
        return (RespSettings) destination.service().protocolSettings();
    }

    private static RespTarget target(Destination destination, RespVersion version) {
        return new RespTarget(
                destination.service().backend(),
                Integer.parseInt(destination.database().serverName()),
                destination.user().serverUser(),
                destination.user().serverSecret(),
                version);
    }

    // ---- sessions

    /**
     * A client has proved who it is; what it has sent to do so is looked at again by its session.
     */
    void beginSession(RespArrival arrival, Authenticator authenticator, Destination destination) {
        Entrance entrance = Entrance.to(destination, proxy);
        Refusal refusal = entrance.enter(destination);
        if (refusal != null) {
            entrance.run();
            arrival.refuse(new NotLetIn.Refused(refusal));
            return;
        }
        String tls = arrival.tls().words();
        HomeComing.begin(
                arrival,
                entrance,
                arrival.channel().alloc().buffer(0, 0),
                way -> arrive(way, authenticator, destination, tls, entrance));
    }

    private void arrive(
            HomeComing way,
            Authenticator authenticator,
            Destination destination,
            String tls,
            Entrance entrance) {
        Destination present = destination.in(proxy.config());
        if (present == null) {
            way.refuse(new NotLetIn.ConfigurationChanged());
            return;
        }
        RespHome home = home(way.home());
        RespSession session =
                new RespSession(
                        new RespContext(
                                proxy,
                                home,
                                proxy.nextId(),
                                authenticator,
                                present,
                                proxy.guards(way.home(), present.tenant()),
                                tls,
                                entrance),
                        lanes(home, present, RespVersion.RESP2),
                        new Client(),
                        way.channel());
        way.giveTo(session, session::begin);
    }

    // ---- lanes

    @Override
    public RespLanes lanes(RespHome home, Destination destination, RespVersion version) {
        PoolKey key =
                new PoolKey(
                        RespProtocol.NAME,
                        destination.tenant().name(),
                        destination.service().backend().name(),
                        destination.database().name(),
                        destination.user().name(),
                        "resp" + version.number(),
                        Lane.SHARED,
                        0);
        Pool shared =
                proxy.pools(home.loop()).get(key, () -> makeLanes(home, key, destination, version));
        return (RespLanes) shared.connector();
    }

    private Pool makeLanes(
            RespHome home, PoolKey key, Destination destination, RespVersion version) {
        RespSettings settings = settings(destination);
        RespLanes lanes =
                new RespLanes(
                        proxy,
                        home.loop(),
                        destination.tenant().name(),
                        target(destination, version),
                        destination.user().timeouts(),
                        settings,
                        mostBlocking(destination),
                        home.knowledge(
                                destination.service().backend().name(),
                                destination.user().serverUser()),
                        (made, lane) ->
                                proxy.pools(home.loop())
                                        .get(
                                                key.in(lane),
                                                () ->
                                                        pool(
                                                                home.loop(),
                                                                key.in(lane),
                                                                destination,
                                                                made)));
        Pool shared = pool(home.loop(), key, destination, lanes);
        lanes.attach(shared);
        return shared;
    }

    private Pool pool(Loop loop, PoolKey key, Destination destination, RespLanes lanes) {
        Stats stats = proxy.stats().of(key.protocol(), key.tenant(), key.database(), loop.index());
        return new Pool(
                key,
                loop,
                lanes.sizes(key.lane(), destination.user().pool()),
                proxy.ledger(),
                Caps.of(
                        proxy.ledger(),
                        proxy.config(),
                        destination.tenant(),
                        destination.service(),
                        destination.database(),
                        destination.user(),
                        key.lane()),
                lanes,
                stats,
                proxy.switches());
    }

    private static int mostBlocking(Destination destination) {
        int tenant = destination.tenant().maxBlocking();
        return tenant == 0 ? destination.service().backend().maxConnections() : tenant;
    }
}
