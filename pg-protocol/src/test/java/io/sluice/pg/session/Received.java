package io.sluice.pg.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client was sent once it had been let in, message by message.
 *
 * @param messages type and payload of each, the payload one character per byte
 * @param rest bytes of a last message that is not whole
 */
record Received(List<String> messages, int rest) {
    /** Of all that servers send in the normal course; none of login, none of replication. */
    private static final String TYPES = "123ACDEGHIKNSTVZcdnst";

    private static final int HEADER = 1 + Integer.BYTES;

    /**
     * Reads messages.
     *
     * @throws AssertionError if any is none that a client would understand
     */
    static Received of(byte[] bytes) {
        List<String> messages = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        while (in.remaining() >= HEADER) {
            int at = in.position();
            char type = (char) in.get();
            int length = in.getInt() - Integer.BYTES;
            if (TYPES.indexOf(type) < 0 || length < 0) {
                throw new AssertionError(
                        "at byte %d a message %c of %d bytes, behind %s"
                                .formatted(at, type, length, messages));
            }
            if (length > in.remaining()) {
                return new Received(messages, bytes.length - at);
            }
            byte[] payload = new byte[length];
            in.get(payload);
            messages.add(type + new String(payload, StandardCharsets.ISO_8859_1));
        }
        if (in.hasRemaining()) {
            throw new AssertionError("%d bytes behind %s".formatted(in.remaining(), messages));
        }
        return new Received(messages, 0);
    }

    int count(char type) {
        return Math.toIntExact(messages.stream().filter(m -> m.charAt(0) == type).count());
    }

    /** The types of all that is whole, in order. */
    String types() {
        StringBuilder types = new StringBuilder();
        messages.forEach(message -> types.append(message.charAt(0)));
        return types.toString();
    }
}
