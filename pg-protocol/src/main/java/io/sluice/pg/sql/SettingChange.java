package io.sluice.pg.sql;

/**
 * A change of a session setting that can be repeated on another connection.
 *
 * @param kind what happens to the setting
 * @param name its name in lower case, as the server compares it: {@code timezone} for SET TIME
 *     ZONE, {@code client_encoding} for SET NAMES, {@code search_path} for SET SCHEMA, {@code
 *     role}, {@code session_authorization} (which resets the role too), {@code xmloption}; empty
 *     for {@link Kind#RESET_ALL} and {@link Kind#DISCARD_ALL}
 * @param text a statement that repeats it, without semicolon; in UTF-8 it is byte for byte what the
 *     client sent, or was made from that. It means the same under both values of
 *     standard_conforming_strings, and if it is not ASCII, under the client's client_encoding only
 * @param statement index of the statement in its query string
 */
public record SettingChange(Kind kind, String name, String text, int statement) {
    /** What a change does. */
    public enum Kind {
        /** The setting has a value of the session's own. */
        SET,
        /** The setting has the value again that the connection began with. */
        RESET,
        /** All settings have. Role and session authorization stay. */
        RESET_ALL,
        /** All settings, role and session authorization have. */
        DISCARD_ALL
    }
}
