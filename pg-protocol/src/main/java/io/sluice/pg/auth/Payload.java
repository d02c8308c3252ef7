package io.sluice.pg.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** Reads the fields of one message's payload; the borrowed buffer's indexes stay as they are. */
final class Payload {
    private final ByteBuf bytes;

    Payload(ByteBuf borrowed) {
        bytes = borrowed.slice();
    }

    int remaining() {
        return bytes.readableBytes();
    }

    int int32() throws MalformedAuthentication {
        if (bytes.readableBytes() < Integer.BYTES) {
            throw new MalformedAuthentication("message is too short");
        }
        return bytes.readInt();
    }

    /** Reads a string that a NUL ends. */
    String cString() throws MalformedAuthentication {
        int length = bytes.bytesBefore((byte) 0);
        if (length < 0) {
            throw new MalformedAuthentication("string without its end");
        }
        String text = text(length);
        bytes.skipBytes(1);
        return text;
    }

    /** Reads the rest as text. */
    String rest() throws MalformedAuthentication {
        return text(bytes.readableBytes());
    }

    void end() throws MalformedAuthentication {
        if (bytes.isReadable()) {
            throw new MalformedAuthentication("message is too long");
        }
    }

    private String text(int length) throws MalformedAuthentication {
        if (!ByteBufUtil.isText(bytes, bytes.readerIndex(), length, UTF_8)) {
            throw new MalformedAuthentication("text is not UTF-8");
        }
        return bytes.readCharSequence(length, UTF_8).toString();
    }
}
