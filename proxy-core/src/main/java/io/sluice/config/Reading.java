package io.sluice.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that is noticed while one configuration is read: which keys anybody knows, which values came
 * to be in force, what is wrong. Confined to the thread that loads.
 */
final class Reading {
    private static final Comparator<ConfigError> IN_FILE_ORDER =
            Comparator.comparing(ConfigError::file).thenComparingInt(ConfigError::line);

    private final Set<ConfigError> errors = new LinkedHashSet<>();
    private final Set<ConfigError> warnings = new LinkedHashSet<>();
    private final Map<KeyPath, Set<String>> known = new HashMap<>();
    private final Map<KeyPath, Setting> settings = new LinkedHashMap<>();

    /**
     * Somebody reads the object at {@code path}.
     *
     * @return where to note each key that is asked for, whether it is there or not
     */
    Set<String> opened(KeyPath path) {
        return known.computeIfAbsent(path, _ -> new LinkedHashSet<>());
    }

    void inForce(Setting setting) {
        settings.put(setting.path(), setting);
    }

    void error(Location where, KeyPath path, String message, String hint) {
        errors.add(ConfigError.at(where, path.toString(), message, hint));
    }

    void warning(Location where, KeyPath path, String message) {
        warnings.add(ConfigError.at(where, path.toString(), message, ""));
    }

    /** What is in force for {@code path}; null if it was never read, or wrong. */
    @Nullable Setting setting(KeyPath path) {
        return settings.get(path);
    }

    Collection<Setting> settings() {
        return settings.values();
    }

    List<ConfigError> errors() {
        return errors.stream().sorted(IN_FILE_ORDER).toList();
    }

    List<ConfigError> warnings() {
        return warnings.stream().sorted(IN_FILE_ORDER).toList();
    }

    /** Reports every key below {@code root} that nobody took. */
    void reportUnknownKeys(ConfigObject root) {
        reportUnknownKeys(KeyPath.ROOT, root);
    }

    private void reportUnknownKeys(KeyPath path, ConfigObject object) {
        Set<String> taken = known.get(path);
        if (taken == null) {
            return; // a section where a value was expected, or the reverse: already reported
        }
        object.forEach((key, value) -> {
            if (taken.contains(key)) {
                descend(path.child(key), value);
            } else {
                error(Location.of(value), path.child(key), "unknown key", hint(path, key));
            }
        });
    }

    private void descend(KeyPath path, ConfigValue value) {
        if (value instanceof ConfigObject object) {
            reportUnknownKeys(path, object);
        } else if (value instanceof ConfigList list) {
            for (int i = 0; i < list.size(); i++) {
                descend(path.element(i), list.get(i));
            }
        }
    }

    private String hint(KeyPath path, String key) {
        Set<String> here = known.getOrDefault(path, Set.of());
        var nearest = Nearest.to(key, here);
        if (nearest.isPresent()) {
            return "did you mean \"" + nearest.get() + "\"?";
        }
        if (path.equals(KeyPath.ROOT)) {
            return "everything stands inside sluice { }";
        }
        List<String> choices = new ArrayList<>(here);
        return choices.isEmpty() ? "" : "known here: " + String.join(", ", choices);
    }
}
