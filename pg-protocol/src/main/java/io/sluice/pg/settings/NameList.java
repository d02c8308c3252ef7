package io.sluice.pg.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a setting's value that is a list of names, such as {@code "$user", public}. Source:
 * PostgreSQL's SplitIdentifierString.
 */
final class NameList {
    /** Those with {@code GUC_LIST_QUOTE} in PostgreSQL's guc_tables that a session can set. */
    private static final Set<String> SETTINGS =
            Set.of(
                    "local_preload_libraries",
                    "search_path",
                    "session_preload_libraries",
                    "temp_tablespaces");

    private final String list;
    private final List<String> names = new ArrayList<>();
    private int at;

    private NameList(String list) {
        this.list = list;
    }

    /** Whether a setting has such a value: in a SET its names are quoted one by one. */
    static boolean isValueOf(String setting) {
        return SETTINGS.contains(setting);
    }

    /**
     * The names; an empty one if there are none.
     *
     * @return null if it is no such list
     */
    static @Nullable List<String> read(String list) {
        NameList reader = new NameList(list);
        reader.skipSpace();
        if (reader.isAtEnd()) {
            return List.of("");
        }
        return reader.readAll() ? List.copyOf(reader.names) : null;
    }

    private boolean readAll() {
        while (true) {
            String name = isAt('"') ? quotedName() : plainName();
            if (name == null) {
                return false;
            }
            names.add(name);
            skipSpace();
            if (isAtEnd()) {
                return true;
            }
            if (!isAt(',')) {
                return false;
            }
            at++;
            skipSpace();
        }
    }

    private @Nullable String quotedName() {
        StringBuilder name = new StringBuilder();
        at++;
        while (!isAtEnd()) {
            char c = list.charAt(at++);
            if (c != '"') {
                name.append(c);
            } else if (isAt('"')) {
                name.append(c);
                at++;
            } else {
                return name.toString();
            }
        }
        return null;
    }

    private @Nullable String plainName() {
        StringBuilder name = new StringBuilder();
        while (!isAtEnd() && !isAt(',') && !isSpace(list.charAt(at))) {
            char c = list.charAt(at++);
            name.append(c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c);
        }
        return name.isEmpty() ? null : name.toString();
    }

    private void skipSpace() {
        while (!isAtEnd() && isSpace(list.charAt(at))) {
            at++;
        }
    }

    private boolean isAtEnd() {
        return at == list.length();
    }

    private boolean isAt(char c) {
        return !isAtEnd() && list.charAt(at) == c;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
