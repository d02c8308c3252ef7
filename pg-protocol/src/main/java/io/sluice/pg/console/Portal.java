package io.sluice.pg.console;

import io.sluice.console.Table;
import io.sluice.pg.console.ConsoleMessages.Formats;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command that was bound, and how far its rows have been fetched. Confined to its session. */
final class Portal {
    private final Prepared prepared;
    private final Formats formats;
    private @Nullable Table result;
    private String tag = "";
    private int sent;

    /**
     * A command that was parsed.
     *
     * @param columns none: it is answered without rows
     */
    record Prepared(String text, List<Table.Column> columns) {}

    Portal(Prepared prepared, Formats formats) {
        this.prepared = prepared;
        this.formats = formats;
    }

    Prepared prepared() {
        return prepared;
    }

    Formats formats() {
        return formats;
    }

    /** Its rows; null while it was not executed. */
    @Nullable Table result() {
        return result;
    }

    void executed(Table rows, String completeTag) {
        result = rows;
        tag = completeTag;
    }

    String tag() {
        return tag;
    }

    int sent() {
        return sent;
    }

    void advance() {
        sent++;
    }
}
