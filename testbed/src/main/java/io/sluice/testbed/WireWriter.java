package io.sluice.testbed;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Builds the payload of one message, field by field. */
final class WireWriter {

    private final ByteArrayOutputStream payload = new ByteArrayOutputStream();

    WireWriter int8(int value) {
        payload.write(value);
        return this;
    }

    WireWriter int16(int value) {
        payload.writeBytes(ByteBuffer.allocate(Short.BYTES).putShort((short) value).array());
        return this;
    }

    WireWriter int32(int value) {
        payload.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
        return this;
    }

    /** A string with its terminating zero. */
    WireWriter string(String value) {
        payload.writeBytes(value.getBytes(StandardCharsets.UTF_8));
        payload.write(0);
        return this;
    }

    WireWriter bytes(byte[] value) {
        payload.writeBytes(value);
        return this;
    }

    /** A value after its length; null is length -1. */
    WireWriter value(@Nullable String value) {
        if (value == null) {
            return int32(-1);
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return int32(bytes.length).bytes(bytes);
    }

    byte[] toByteArray() {
        return payload.toByteArray();
    }

    /** The message of that type. */
    byte[] message(char type) {
        return new PgMessage(type, payload.toByteArray()).bytes();
    }

    /** The message without a type byte, as those that open a connection are. */
    byte[] untyped() {
        return ByteBuffer.allocate(Integer.BYTES + payload.size())
                .putInt(Integer.BYTES + payload.size())
                .put(payload.toByteArray())
                .array();
    }
}
