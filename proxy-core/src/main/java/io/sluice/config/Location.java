package io.sluice.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.util.Comparator;

/**
 * Where in which file something was written.
 *
 * @param file as the operator named it, or as it was included; {@code reference.conf} for a default
 * @param line from 1; 0 where there is none (a variable of the environment)
 */
record Location(String file, int line) {
    /** Of what stands in no file any more. */
    static final Location NOWHERE = new Location("", 0);

    private static final Comparator<Location> IN_FILE_ORDER =
            Comparator.comparing(Location::file).thenComparingInt(Location::line);

    static Location of(ConfigOrigin origin) {
        String resource = origin.resource();
        String file = origin.filename();
        String name = resource != null ? resource : file != null ? file : origin.description();
        return new Location(name, Math.max(0, origin.lineNumber()));
    }

    /**
     * The place of a value. An object put together from several places is where its first part is.
     */
    static Location of(ConfigValue value) {
        if (value.origin().lineNumber() > 0 || !(value instanceof ConfigObject object)) {
            return of(value.origin());
        }
        return object.values().stream()
                .map(Location::of)
                .filter(location -> location.line > 0 && !location.isDefault())
                .min(IN_FILE_ORDER)
                .orElseGet(() -> of(value.origin()));
    }

    /** Whether this is a default of ours, which no operator can be blamed for. */
    boolean isDefault() {
        return file.startsWith("reference") && file.endsWith(".conf") && !file.contains("/");
    }

    @Override
    public String toString() {
        return line > 0 ? file + ":" + line : file;
    }
}
