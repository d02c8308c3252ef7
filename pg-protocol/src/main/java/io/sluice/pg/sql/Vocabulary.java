package io.sluice.pg.sql;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Finds the {@link Token} of a word, without allocating.
 *
 * <p>A perfect hash over the length and four of the bytes: most words of a query are names, which
 * hit an empty place or differ in length. The multiplier is looked for when the class is loaded.
 */
final class Vocabulary {
    private static final int BITS = 11;
    private static final int CASE = 0x20; // the bit that lower case letters have; spellings too
    private static final byte[] TEMP_SCHEMA = bytes("pg_temp_");
    private static final List<Token> WORDS = words();
    private static final int MULTIPLIER = multiplier();
    private static final @Nullable Token[] TOKENS = new @Nullable Token[1 << BITS];
    private static final byte[][] SPELLINGS = new byte[1 << BITS][];

    static {
        for (Token token : WORDS) {
            int place = place(MULTIPLIER, token.spelling);
            TOKENS[place] = token;
            SPELLINGS[place] = bytes(token.spelling);
        }
    }

    private Vocabulary() {}

    /** Returns what the unquoted word means, in any case of its letters, or {@link Token#NAME}. */
    static Token word(byte[] bytes, int from, int length) {
        int place = place(MULTIPLIER, bytes, from, length);
        Token token = TOKENS[place];
        if (token == null) {
            return Token.NAME;
        }
        byte[] spelling = SPELLINGS[place];
        if (spelling.length != length) {
            return Token.NAME;
        }
        for (int i = 0; i < length; i++) {
            byte b = bytes[from + i];
            if (b != spelling[i] && (b | CASE) != spelling[i]) {
                return Token.NAME;
            }
        }
        return token;
    }

    /**
     * Returns which function or schema a quoted name is, or {@link Token#NAME}: never a keyword.
     */
    static Token quoted(byte[] bytes, int from, int length) {
        if (length == 0) {
            return Token.NAME;
        }
        Token token = word(bytes, from, length);
        if (token.role == Token.Role.KEYWORD || token.role == Token.Role.SHAPE) {
            return Token.NAME;
        }
        for (int i = from; i < from + length; i++) {
            if (bytes[i] != ByteClass.lower(bytes[i])) {
                return Token.NAME;
            }
        }
        return token;
    }

    /** Whether a name is that of a session's own temporary schema, such as {@code pg_temp_3}. */
    static boolean isTempSchema(byte[] bytes, int from, int length) {
        if (length <= TEMP_SCHEMA.length || bytes[from + 2] != '_') {
            return false;
        }
        for (int i = 0; i < TEMP_SCHEMA.length; i++) {
            if ((bytes[from + i] | CASE) != (TEMP_SCHEMA[i] | CASE)) {
                return false;
            }
        }
        return true;
    }

    private static int place(int multiplier, byte[] bytes, int from, int length) {
        int first = bytes[from] | CASE;
        int second = bytes[from + (length >> 1)] | CASE;
        int third = bytes[from + ((3 * length) >> 2)] | CASE;
        int last = bytes[from + length - 1] | CASE;
        int key = (first << 24 | second << 16 | third << 8 | last) + length;
        return (key * multiplier) >>> (32 - BITS);
    }

    private static int place(int multiplier, String spelling) {
        return place(multiplier, bytes(spelling), 0, spelling.length());
    }

    private static List<Token> words() {
        List<Token> words = new ArrayList<>();
        for (Token token : Token.values()) {
            if (token.role != Token.Role.SHAPE) {
                words.add(token);
            }
        }
        return words;
    }

    private static int multiplier() {
        SplittableRandom random = new SplittableRandom(1);
        while (true) {
            int candidate = random.nextInt() | 1;
            boolean[] taken = new boolean[1 << BITS];
            boolean perfect = true;
            for (Token token : WORDS) {
                int place = place(candidate, token.spelling);
                perfect &= !taken[place];
                taken[place] = true;
            }
            if (perfect) {
                return candidate;
            }
        }
    }

    private static byte[] bytes(String word) {
        return word.getBytes(US_ASCII);
    }
}
