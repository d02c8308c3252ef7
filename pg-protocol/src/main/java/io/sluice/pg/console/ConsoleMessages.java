package io.sluice.pg.console;

import io.netty.buffer.ByteBuf;
import io.sluice.console.CommandConsole;
import io.sluice.console.Table;
import io.sluice.pg.message.Backend;
import io.sluice.pg.message.Messages;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the messages that only the console sends. Buffers stay the caller's. */
public final class ConsoleMessages {
    private ConsoleMessages() {}

    /** The ParameterStatus messages that a login to the console is answered with. */
    public static void parameterStatuses(ByteBuf out) {
        Messages.parameterStatus(
                out, "server_version", CommandConsole.COMPATIBLE_VERSION + "/bouncer");
        Messages.parameterStatus(out, "client_encoding", "UTF8");
        Messages.parameterStatus(out, "server_encoding", "UTF8");
        Messages.parameterStatus(out, "DateStyle", "ISO");
        Messages.parameterStatus(out, "TimeZone", "GMT");
        Messages.parameterStatus(out, "standard_conforming_strings", "on");
        Messages.parameterStatus(out, "is_superuser", "on");
    }

    /** RowDescription; {@code formats} as in Bind. */
    static void rowDescription(ByteBuf out, List<Table.Column> columns, Formats formats) {
        int start = Messages.begin(out, Backend.ROW_DESCRIPTION);
        out.writeShort(columns.size());
        for (int i = 0; i < columns.size(); i++) {
            Table.Type type = columns.get(i).type();
            Messages.string(out, columns.get(i).name());
            out.writeInt(0).writeShort(0); // of no table
            out.writeInt(ConsoleValues.oid(type)).writeShort(ConsoleValues.size(type));
            out.writeInt(-1); // no type modifier
            out.writeShort(formats.isBinary(i) ? 1 : 0);
        }
        Messages.end(out, start);
    }

    static void dataRow(
            ByteBuf out, List<Table.Column> columns, @Nullable Object[] row, Formats formats) {
        int start = Messages.begin(out, Backend.DATA_ROW);
        out.writeShort(row.length);
        for (int i = 0; i < row.length; i++) {
            Object value = row[i];
            if (value == null) {
                out.writeInt(-1);
            } else if (formats.isBinary(i)) {
                ConsoleValues.writeBinary(out, columns.get(i).type(), value);
            } else {
                ConsoleValues.writeText(out, value);
            }
        }
        Messages.end(out, start);
    }

    static void commandComplete(ByteBuf out, String tag) {
        int start = Messages.begin(out, Backend.COMMAND_COMPLETE);
        Messages.string(out, tag);
        Messages.end(out, start);
    }

    static void noParameters(ByteBuf out) {
        int start = Messages.begin(out, Backend.PARAMETER_DESCRIPTION);
        out.writeShort(0);
        Messages.end(out, start);
    }

    /** NoticeResponse with a detail; "" leaves it out. */
    static void notice(ByteBuf out, String message, String detail) {
        int start = Messages.begin(out, Backend.NOTICE_RESPONSE);
        field(out, 'S', "NOTICE");
        field(out, 'V', "NOTICE");
        field(out, 'C', "00000");
        field(out, 'M', message);
        if (!detail.isEmpty()) {
            field(out, 'D', detail);
        }
        out.writeByte(0);
        Messages.end(out, start);
    }

    private static void field(ByteBuf out, char type, String value) {
        out.writeByte(type);
        Messages.string(out, value);
    }

    /** Which columns a client wants in binary form: the result format codes of Bind. */
    record Formats(List<Boolean> binary) {
        static final Formats TEXT = new Formats(List.of());

        boolean isBinary(int column) {
            return switch (binary.size()) {
                case 0 -> false;
                case 1 -> binary.getFirst();
                default -> column < binary.size() && binary.get(column);
            };
        }
    }
}
