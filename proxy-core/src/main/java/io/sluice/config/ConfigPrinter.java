package io.sluice.config;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the configuration in force as HOCON that could be loaded again, were it not for secrets.
 */
public final class ConfigPrinter {
    private static final ConfigRenderOptions FORM =
            ConfigRenderOptions.defaults()
                    .setOriginComments(false)
                    .setComments(false)
                    .setJson(false)
                    .setFormatted(true);

    private ConfigPrinter() {}

    /** Every key with the value in force, inherited ones included; a secret is {@code ***}. */
    public static String print(Settings settings) {
        var root = new LinkedHashMap<String, Object>();
        for (Setting setting : settings.inForce()) {
            put(root, setting.path().parts(), setting.value());
        }
        return ConfigValueFactory.fromAnyRef(withLists(root)).render(FORM);
    }

    private static void put(Map<String, Object> root, List<String> parts, Object value) {
        Map<String, Object> object = root;
        for (String part : parts.subList(0, parts.size() - 1)) {
            object = inside(object, part);
        }
        object.put(parts.getLast(), value);
    }

    @SuppressWarnings("unchecked") // only put() made these maps
    private static Map<String, Object> inside(Map<String, Object> object, String part) {
        return (Map<String, Object>)
                object.computeIfAbsent(part, _ -> new LinkedHashMap<String, Object>());
    }

    /** Turns objects whose keys are elements, [0] and so on, into lists. */
    private static Object withLists(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return value;
        }
        boolean isList =
                !map.isEmpty()
                        && map.keySet().stream().allMatch(key -> KeyPath.isElement(key.toString()));
        if (isList) {
            var list = new ArrayList<Object>();
            map.values().forEach(element -> list.add(withLists(element)));
            return list;
        }
        var object = new LinkedHashMap<String, Object>();
        map.forEach((key, inner) -> object.put(key.toString(), withLists(inner)));
        return object;
    }
}
