package io.sluice.resp.session;

import io.sluice.config.UserConfig;
import io.sluice.fanout.Hub;
import io.sluice.fanout.HubSettings;
import io.sluice.fanout.Hubs;
import io.sluice.fanout.Upstream;
import io.sluice.guard.Refusal;
import io.sluice.pool.Lane;
import io.sluice.pool.PoolKey;
import io.sluice.resp.config.RespSettings;
import io.sluice.resp.pubsub.ChannelNames;
import io.sluice.resp.wire.RespVersion;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The hubs of one loop: one for each tenant, backend and user there, whatever database and RESP
 * version its clients have, since channels are of no database.
 *
 * <p><b>Threads:</b> confined to the loop.
 */
final class FanOut {
    /** Every tenant has it. */
    private static final String FIRST_DATABASE = "0";

    /** Most bytes of the names that are subscribed to at one hub. */
    private static final long MOST_NAME_BYTES = 64 << 20;

    private final RespHome home;
    private final Map<PoolKey, Source> sources = new HashMap<>();

    FanOut(RespHome home) {
        this.home = home;
    }

    private Proxy proxy() {
        return home.proxy();
    }

    private Hubs hubs() {
        return proxy().hubs(home.loop());
    }

    /** Where sessions of {@code destination} subscribe; whoever asks joins it at once. */
    Hub hub(Destination destination) {
        PoolKey key =
                new PoolKey(
                        destination.protocol(),
                        destination.tenant().name(),
                        destination.service().backend().name(),
                        "",
                        destination.user().serverUser(),
                        "",
                        Lane.SUBSCRIPTION,
                        0);
        return hubs().get(key, () -> make(key, destination));
    }

    private Hub make(PoolKey key, Destination destination) {
        sources.values().removeIf(source -> source.hub().isClosed());
        Source source = new Source(key, destination);
        sources.put(key, source);
        return source.hub();
    }

    /** The configuration may have changed. */
    void onReload() {
        for (Source source : List.copyOf(sources.values())) {
            if (source.hub().isClosed()) {
                sources.remove(source.key, source);
            } else {
                source.onReload();
            }
        }
    }

    static HubSettings settings(Destination destination) {
        RespSettings settings = (RespSettings) destination.service().protocolSettings();
        RespSettings.Replies unread = settings.replies();
        Duration stall = settings.shared().stall();
        return new HubSettings(
                settings.subscriptions().maxChannels(),
                settings.subscriptions().maxTotal(),
                MOST_NAME_BYTES,
                unread.hard(),
                Math.min(unread.soft(), unread.hard()),
                atLeastAMillisecond(unread.softFor()),
                stall.multipliedBy(2),
                stall,
                atLeastAMillisecond(destination.service().backend().loginRetry()));
    }

    private static Duration atLeastAMillisecond(Duration duration) {
        return duration.isPositive() ? duration : Duration.ofMillis(1);
    }

    private static ChannelNames names(Destination destination) {
        return ChannelNames.of(
                (RespSettings) destination.service().protocolSettings(),
                destination.tenant().name());
    }

    /** A hub, and where it gets its connections from. */
    private final class Source implements Upstream {
        final PoolKey key;
        private final Hub hub;
        private ChannelNames names;

        Source(PoolKey key, Destination destination) {
            this.key = key;
            this.names = names(destination);
            this.hub =
                    new Hub(
                            "%s/%s/%s".formatted(key.tenant(), key.backend(), key.user()),
                            home.loop(),
                            settings(destination),
                            this,
                            proxy().stats()
                                    .of(
                                            key.protocol(),
                                            key.tenant(),
                                            FIRST_DATABASE,
                                            home.loop().index()));
        }

        Hub hub() {
            return hub;
        }

        @Override
        public void open(Hub opening) {
            Destination there = destination();
            if (there == null) {
                opening.onUnavailable(
                        new Refusal.BackendUnavailable(
                                opening.name(),
                                "none of the tenant's users goes there any more",
                                "",
                                opening.settings().retryPause()));
                return;
            }
            names = names(there);
            RespSettings settings = (RespSettings) there.service().protocolSettings();
            RespLanes lanes = home.lanes(there, RespVersion.RESP3);
            new HubLink(opening, names, lanes, settings.replies().hard()).open();
        }

        /** The way there as a user who has it; null if nobody has. */
        private @Nullable Destination destination() {
            for (String user : users()) {
                Destination there =
                        Destination.find(
                                proxy().config(),
                                key.protocol(),
                                key.tenant(),
                                FIRST_DATABASE,
                                user);
                if (there != null && there.service().backend().name().equals(key.backend())) {
                    return there;
                }
            }
            return null;
        }

        /** The tenant's users who are this hub's user on the server. */
        private List<String> users() {
            List<String> users = new ArrayList<>();
            var tenant = proxy().config().tenants().get(key.tenant());
            var service = tenant == null ? null : tenant.services().get(key.protocol());
            if (service != null) {
                for (UserConfig user : service.users().values()) {
                    if (user.serverUser().equals(key.user())) {
                        users.add(user.name());
                    }
                }
            }
            return users;
        }

        void onReload() {
            Destination there = destination();
            if (there == null) {
                return; // its connection goes with the pool that it is of, its sessions with theirs
            }
            hub.reconfigure(settings(there));
            if (!names.areLike(names(there))) {
                hub.renew("the configuration has changed");
            }
        }
    }
}
