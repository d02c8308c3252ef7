package io.sluice.pg.settings;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One setting, as it must be sent to a server to take effect. */
public sealed interface Setting {

    /** SQL that applies it; one statement without a semicolon. */
    String sql(String name);

    /** Characters that it takes to remember it. */
    int length();

    /** A value in the form in which configuration files and ParameterStatus have it. */
    record Value(String value) implements Setting {
        /** A SET takes no snapshot, so that a transaction may still choose its isolation. */
        @Override
        public String sql(String name) {
            @Nullable List<String> values =
                    NameList.isValueOf(name) ? NameList.read(value) : List.of(value);
            if (values == null) { // the server is to say what is wrong with it
                return "SELECT pg_catalog.set_config(%s, %s, false)"
                        .formatted(literal(name), literal(value));
            }
            return "SET %s TO %s"
                    .formatted(
                            Settings.quoted(name),
                            values.stream()
                                    .map(Setting::literal)
                                    .collect(Collectors.joining(", ")));
        }

        @Override
        public int length() {
            return value.length();
        }
    }

    /** The client's own statement, for settings whose value servers do not report. */
    record Statement(String text) implements Setting {
        @Override
        public String sql(String name) {
            return text;
        }

        @Override
        public int length() {
            return text.length();
        }
    }

    /** A string literal that no setting of the server can make mean something else. */
    private static String literal(String text) {
        if (text.indexOf('\\') < 0) {
            return "'" + text.replace("'", "''") + "'";
        }
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
