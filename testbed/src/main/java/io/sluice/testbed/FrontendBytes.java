package io.sluice.testbed;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages that a client sends, as bytes (PostgreSQL documentation, chapter "Frontend/Backend
 * Protocol", section "Message Formats").
 */
public final class FrontendBytes {

    public static final int PROTOCOL_3_0 = 3 << 16;
    public static final int PROTOCOL_3_2 = (3 << 16) | 2;

    private static final int CANCEL_REQUEST = (1234 << 16) | 5678;
    private static final int SSL_REQUEST = (1234 << 16) | 5679;
    private static final int GSSENC_REQUEST = (1234 << 16) | 5680;

    private FrontendBytes() {}

    /** All of them in one array, so that they may be sent, or cut, as one. */
    public static byte[] all(byte[]... messages) {
        var writer = new WireWriter();
        Arrays.stream(messages).forEach(writer::bytes);
        return writer.toByteArray();
    }

    public static byte[] startup(int protocol, Map<String, String> parameters) {
        var writer = new WireWriter().int32(protocol);
        parameters.forEach((name, value) -> writer.string(name).string(value));
        return writer.int8(0).untyped();
    }

    public static byte[] sslRequest() {
        return new WireWriter().int32(SSL_REQUEST).untyped();
    }

    public static byte[] gssEncRequest() {
        return new WireWriter().int32(GSSENC_REQUEST).untyped();
    }

    public static byte[] cancelRequest(int pid, byte[] secret) {
        return new WireWriter().int32(CANCEL_REQUEST).int32(pid).bytes(secret).untyped();
    }

    /** PasswordMessage, also of an md5 answer. */
    public static byte[] password(String password) {
        return new WireWriter().string(password).message('p');
    }

    public static byte[] saslInitialResponse(String mechanism, byte[] data) {
        return new WireWriter().string(mechanism).int32(data.length).bytes(data).message('p');
    }

    public static byte[] saslResponse(byte[] data) {
        return new WireWriter().bytes(data).message('p');
    }

    public static byte[] query(String sql) {
        return new WireWriter().string(sql).message('Q');
    }

    public static byte[] parse(String statement, String sql, int... types) {
        var writer = new WireWriter().string(statement).string(sql).int16(types.length);
        Arrays.stream(types).forEach(writer::int32);
        return writer.message('P');
    }

    /** A Bind with all parameters and results as text. */
    public static byte[] bind(String portal, String statement, @Nullable String... values) {
        var writer =
                new WireWriter().string(portal).string(statement).int16(0).int16(values.length);
        for (String value : values) {
            writer.value(value);
        }
        return writer.int16(0).message('B');
    }

    public static byte[] describeStatement(String statement) {
        return new WireWriter().int8('S').string(statement).message('D');
    }

    public static byte[] describePortal(String portal) {
        return new WireWriter().int8('P').string(portal).message('D');
    }

    /** Execute for at most that many rows; 0 is all. */
    public static byte[] execute(String portal, int maxRows) {
        return new WireWriter().string(portal).int32(maxRows).message('E');
    }

    public static byte[] closeStatement(String statement) {
        return new WireWriter().int8('S').string(statement).message('C');
    }

    public static byte[] closePortal(String portal) {
        return new WireWriter().int8('P').string(portal).message('C');
    }

    public static byte[] sync() {
        return new WireWriter().message('S');
    }

    public static byte[] flush() {
        return new WireWriter().message('H');
    }

    public static byte[] copyData(byte[] data) {
        return new WireWriter().bytes(data).message('d');
    }

    public static byte[] copyDone() {
        return new WireWriter().message('c');
    }

    public static byte[] copyFail(String why) {
        return new WireWriter().string(why).message('f');
    }

    /** A FunctionCall with all arguments and the result as text. */
    public static byte[] functionCall(int function, List<String> arguments) {
        var writer = new WireWriter().int32(function).int16(0).int16(arguments.size());
        arguments.forEach(writer::value);
        return writer.int16(0).message('F');
    }

    public static byte[] terminate() {
        return new WireWriter().message('X');
    }
}
