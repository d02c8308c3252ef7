package io.sluice.pg.console;

import io.netty.buffer.ByteBuf;
import io.sluice.pg.message.ProtocolViolation;
import java.nio.charset.StandardCharsets;

/** Reads the fields of one message; whatever is missing is a {@link ProtocolViolation}. */
final class Fields {
    private final ByteBuf body;

    /**
     * @param body borrowed; is read
     */
    Fields(ByteBuf body) {
        this.body = body;
    }

    /** A string up to its NUL. */
    String string() {
        int length = body.bytesBefore((byte) 0);
        if (length < 0) {
            throw new ProtocolViolation("a string without its end");
        }
        String value = body.readCharSequence(length, StandardCharsets.UTF_8).toString();
        body.skipBytes(1);
        return value;
    }

    int integer() {
        need(Integer.BYTES);
        return body.readInt();
    }

    int shortInt() {
        need(Short.BYTES);
        return body.readShort();
    }

    /** How many things follow. */
    int count() {
        int count = shortInt();
        if (count < 0) {
            throw new ProtocolViolation("a count of " + count);
        }
        return count;
    }

    void skipShorts() {
        int bytes = count() * Short.BYTES;
        need(bytes);
        body.skipBytes(bytes);
    }

    /** Whether Describe or Close mean a statement; a portal otherwise. */
    boolean isStatement() {
        need(1);
        byte kind = body.readByte();
        return switch (kind) {
            case 'S' -> true;
            case 'P' -> false;
            default -> throw new ProtocolViolation("neither statement nor portal: " + kind);
        };
    }

    private void need(int bytes) {
        if (body.readableBytes() < bytes) {
            throw new ProtocolViolation("a message that ends too early");
        }
    }
}
