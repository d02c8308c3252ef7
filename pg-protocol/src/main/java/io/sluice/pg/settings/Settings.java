package io.sluice.pg.settings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a session has set beyond what its server connections start with. Immutable; sessions with
 * the same settings may share one.
 */
public final class Settings {
    public static final Settings NONE = new Settings(new TreeMap<>());

    /** In what encoding a server reads texts and writes answers. */
    public static final String CLIENT_ENCODING = "client_encoding";

    public static final Setting UTF_8 = new Setting.Value("UTF8");

    /** Names that change who one is; they must be undone first and applied last. */
    static final String ROLE = "role";

    static final String SESSION_AUTHORIZATION = "session_authorization";

    private final Map<String, Setting> byName;
    private final int hash;

    private Settings(Map<String, Setting> byName) {
        this.byName = byName;
        this.hash = byName.hashCode();
    }

    /**
     * Settings with these values.
     *
     * @param settings by name in lower case
     */
    public static Settings of(Map<String, Setting> settings) {
        return settings.isEmpty() ? NONE : new Settings(new TreeMap<>(settings));
    }

    public boolean isEmpty() {
        return byName.isEmpty();
    }

    public int size() {
        return byName.size();
    }

    /** Characters of all names and values together. */
    int length() {
        int length = 0;
        for (Map.Entry<String, Setting> setting : byName.entrySet()) {
            length += setting.getKey().length() + setting.getValue().length();
        }
        return length;
    }

    public @Nullable Setting get(String name) {
        return byName.get(name);
    }

    public Map<String, Setting> asMap() {
        return java.util.Collections.unmodifiableMap(byName);
    }

    public Settings with(String name, Setting setting) {
        if (setting.equals(byName.get(name))) {
            return this;
        }
        TreeMap<String, Setting> changed = new TreeMap<>(byName);
        changed.put(name, setting);
        return new Settings(changed);
    }

    public Settings without(String name) {
        if (!byName.containsKey(name)) {
            return this;
        }
        TreeMap<String, Setting> changed = new TreeMap<>(byName);
        changed.remove(name);
        return of(changed);
    }

    /** Those whose names {@code matter}. */
    public Settings only(Predicate<String> matter) {
        TreeMap<String, Setting> kept = new TreeMap<>(byName);
        kept.keySet().removeIf(matter.negate());
        return of(kept);
    }

    /** What RESET ALL leaves: it does not touch who one is. */
    public Settings withoutAllButRoles() {
        TreeMap<String, Setting> kept = new TreeMap<>(byName);
        kept.keySet().removeIf(name -> !isIdentity(name));
        return of(kept);
    }

    /** Whether it is who one is, which RESET ALL does not touch. */
    static boolean isIdentity(String name) {
        return name.equals(ROLE) || name.equals(SESSION_AUTHORIZATION);
    }

    /** Whether a text is the same in every encoding. */
    public static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 128);
    }

    /**
     * What must be sent to a server that has {@code applied} so that it has {@code wanted}.
     *
     * @return one Query's text, to be read as UTF-8; "" if nothing must be sent
     */
    public static String difference(Settings applied, Settings wanted) {
        if (applied.equals(wanted)) {
            return "";
        }
        StringBuilder sql = new StringBuilder();
        // Another identity, be it the wanted one, may not be allowed to set what is wanted: back to
        // our own first.
        reset(sql, applied, SESSION_AUTHORIZATION, "RESET SESSION AUTHORIZATION");
        reset(sql, applied, ROLE, "RESET ROLE");
        for (String name : applied.byName.keySet()) {
            if (!isIdentity(name) && !wanted.byName.containsKey(name)) {
                sql.append("RESET ").append(quoted(name)).append(';');
            }
        }
        wanted.byName.forEach((name, setting) -> {
            if (!isIdentity(name) && !setting.equals(applied.byName.get(name))) {
                sql.append(setting.sql(name)).append(';');
            }
        });
        apply(sql, wanted, SESSION_AUTHORIZATION);
        apply(sql, wanted, ROLE);
        return sql.toString();
    }

    /** What sets each of them, in an order in which all may be set. */
    public Map<String, String> statements() {
        Map<String, String> statements = new LinkedHashMap<>();
        byName.forEach((name, setting) -> {
            if (!isIdentity(name)) {
                statements.put(name, setting.sql(name));
            }
        });
        for (String name : List.of(SESSION_AUTHORIZATION, ROLE)) {
            Setting setting = byName.get(name);
            if (setting != null) {
                statements.put(name, setting.sql(name));
            }
        }
        return statements;
    }

    private static void reset(StringBuilder sql, Settings applied, String name, String statement) {
        if (applied.byName.containsKey(name)) {
            sql.append(statement).append(';');
        }
    }

    private static void apply(StringBuilder sql, Settings wanted, String name) {
        Setting setting = wanted.byName.get(name);
        if (setting != null) {
            sql.append(setting.sql(name)).append(';');
        }
    }

    /** A name such as {@code app.tenant} is two identifiers to the parser. */
    static String quoted(String name) {
        StringBuilder quoted = new StringBuilder();
        for (String part : name.split("\\.", -1)) {
            if (!quoted.isEmpty()) {
                quoted.append('.');
            }
            quoted.append('"').append(part.replace("\"", "\"\"")).append('"');
        }
        return quoted.toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        return other instanceof Settings settings
                && hash == settings.hash
                && byName.equals(settings.byName);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return byName.keySet().toString(); // values may be secrets of the application
    }
}
