package io.sluice.http;

import io.sluice.console.Reply;
import io.sluice.console.Table;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes console replies as JSON (RFC 8259): {@code tag}, {@code columns} with name and type,
 * {@code rows} as objects in the order of the columns, {@code notices}; a failure as {@code code}
 * and {@code message}.
 */
final class Json {
    private final StringBuilder out = new StringBuilder();

    private Json() {}

    static String of(Reply reply) {
        Json json = new Json();
        switch (reply) {
            case Reply.Rows rows -> json.rows(rows);
            case Reply.Done done -> json.done(done.tag(), List.of());
            case Reply.Notice notice ->
                    json.done(
                            notice.tag(),
                            notice.detail().isEmpty()
                                    ? List.of(notice.message())
                                    : List.of(notice.message(), notice.detail()));
            case Reply.Failure failure -> json.failure(failure);
        }
        return json.out.toString();
    }

    private void rows(Reply.Rows rows) {
        List<Table.Column> columns = rows.table().columns();
        out.append("{\"tag\":");
        string(rows.tag());
        out.append(",\"columns\":[");
        for (int i = 0; i < columns.size(); i++) {
            out.append(i == 0 ? "{\"name\":" : ",{\"name\":");
            string(columns.get(i).name());
            out.append(",\"type\":");
            string(columns.get(i).type().name().toLowerCase(Locale.ROOT));
            out.append('}');
        }
        out.append("],\"rows\":[");
        String separator = "\n";
        for (@Nullable Object[] row : rows.table().rows()) {
            out.append(separator);
            separator = ",\n";
            row(columns, row);
        }
        out.append("],\"notices\":");
        strings(rows.notices());
        out.append('}');
    }

    private void row(List<Table.Column> columns, @Nullable Object[] row) {
        for (int i = 0; i < row.length; i++) {
            out.append(i == 0 ? '{' : ',');
            string(columns.get(i).name());
            out.append(':');
            Object value = row[i];
            if (value == null || value instanceof Number) {
                out.append(value);
            } else {
                string(value.toString());
            }
        }
        out.append('}');
    }

    private void done(String tag, List<String> notices) {
        out.append("{\"tag\":");
        string(tag);
        out.append(",\"notices\":");
        strings(notices);
        out.append('}');
    }

    private void failure(Reply.Failure failure) {
        out.append("{\"failure\":");
        string(failure.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        out.append(",\"message\":");
        string(failure.message());
        out.append('}');
    }

    private void strings(List<String> values) {
        out.append('[');
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            string(values.get(i));
        }
        out.append(']');
    }

    /** Escapes what RFC 8259 §7 asks for, and what would end a script element. */
    private void string(String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || c == '<' || c == '\u007f' || Character.isSurrogate(c)) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
