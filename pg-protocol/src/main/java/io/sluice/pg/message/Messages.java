package io.sluice.pg.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Writes messages that the proxy sends of its own accord. Buffers stay the caller's. */
public final class Messages {
    /** Request codes that take the place of a protocol version in a first packet. */
    public static final int CANCEL_REQUEST = 80877102;

    public static final int SSL_REQUEST = 80877103;
    public static final int GSSENC_REQUEST = 80877104;

    /** Protocol 3.0 and 3.2: major version in the upper half. */
    public static final int PROTOCOL_3_0 = 3 << 16;

    public static final int PROTOCOL_3_2 = 3 << 16 | 2;

    private Messages() {}

    public static void query(ByteBuf out, String sql) {
        int start = begin(out, Frontend.QUERY);
        string(out, sql);
        end(out, start);
    }

    public static void sync(ByteBuf out) {
        out.writeByte(Frontend.SYNC).writeInt(4);
    }

    public static void flush(ByteBuf out) {
        out.writeByte(Frontend.FLUSH).writeInt(4);
    }

    public static void terminate(ByteBuf out) {
        out.writeByte(Frontend.TERMINATE).writeInt(4);
    }

    public static void copyFail(ByteBuf out, String why) {
        int start = begin(out, Frontend.COPY_FAIL);
        string(out, why);
        end(out, start);
    }

    /**
     * Parse.
     *
     * @param body query text with its NUL, count of parameter types, types
     */
    public static void parse(ByteBuf out, byte[] name, byte[] body) {
        int start = begin(out, Frontend.PARSE);
        out.writeBytes(name).writeByte(0).writeBytes(body);
        end(out, start);
    }

    /** Close of a prepared statement. */
    public static void closeStatement(ByteBuf out, byte[] name) {
        int start = begin(out, Frontend.CLOSE);
        out.writeByte('S').writeBytes(name).writeByte(0);
        end(out, start);
    }

    /** Bind without parameters, of the statement and to the portal of that name. */
    public static void bindNothing(ByteBuf out, byte[] name) {
        int start = begin(out, Frontend.BIND);
        out.writeBytes(name).writeByte(0).writeBytes(name).writeByte(0);
        out.writeShort(0).writeShort(0).writeShort(0); // formats, parameters, formats of results
        end(out, start);
    }

    /** Execute of a portal, for all its rows. */
    public static void execute(ByteBuf out, byte[] name) {
        int start = begin(out, Frontend.EXECUTE);
        out.writeBytes(name).writeByte(0).writeInt(0);
        end(out, start);
    }

    /** Close of a portal. */
    public static void closePortal(ByteBuf out, byte[] name) {
        int start = begin(out, Frontend.CLOSE);
        out.writeByte('P').writeBytes(name).writeByte(0);
        end(out, start);
    }

    /** Describe of a prepared statement. */
    public static void describeStatement(ByteBuf out, byte[] name) {
        int start = begin(out, Frontend.DESCRIBE);
        out.writeByte('S').writeBytes(name).writeByte(0);
        end(out, start);
    }

    public static void readyForQuery(ByteBuf out, TransactionStatus status) {
        out.writeByte(Backend.READY_FOR_QUERY).writeInt(5).writeByte(status.code());
    }

    public static void parameterStatus(ByteBuf out, String name, String value) {
        int start = begin(out, Backend.PARAMETER_STATUS);
        string(out, name);
        string(out, value);
        end(out, start);
    }

    /**
     * BackendKeyData.
     *
     * @param key 4 bytes in protocol 3.0, up to 256 from 3.2
     */
    public static void backendKeyData(ByteBuf out, int processId, byte[] key) {
        int start = begin(out, Backend.BACKEND_KEY_DATA);
        out.writeInt(processId).writeBytes(key);
        end(out, start);
    }

    public static void notice(ByteBuf out, String code, String message) {
        ErrorResponse.write(
                out, Backend.NOTICE_RESPONSE, "NOTICE", code, message, null, null, null);
    }

    /** An empty message of that type: ParseComplete, CloseComplete and their like. */
    public static void empty(ByteBuf out, byte type) {
        out.writeByte(type).writeInt(4);
    }

    /** Begins a message and returns where; {@link #end} fills in its length. */
    public static int begin(ByteBuf out, byte type) {
        int start = out.writerIndex();
        out.writeByte(type).writeInt(0);
        return start;
    }

    public static void end(ByteBuf out, int start) {
        out.setInt(start + 1, out.writerIndex() - start - 1);
    }

    /** A string with its NUL, in UTF-8. */
    public static void string(ByteBuf out, String value) {
        out.writeCharSequence(value, StandardCharsets.UTF_8);
        out.writeByte(0);
    }
}
