package io.sluice.console;

import io.sluice.config.DatabaseConfig;
import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.config.UserConfig;
import io.sluice.console.Survey.Found;
import io.sluice.net.Loop;
import io.sluice.pool.Pool;
import io.sluice.pool.ServerConnection;
import io.sluice.pool.Switches.Database;
import io.sluice.session.ClientSession;
import io.sluice.spi.PoolModeSetting;
import io.sluice.spi.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What the commands share: the process, its configuration by name, and the way to its loops. */
final class Overview {
    private final Proxy proxy;
    private final Survey survey;
    private volatile @Nullable Named named;

    private record Named(SluiceConfig config, DatabaseNames names) {}

    Overview(Proxy proxy, Survey survey) {
        this.proxy = proxy;
        this.survey = survey;
    }

    Proxy proxy() {
        return proxy;
    }

    Survey survey() {
        return survey;
    }

    SluiceConfig config() {
        return proxy.config();
    }

    /** What databases are called under the configuration in force. */
    @SuppressWarnings("ReferenceEquality") // is it still the same snapshot?
    DatabaseNames names() {
        SluiceConfig config = proxy.config();
        Named known = named;
        if (known == null || known.config() != config) {
            known = new Named(config, new DatabaseNames(config));
            named = known;
        }
        return known.names();
    }

    /** Every pool on every loop. */
    CompletableFuture<Found<PoolFigures>> pools() {
        return survey.ask(
                loop -> new ArrayList<Pool>(proxy.pools(loop).all()),
                (pool, rows) -> rows.add(PoolFigures.of(pool)));
    }

    /** All sessions of a loop; on it. */
    List<ClientSession> sessions(Loop loop) {
        List<ClientSession> all = new ArrayList<>();
        proxy.sessions(loop).forEach(all::add);
        return all;
    }

    /** All server connections of a loop; on it. */
    List<ServerConnection> connections(Loop loop) {
        List<ServerConnection> all = new ArrayList<>();
        for (Pool pool : proxy.pools(loop).all()) {
            all.addAll(pool.connections());
        }
        return all;
    }

    @Nullable ServiceConfig service(Database database) {
        TenantConfig tenant = config().tenants().get(database.tenant());
        return tenant == null ? null : tenant.services().get(database.protocol());
    }

    /** The pool mode in force for a user of a database; null where the protocol has none. */
    @Nullable String poolMode(Database database, String user) {
        ServiceConfig service = service(database);
        if (service == null) {
            return null;
        }
        List<Object> nearestFirst = new ArrayList<>(3);
        UserConfig userConfig = service.users().get(user);
        if (userConfig != null) {
            nearestFirst.add(userConfig.protocolSettings());
        }
        DatabaseConfig databaseConfig = service.databases().get(database.name());
        if (databaseConfig != null) {
            nearestFirst.add(databaseConfig.protocolSettings());
        }
        nearestFirst.add(service.protocolSettings());
        for (Object settings : nearestFirst) {
            String mode = poolMode(settings);
            if (mode != null) {
                return mode;
            }
        }
        return null;
    }

    /** The pool mode that these settings themselves say; null if they do not. */
    static @Nullable String poolMode(Object settings) {
        return settings instanceof PoolModeSetting setting ? setting.poolMode() : null;
    }
}
