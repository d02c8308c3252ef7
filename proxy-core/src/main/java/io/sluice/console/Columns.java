package io.sluice.console;

import io.sluice.console.Table.Column;
import java.util.ArrayList;
import java.util.List;

/** Writes column lists down the way PgBouncer's source does: a letter for each type, then names. */
final class Columns {
    private Columns() {}

    /**
     * Columns of the given types and names.
     *
     * @param types s text, i int4, q int8, N numeric, T a point in time; one letter each
     */
    static List<Column> of(String types, String... names) {
        if (types.length() != names.length) {
            throw new IllegalArgumentException(
                    "%d types for %d names".formatted(types.length(), names.length));
        }
        List<Column> columns = new ArrayList<>(names.length);
        for (int i = 0; i < names.length; i++) {
            columns.add(new Column(names[i], type(types.charAt(i))));
        }
        return List.copyOf(columns);
    }

    private static Table.Type type(char letter) {
        return switch (letter) {
            case 's' -> Table.Type.TEXT;
            case 'i' -> Table.Type.INT4;
            case 'q' -> Table.Type.INT8;
            case 'N' -> Table.Type.NUMERIC;
            case 'T' -> Table.Type.TIMESTAMP;
            default -> throw new IllegalArgumentException("type " + letter);
        };
    }
}
