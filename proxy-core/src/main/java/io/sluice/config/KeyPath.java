package io.sluice.config;

import com.typesafe.config.ConfigUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where a value stands in the tree, such as {@code sluice.tenants.acme.pool.max}. An element of a
 * list is a part of its own, written {@code [0]}; a name with odd characters is quoted as HOCON
 * would.
 */
record KeyPath(List<String> parts) {
    static final KeyPath ROOT = new KeyPath(List.of());
    private static final Pattern ELEMENT = Pattern.compile("\\[\\d+]");

    KeyPath {
        parts = List.copyOf(parts);
    }

    static KeyPath of(String... parts) {
        return new KeyPath(List.of(parts));
    }

    KeyPath child(String name) {
        var longer = new ArrayList<>(parts);
        longer.add(name);
        return new KeyPath(longer);
    }

    KeyPath element(int index) {
        return child("[" + index + "]");
    }

    static boolean isElement(String part) {
        return ELEMENT.matcher(part).matches();
    }

    boolean startsWith(KeyPath prefix) {
        return parts.size() >= prefix.parts.size()
                && parts.subList(0, prefix.parts.size()).equals(prefix.parts);
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        for (String part : parts) {
            if (isElement(part)) {
                text.append(part);
            } else {
                text.append(text.isEmpty() ? "" : ".").append(ConfigUtil.joinPath(part));
            }
        }
        return text.toString();
    }
}
