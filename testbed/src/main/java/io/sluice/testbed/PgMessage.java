package io.sluice.testbed;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message as it was on the wire: its type byte and what follows the length.
 *
 * <p>The accessors that name a kind of message fail on any other kind.
 */
public final class PgMessage {

    private final char type;
    private final byte[] payload;

    public PgMessage(char type, byte[] payload) {
        this.type = type;
        this.payload = payload.clone();
    }

    public char type() {
        return type;
    }

    public byte[] payload() {
        return payload.clone();
    }

    /** The whole message with type and length. */
    public byte[] bytes() {
        return ByteBuffer.allocate(1 + Integer.BYTES + payload.length)
                .put((byte) type)
                .putInt(Integer.BYTES + payload.length)
                .put(payload)
                .array();
    }

    /** A reader over the payload, big-endian as everything on this wire. */
    public ByteBuffer reader() {
        return ByteBuffer.wrap(payload).asReadOnlyBuffer();
    }

    /** The status of ReadyForQuery: I, T or E. */
    public char transactionStatus() {
        return (char) of('Z').get();
    }

    /** The tag of CommandComplete, such as {@code SELECT 1}. */
    public String commandTag() {
        return string(of('C'));
    }

    /** The values of a DataRow as text, null where NULL. */
    public List<@Nullable String> values() {
        ByteBuffer row = of('D');
        int columns = row.getShort();
        var values = new ArrayList<@Nullable String>(columns);
        for (int column = 0; column < columns; column++) {
            int length = row.getInt();
            values.add(length < 0 ? null : text(row, length));
        }
        return values;
    }

    /** The SQLSTATE of an ErrorResponse or NoticeResponse. */
    public String sqlState() {
        String state = field('C');
        return state == null ? "" : state;
    }

    /** The text of an ErrorResponse or NoticeResponse. */
    public String text() {
        String text = field('M');
        return text == null ? "" : text;
    }

    /**
     * A field of an ErrorResponse or NoticeResponse by its code (S, V, C, M, D, H, …), null if it
     * is not there.
     */
    public @Nullable String field(char code) {
        ByteBuffer fields = of(type == 'N' ? 'N' : 'E');
        for (byte next = fields.get(); next != 0; next = fields.get()) {
            String value = string(fields);
            if (next == code) {
                return value;
            }
        }
        return null;
    }

    /** The whole payload read as UTF-8, for looking and comparing. */
    public String payloadText() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PgMessage message
                && message.type == type
                && Arrays.equals(message.payload, payload);
    }

    @Override
    public int hashCode() {
        return 31 * type + Arrays.hashCode(payload);
    }

    /** The type and the readable part of the payload, shortened. */
    @Override
    public String toString() {
        String readable = payloadText().replaceAll("\\p{Cntrl}", "·");
        return type + "[" + readable.substring(0, Math.min(readable.length(), 200)) + "]";
    }

    static String string(ByteBuffer from) {
        int length = 0;
        while (from.get(from.position() + length) != 0) {
            length++;
        }
        String value = text(from, length);
        from.get();
        return value;
    }

    private static String text(ByteBuffer from, int length) {
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private ByteBuffer of(char expected) {
        if (type != expected) {
            throw new IllegalStateException("expected a message " + expected + ", this is " + this);
        }
        return reader();
    }
}
