package io.sluice.pg.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An error in PostgreSQL's words, written by the proxy.
 *
 * @param severity ERROR: the client stays; FATAL: the connection closes after it
 * @param code SQLSTATE
 * @param hint what to do; null if there is nothing to say
 * @param routine the server's source function, for drivers that go by it; null if none does
 */
public record ErrorResponse(
        Severity severity,
        String code,
        String message,
        @Nullable String detail,
        @Nullable String hint,
        @Nullable String routine) {

    /** How bad it is. */
    public enum Severity {
        ERROR,
        FATAL
    }

    public static ErrorResponse error(String code, String message) {
        return new ErrorResponse(Severity.ERROR, code, message, null, null, null);
    }

    public static ErrorResponse fatal(String code, String message) {
        return new ErrorResponse(Severity.FATAL, code, message, null, null, null);
    }

    public ErrorResponse withHint(String newHint) {
        return new ErrorResponse(severity, code, message, detail, newHint, routine);
    }

    public ErrorResponse withDetail(String newDetail) {
        return new ErrorResponse(severity, code, message, newDetail, hint, routine);
    }

    public ErrorResponse withRoutine(String newRoutine) {
        return new ErrorResponse(severity, code, message, detail, hint, newRoutine);
    }

    /** Appends the message to {@code out}, which stays the caller's. */
    public void writeTo(ByteBuf out) {
        write(out, Backend.ERROR_RESPONSE, severity.name(), code, message, detail, hint, routine);
    }

    static void write(
            ByteBuf out,
            byte type,
            String severity,
            String code,
            String message,
            @Nullable String detail,
            @Nullable String hint,
            @Nullable String routine) {
        int start = out.writerIndex();
        out.writeByte(type).writeInt(0);
        field(out, 'S', severity);
        field(out, 'V', severity);
        field(out, 'C', code);
        field(out, 'M', message);
        if (detail != null) {
            field(out, 'D', detail);
        }
        if (hint != null) {
            field(out, 'H', hint);
        }
        if (routine != null) {
            field(out, 'R', routine);
        }
        out.writeByte(0);
        out.setInt(start + 1, out.writerIndex() - start - 1);
    }

    private static void field(ByteBuf out, char type, String value) {
        out.writeByte(type);
        out.writeCharSequence(value, StandardCharsets.UTF_8);
        out.writeByte(0);
    }
}
