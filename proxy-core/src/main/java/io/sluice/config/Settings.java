package io.sluice.config;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Every value in force, as it would be written: what {@link ConfigPrinter} prints and {@link
 * ConfigView} lists. Secrets are {@code ***}. Immutable.
 */
public final class Settings {
    private final List<Setting> inForce;
    private final Map<KeyPath, Object> defaults;
    private final Set<KeyPath> restartOnly;

    /**
     * @param defaults what is in force for a key if the file says nothing
     * @param restartOnly keys whose change, and that of all below them, waits for a restart
     */
    Settings(Collection<Setting> inForce, Collection<Setting> defaults, Set<KeyPath> restartOnly) {
        this.inForce = List.copyOf(inForce);
        this.restartOnly = Set.copyOf(restartOnly);
        var byPath = new HashMap<KeyPath, Object>();
        defaults.forEach(setting -> byPath.put(setting.path(), setting.value()));
        this.defaults = Map.copyOf(byPath);
    }

    List<Setting> inForce() {
        return inForce;
    }

    /** What it is if nobody says anything; empty for a key that somebody has to say. */
    String defaultOf(KeyPath path) {
        Object value = defaults.get(path);
        return value == null ? "" : show(value);
    }

    /** Where {@code key}, written without its leading {@code sluice.}, got its value. */
    Location whereIs(String key) {
        return find(key).map(Setting::where).orElse(Location.NOWHERE);
    }

    /**
     * What is wrong with a value, told where it was written.
     *
     * @param keys without the leading {@code sluice.}, one at least: the value is that of the first
     *     which is in force
     */
    public ConfigError errorAt(List<String> keys, String message) {
        for (String key : keys) {
            Optional<Setting> setting = find(key);
            if (setting.isPresent()) {
                return ConfigError.at(
                        setting.get().where(), setting.get().definedAt().toString(), message, "");
            }
        }
        return ConfigError.at(Location.NOWHERE, "sluice." + keys.getFirst(), message, "");
    }

    private Optional<Setting> find(String key) {
        String path = "sluice." + key;
        return inForce.stream()
                .filter(setting -> setting.path().toString().equals(path))
                .findFirst();
    }

    boolean isChangeable(KeyPath path) {
        return restartOnly.stream().noneMatch(path::startsWith);
    }

    static String show(Object value) {
        return value instanceof List<?> list
                ? String.join(", ", list.stream().map(Object::toString).toList())
                : value.toString();
    }
}
