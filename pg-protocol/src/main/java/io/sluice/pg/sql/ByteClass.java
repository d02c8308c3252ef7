package io.sluice.pg.sql;

/** The table that says what a byte can begin, and whether it can continue an identifier. */
final class ByteClass {
    static final byte SYMBOL = 0;
    static final byte SPACE = 1;
    static final byte LETTER = 2;
    static final byte DIGIT = 3;
    static final byte QUOTE = 4;
    static final byte DOUBLE_QUOTE = 5;
    static final byte DOLLAR = 6;
    static final byte DASH = 7;
    static final byte SLASH = 8;
    static final byte NUL = 9;

    private static final int KIND = 0x0f;
    private static final int CONTINUES_WORD = 0x10;
    private static final int CONTINUES_TAG = 0x20;
    private static final byte[] TABLE = table();

    private ByteClass() {}

    static int of(byte b) {
        return TABLE[b & 0xff] & KIND;
    }

    /** {@code ident_cont}: letters, digits, underscore, dollar, and every byte above 127. */
    static boolean continuesWord(byte b) {
        return (TABLE[b & 0xff] & CONTINUES_WORD) != 0;
    }

    /** {@code dolq_cont}: as for words, without the dollar. */
    static boolean continuesTag(byte b) {
        return (TABLE[b & 0xff] & CONTINUES_TAG) != 0;
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    static boolean isNewline(byte b) {
        return b == '\n' || b == '\r';
    }

    /** ASCII only, as PostgreSQL compares keywords and names of settings. */
    static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
    }

    private static byte[] table() {
        byte[] table = new byte[256];
        for (int b = 0; b < table.length; b++) {
            boolean letter =
                    (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_' || b >= 0x80;
            boolean digit = b >= '0' && b <= '9';
            int bits = letter ? LETTER : digit ? DIGIT : SYMBOL;
            if (letter || digit) {
                bits |= CONTINUES_WORD | CONTINUES_TAG;
            }
            table[b] = (byte) bits;
        }
        for (char space : new char[] {' ', '\t', '\n', '\r', '\f', '\u000b'}) {
            table[space] = SPACE;
        }
        table['\''] = QUOTE;
        table['"'] = DOUBLE_QUOTE;
        table['$'] = DOLLAR | CONTINUES_WORD;
        table['-'] = DASH;
        table['/'] = SLASH;
        table[0] = NUL;
        return table;
    }
}
