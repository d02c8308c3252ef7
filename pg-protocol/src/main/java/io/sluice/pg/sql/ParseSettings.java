package io.sluice.pg.sql;

import java.util.Set;

/**
 * The settings by which a server reads a text when it prepares it: which names it finds, as whom,
 * and what its constants are. Source: PostgreSQL 18, "Client Connection Defaults" and "Version and
 * Platform Compatibility".
 */
public final class ParseSettings {
    private static final Set<String> NAMES =
            Set.of(
                    "array_nulls",
                    "backslash_quote",
                    "client_encoding",
                    "datestyle",
                    "intervalstyle",
                    "lc_monetary",
                    "role",
                    "search_path",
                    "session_authorization",
                    "standard_conforming_strings",
                    "timezone",
                    "timezone_abbreviations",
                    "transform_null_equals",
                    "xmloption");

    private ParseSettings() {}

    /** Their names, in lower case. */
    public static Set<String> names() {
        return NAMES;
    }

    /**
     * Whether a setting is one of them.
     *
     * @param name in lower case, as in {@link SettingChange#name}
     */
    public static boolean contains(String name) {
        return NAMES.contains(name);
    }
}
