package io.sluice.console;

import io.sluice.config.ServiceConfig;
import io.sluice.config.SluiceConfig;
import io.sluice.config.TenantConfig;
import io.sluice.pool.Switches.Database;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the console calls databases: by their bare name, where two tenants have one of a name {@code
 * tenant/name}, and where even that is two things {@code protocol/tenant/name}. Immutable.
 */
final class DatabaseNames {
    private final Map<Database, String> names = new HashMap<>();
    private final Map<String, Database> byName = new HashMap<>();
    private final List<Database> all = new ArrayList<>();

    /** Bare names that mean several databases. */
    private final Set<String> ambiguous = new HashSet<>();

    DatabaseNames(SluiceConfig config) {
        for (TenantConfig tenant : config.tenants().values()) {
            for (Map.Entry<String, ServiceConfig> service : tenant.services().entrySet()) {
                for (String name : service.getValue().databases().keySet()) {
                    all.add(new Database(service.getKey(), tenant.name(), name));
                }
            }
        }
        Map<String, Integer> bare = new HashMap<>();
        Map<String, Integer> withTenant = new HashMap<>();
        for (Database database : all) {
            bare.merge(database.name(), 1, Integer::sum);
            withTenant.merge(withTenant(database), 1, Integer::sum);
        }
        for (Database database : all) {
            String name;
            if (bare.getOrDefault(database.name(), 0) == 1) {
                name = database.name();
            } else {
                ambiguous.add(database.name());
                name =
                        withTenant.getOrDefault(withTenant(database), 0) == 1
                                ? withTenant(database)
                                : full(database);
            }
            names.put(database, name);
        }
        // The full forms are always understood, but never hide a name that is shown.
        all.forEach(database -> byName.put(full(database), database));
        all.forEach(database -> {
            if (withTenant.getOrDefault(withTenant(database), 0) == 1) {
                byName.put(withTenant(database), database);
            }
        });
        names.forEach((database, name) -> byName.put(name, database));
    }

    private static String withTenant(Database database) {
        return database.tenant() + "/" + database.name();
    }

    private static String full(Database database) {
        return database.protocol() + "/" + withTenant(database);
    }

    /** Every configured database, in the order of the file. */
    List<Database> all() {
        return Collections.unmodifiableList(all);
    }

    /** What to call a database; one that is no longer configured is told with its tenant. */
    String of(Database database) {
        String name = names.get(database);
        return name != null ? name : withTenant(database);
    }

    /** The database of a name as shown, or with its tenant in front; null if there is none. */
    @Nullable Database find(String name) {
        return byName.get(name);
    }

    /** Whether several tenants have a database of this bare name. */
    boolean isAmbiguous(String name) {
        return ambiguous.contains(name);
    }
}
