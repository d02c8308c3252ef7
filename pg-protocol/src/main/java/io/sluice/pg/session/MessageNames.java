package io.sluice.pg.session;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import io.sluice.pg.message.Frontend;
import io.sluice.pg.message.ProtocolViolation;
import java.nio.charset.StandardCharsets;

/**
 * The names of statements and portals at the front of messages of the extended protocol, each with
 * a NUL behind it. Buffers are borrowed, their indexes are not moved.
 */
final class MessageNames {
    /** Bytes of a name that servers keep. */
    private static final int MOST_KEPT = 63;

    private MessageNames() {}

    /** Where a string ends that begins at {@code from}: at its NUL. */
    static int end(ByteBuf in, int from, int to) {
        int end = to <= from ? -1 : in.forEachByte(from, to - from, ByteProcessor.FIND_NUL);
        if (end < 0) {
            throw new ProtocolViolation("a string without its end");
        }
        return end;
    }

    /** Whether a Parse that is not waited for as a whole has arrived as far as its name. */
    static boolean hasParseName(ByteBuf in, int total) {
        int from = in.readerIndex() + Frontend.HEADER_BYTES;
        int length = Math.min(in.readableBytes(), total) - Frontend.HEADER_BYTES;
        if (in.forEachByte(from, length, ByteProcessor.FIND_NUL) >= 0) {
            return true;
        }
        if (length > FrontendRelay.MAX_SHORT) {
            throw new ProtocolViolation("Parse without the name of its statement");
        }
        return false;
    }

    /** Where the two names at the front of a Bind end; -1 if that has not arrived yet. */
    static int bindNamesEnd(ByteBuf in, int total) {
        int from = in.readerIndex() + Frontend.HEADER_BYTES;
        int to = Math.min(in.writerIndex(), in.readerIndex() + total);
        int portalEnd = in.forEachByte(from, to - from, ByteProcessor.FIND_NUL);
        int nameEnd =
                portalEnd < 0
                        ? -1
                        : in.forEachByte(portalEnd + 1, to - portalEnd - 1, ByteProcessor.FIND_NUL);
        if (nameEnd < 0
                && (to == in.readerIndex() + total || to - from > FrontendRelay.MAX_SHORT)) {
            throw new ProtocolViolation("Bind without the names of portal and statement");
        }
        return nameEnd;
    }

    /** A portal's name as the server keeps it: of a longer one it compares no more either. */
    static String portal(ByteBuf in, int at, int end) {
        return in.toString(at, Math.min(end - at, MOST_KEPT), StandardCharsets.ISO_8859_1);
    }
}
