package io.sluice.testbed;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages that a server sends, as bytes (PostgreSQL documentation, chapter "Frontend/Backend
 * Protocol", section "Message Formats").
 */
public final class BackendBytes {

    private static final int TEXT = 25; // the type's oid

    private BackendBytes() {}

    public static byte[] authenticationOk() {
        return authentication(0, new byte[0]);
    }

    public static byte[] authenticationCleartextPassword() {
        return authentication(3, new byte[0]);
    }

    /** AuthenticationMD5Password with its salt of four bytes. */
    public static byte[] authenticationMd5Password(byte[] salt) {
        return authentication(5, salt);
    }

    public static byte[] authenticationSasl(List<String> mechanisms) {
        var writer = new WireWriter().int32(10);
        mechanisms.forEach(writer::string);
        return writer.int8(0).message('R');
    }

    public static byte[] authenticationSaslContinue(String data) {
        return authentication(11, data.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] authenticationSaslFinal(String data) {
        return authentication(12, data.getBytes(StandardCharsets.UTF_8));
    }

    /** An Authentication message of any code, such as those for Kerberos or GSSAPI. */
    public static byte[] authentication(int code, byte[] data) {
        return new WireWriter().int32(code).bytes(data).message('R');
    }

    public static byte[] backendKeyData(int pid, byte[] secret) {
        return new WireWriter().int32(pid).bytes(secret).message('K');
    }

    public static byte[] parameterStatus(String name, String value) {
        return new WireWriter().string(name).string(value).message('S');
    }

    /** ReadyForQuery with I, T or E, or anything else for a server that has gone mad. */
    public static byte[] readyForQuery(char status) {
        return new WireWriter().int8(status).message('Z');
    }

    public static byte[] parseComplete() {
        return new WireWriter().message('1');
    }

    public static byte[] bindComplete() {
        return new WireWriter().message('2');
    }

    public static byte[] closeComplete() {
        return new WireWriter().message('3');
    }

    public static byte[] portalSuspended() {
        return new WireWriter().message('s');
    }

    public static byte[] emptyQueryResponse() {
        return new WireWriter().message('I');
    }

    public static byte[] parameterDescription(int... types) {
        var writer = new WireWriter().int16(types.length);
        for (int type : types) {
            writer.int32(type);
        }
        return writer.message('t');
    }

    /** A RowDescription with columns of type text. */
    public static byte[] rowDescription(String... columns) {
        var writer = new WireWriter().int16(columns.length);
        for (String column : columns) {
            writer.string(column).int32(0).int16(0).int32(TEXT).int16(-1).int32(-1).int16(0);
        }
        return writer.message('T');
    }

    public static byte[] dataRow(@Nullable String... values) {
        var writer = new WireWriter().int16(values.length);
        for (String value : values) {
            writer.value(value);
        }
        return writer.message('D');
    }

    public static byte[] commandComplete(String tag) {
        return new WireWriter().string(tag).message('C');
    }

    /**
     * What a Query that returns one row with one column is answered with, ReadyForQuery included.
     */
    public static byte[] oneRow(String column, @Nullable String value) {
        return FrontendBytes.all(
                rowDescription(column),
                dataRow(value),
                commandComplete("SELECT 1"),
                readyForQuery('I'));
    }

    /** ErrorResponse of a severity such as ERROR or FATAL. */
    public static byte[] errorResponse(String severity, String sqlState, String text) {
        return fields('E', severity, sqlState, text);
    }

    public static byte[] noticeResponse(String severity, String sqlState, String text) {
        return fields('N', severity, sqlState, text);
    }

    public static byte[] notificationResponse(int pid, String channel, String payload) {
        return new WireWriter().int32(pid).string(channel).string(payload).message('A');
    }

    /** CopyInResponse, all columns as text. */
    public static byte[] copyInResponse(int columns) {
        return copyResponse('G', columns);
    }

    /** CopyOutResponse, all columns as text. */
    public static byte[] copyOutResponse(int columns) {
        return copyResponse('H', columns);
    }

    /** CopyBothResponse, as only replication has it. */
    public static byte[] copyBothResponse(int columns) {
        return copyResponse('W', columns);
    }

    public static byte[] copyData(byte[] data) {
        return FrontendBytes.copyData(data);
    }

    public static byte[] copyDone() {
        return FrontendBytes.copyDone();
    }

    public static byte[] functionCallResponse(@Nullable String value) {
        return new WireWriter().value(value).message('V');
    }

    private static byte[] copyResponse(char type, int columns) {
        var writer = new WireWriter().int8(0).int16(columns);
        for (int column = 0; column < columns; column++) {
            writer.int16(0);
        }
        return writer.message(type);
    }

    private static byte[] fields(char type, String severity, String sqlState, String text) {
        return new WireWriter()
                .int8('S')
                .string(severity)
                .int8('V')
                .string(severity)
                .int8('C')
                .string(sqlState)
                .int8('M')
                .string(text)
                .int8(0)
                .message(type);
    }
}
