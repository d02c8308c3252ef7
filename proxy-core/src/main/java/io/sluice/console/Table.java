package io.sluice.console;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows under named, typed columns.
 *
 * @param rows values in the order of the columns: String for TEXT and TIMESTAMP, Integer for INT4,
 *     Long for INT8 and NUMERIC; null for SQL's NULL
 */
public record Table(List<Column> columns, List<@Nullable Object[]> rows) {

    /** A column by its name. */
    public record Column(String name, Type type) {}

    /** What a column holds, and how PgBouncer's console announces it. */
    public enum Type {
        TEXT,
        INT4,
        INT8,
        NUMERIC,
        /** A point in time, announced and sent as text. */
        TIMESTAMP
    }
}
