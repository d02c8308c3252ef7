package io.sluice.resp.login;

import io.netty.channel.Channel;
import io.sluice.config.ListenerConfig;
import io.sluice.guard.Refusal;
import io.sluice.net.Loop;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.config.RespSettings;
import io.sluice.resp.session.Authenticator;
import io.sluice.resp.session.Client;
import io.sluice.resp.session.RespContext;
import io.sluice.resp.session.RespHome;
import io.sluice.resp.session.RespSession;
import io.sluice.resp.session.RetainedMemory;
import io.sluice.resp.session.UnreadBudget;
import io.sluice.resp.wire.RespVersion;
import io.sluice.session.Entrance;
import io.sluice.session.HomeComing;
import io.sluice.session.NotLetIn;
import io.sluice.spi.Protocol;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Redis being served: takes accepted connections, and brings clients that are let in to their
 * lanes.
 *
 * <p><b>Threads:</b> any.
 */
final class RedisServer implements Protocol.Server {
    private final Proxy proxy;
    private final List<RespHome> homes = new ArrayList<>();

    RedisServer(Proxy proxy) {
        this.proxy = proxy;
        CommandTable table = CommandTable.shipped();
        UnreadBudget unread = new UnreadBudget(() -> global(proxy).replies().total());
        proxy.unread().know(RespProtocol.NAME, unread::total);
        proxy.kinds().know(RespProtocol.NAME, names(table));
        for (Loop loop : proxy.loops()) {
            homes.add(new RespHome(proxy, loop, table, unread));
        }
    }

    private static RespSettings global(Proxy proxy) {
        if (proxy.config().protocols().get(RespProtocol.NAME) instanceof RespSettings settings) {
            return settings;
        }
        throw new IllegalStateException("nothing is configured for " + RespProtocol.NAME);
    }

    /** By number; behind those of the table one name for all that only a server knows. */
    private static List<String> names(CommandTable table) {
        List<String> names =
                new ArrayList<>(Collections.nCopies(table.size() + 1, CommandSpec.OTHER));
        table.commands().forEach(spec -> names.set(spec.id(), spec.label()));
        return names;
    }

    private RespHome home(Loop loop) {
        return homes.get(loop.index());
    }

    @Override
    public void accept(Channel channel, ListenerConfig listener) {
        Loop loop = proxy.loops().current();
        channel.config().setMessageSizeEstimator(RetainedMemory.ESTIMATOR);
        channel.pipeline()
                .addLast(
                        "startup",
                        new RespArrival(
                                this, proxy, listener, channel, loop::now, proxy.logins(loop)));
    }

    /** Lanes follow the configuration by themselves. */
    @Override
    public void onReload() {
        for (Loop loop : proxy.loops()) {
            loop.execute(() -> home(loop).onReload());
        }
    }

    // ---- sessions

    /**
     * A client has proved who it is; what it has sent to do so is looked at again by its session.
     */
    void beginSession(RespArrival arrival, Authenticator authenticator, Destination destination) {
        Entrance entrance = Entrance.to(destination, proxy);
        Refusal refusal = entrance.enter(destination);
        if (refusal != null) {
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
                        home.lanes(present, RespVersion.RESP2),
                        new Client(),
                        way.channel());
        way.giveTo(session, session::begin);
    }
}
