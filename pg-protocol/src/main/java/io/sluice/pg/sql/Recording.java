package io.sluice.pg.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the bytes of one stretch of the text, from a given offset on, up to a limit. The lexer says
 * what it reads, the readers of statements say what they want kept.
 */
final class Recording {
    /** Longest text that is kept; a setting that needs more cannot be replayed. */
    static final int LIMIT = 8192;

    private static final byte[] NOTHING = {};

    private byte[] kept = NOTHING;
    private int start = -1;
    private int length;
    private boolean overflow;

    private byte[] chunk = NOTHING;
    private int chunkShift;
    private int chunkEnd;

    void reset() {
        start = -1;
        kept = NOTHING;
    }

    /**
     * The lexer begins to read {@code bytes[from..to]}, which lie at {@code offset} of the text.
     */
    void enter(byte[] bytes, int from, int to, int offset) {
        chunk = bytes;
        chunkShift = offset - from;
        chunkEnd = offset + to - from;
    }

    /** The bytes told last are about to change. */
    void leave() {
        if (start >= 0) {
            keepUpTo(chunkEnd);
        }
        chunk = NOTHING;
    }

    /**
     * Keeps what follows.
     *
     * @param offset where the stretch begins in the text
     * @param bytes holds the first {@code count} bytes of it, which may be from earlier chunks
     */
    void begin(int offset, byte[] bytes, int from, int count) {
        start = offset;
        length = 0;
        overflow = false;
        append(bytes, from, count);
    }

    void end() {
        start = -1;
    }

    /**
     * Returns the text between two offsets, or null if it was too long to be kept or is not UTF-8,
     * so that it could not be given back byte for byte.
     */
    @Nullable String text(int from, int to) {
        keepUpTo(Math.min(to, chunkEnd));
        if (overflow || from < start || to > start + length) {
            return null;
        }
        try {
            return UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(kept, from - start, to - from))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private void keepUpTo(int offset) {
        int count = offset - start - length;
        if (count > 0 && !overflow) {
            append(chunk, start + length - chunkShift, count);
        }
    }

    private void append(byte[] bytes, int from, int count) {
        if (count > LIMIT - length) {
            overflow = true;
            return;
        }
        if (length + count > kept.length) {
            kept = Arrays.copyOf(kept, Math.min(LIMIT, Math.max(256, 2 * (length + count))));
        }
        System.arraycopy(bytes, from, kept, length, count);
        length += count;
    }
}
