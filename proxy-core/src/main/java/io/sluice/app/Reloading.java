package io.sluice.app;

import io.sluice.config.ConfigError;
import io.sluice.config.LiveConfig;
import io.sluice.config.Loaded;
import io.sluice.config.SluiceConfig;
import io.sluice.guard.Refusal;
import io.sluice.net.Loop;
import io.sluice.pool.Caps;
import io.sluice.pool.Lane;
import io.sluice.pool.Pool;
import io.sluice.pool.Pools;
import io.sluice.session.ClientSession.EndCode;
import io.sluice.session.Sessions;
import io.sluice.spi.Lifecycle.Reload;
import io.sluice.spi.Protocol;
import io.sluice.tenant.Destination;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Puts a new configuration in force, or says why the old one stays.
 *
 * <p>Everything that can fail comes first: the file, the keys and certificates it names, the
 * addresses to listen on. Then the snapshot is swapped, protocols are told, listeners changed, and
 * each loop sees to its own pools, guards and sessions.
 *
 * <p><b>Threads:</b> blocks; one reload runs at a time.
 */
final class Reloading {
    private static final Logger LOG = LogManager.getLogger(Reloading.class);

    private final LiveConfig live;
    private final Sluice sluice;
    private final Collection<Protocol.Server> servers;
    private final Listeners listeners;

    Reloading(
            LiveConfig live,
            Sluice sluice,
            Collection<Protocol.Server> servers,
            Listeners listeners) {
        this.live = live;
        this.sluice = sluice;
        this.servers = servers;
        this.listeners = listeners;
    }

    synchronized Reload run() {
        Reload reload =
                sluice.isDraining()
                        ? new Reload(
                                false,
                                List.of(
                                        "the process is shutting down: nothing is reloaded any more"))
                        : load();
        reload.remarks().forEach(remark -> LOG.warn("reload: {}", remark));
        LOG.info(
                "reload={}",
                reload.inForce() ? "in-force" : "refused, the old configuration stays");
        return reload;
    }

    private Reload load() {
        SluiceConfig before = live.current();
        return switch (live.reload()) {
            case Loaded.Refused(var errors) -> new Reload(false, lines(errors));
            case Loaded.Ready(var config, _, var warnings) -> {
                List<String> remarks = new ArrayList<>(lines(warnings));
                apply(before, config);
                yield new Reload(true, remarks);
            }
        };
    }

    private void apply(SluiceConfig before, SluiceConfig now) {
        servers.forEach(Protocol.Server::onReload);
        listeners.change(now);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (Loop loop : sluice.loops()) {
            all.add(CompletableFuture.runAsync(() -> applyOn(loop, before, now), loop.executor()));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        sluice.ledger().limitsChanged();
    }

    private void applyOn(Loop loop, SluiceConfig before, SluiceConfig now) {
        sluice.guards(loop).reconfigure(now);
        Pools pools = sluice.pools(loop);
        for (Pool pool : List.copyOf(pools.all())) {
            Place place = Place.of(now, pool.key());
            if (place == null) {
                dismiss(loop, pool);
            } else {
                change(pool, Place.of(before, pool.key()), place, sluice.departures(loop));
            }
        }
    }

    /** What the pool was for is no longer configured: neither it nor its sessions may stay. */
    private void dismiss(Loop loop, Pool pool) {
        String message =
                "tenant %s, database %s or user %s is no longer configured"
                        .formatted(pool.key().tenant(), pool.key().database(), pool.key().user());
        Sessions sessions = sluice.sessions(loop);
        sessions.forEach(session -> {
            if (session.pool() == pool) {
                session.end(EndCode.KILLED, message);
            }
        });
        pool.tearDown(new Refusal.ShuttingDown());
    }

    private void change(Pool pool, @Nullable Place before, Place now, Departures departures) {
        Destination destination = now.destination();
        Lane lane = pool.key().lane();
        Caps.of(sluice.ledger(), sluice.config(), destination, lane);
        pool.connector().follow(destination);
        pool.reconfigure(pool.connector().sizes(lane, destination.user().pool()));
        String backend = destination.service().backend().name();
        boolean moves = !backend.equals(pool.key().backend());
        if (moves || before == null || !now.connectsLike(before)) {
            pool.reconnect();
        }
        if (moves) {
            departures.retire(
                    pool, "the tenant has moved to backend %s, connect again".formatted(backend));
        } else {
            departures.keep(pool);
        }
    }

    private static List<String> lines(List<ConfigError> errors) {
        return errors.stream().map(ConfigError::toString).toList();
    }
}
