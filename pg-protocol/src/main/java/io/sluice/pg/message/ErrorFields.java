package io.sluice.pg.message;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a server's ErrorResponse or NoticeResponse that the proxy looks at. Servers are not
 * trusted: every field may be missing, cut or longer than any.
 *
 * @param severity the untranslated one where the server sends it (from 9.6)
 * @param code SQLSTATE; "" if missing
 * @param message primary text; "" if missing
 * @param routine the server's source function; "" if missing
 */
public record ErrorFields(String severity, String code, String message, String routine) {
    private static final int MAX_TEXT = 1024;

    /**
     * Reads what there is of a message body.
     *
     * @param in borrowed, indexes are not moved
     * @param from first byte after the length
     * @param to end of the body, or of what has arrived of it
     */
    public static ErrorFields read(ByteBuf in, int from, int to) {
        String localSeverity = "";
        String severity = null;
        String code = "";
        String message = "";
        String routine = "";
        int at = from;
        while (at < to && in.getByte(at) != 0) {
            byte type = in.getByte(at);
            int end = in.forEachByte(at + 1, to - at - 1, ByteProcessor.FIND_NUL);
            int stop = end < 0 ? to : end;
            switch (type) {
                case 'S' -> localSeverity = text(in, at + 1, stop);
                case 'V' -> severity = text(in, at + 1, stop);
                case 'C' -> code = text(in, at + 1, stop);
                case 'M' -> message = text(in, at + 1, stop);
                case 'R' -> routine = text(in, at + 1, stop);
                default -> {}
            }
            at = stop + 1;
        }
        return new ErrorFields(or(severity, localSeverity), code, message, routine);
    }

    private static String or(@Nullable String first, String second) {
        return first == null ? second : first;
    }

    private static String text(ByteBuf in, int from, int to) {
        return in.toString(from, Math.min(to - from, MAX_TEXT), StandardCharsets.UTF_8);
    }

    /** Whether the server closes the connection after it. */
    public boolean isFatal() {
        return severity.equals("FATAL") || severity.equals("PANIC");
    }

    /** Whether it says that the server is ill, rather than that the client made a mistake. */
    public boolean isBackendFault() {
        return code.startsWith("08")
                || code.startsWith("53")
                || code.startsWith("57P")
                || code.startsWith("58")
                || code.startsWith("XX");
    }
}
