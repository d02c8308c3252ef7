package io.sluice.pg.sql;

import io.netty.buffer.ByteBuf;
import java.util.Objects;

/**
 * PostgreSQL's lexer, over bytes that arrive in pieces.
 *
 * <p>It follows {@code src/backend/parser/scan.l} of PostgreSQL 14 to 18. Where these differ
 * (digits followed by letters, vertical tab) it reads what any of them accepts. Splitting the input
 * anywhere never changes what the sink is told. Every byte is visited at most twice.
 *
 * <p>The text must be in an encoding that a server can have. In the others (SJIS, BIG5, GBK, UHC,
 * GB18030, JOHAB), the second byte of a character may look like a backslash or an operator: there
 * only ASCII is read, see {@link #reset}.
 *
 * <p><b>Threads:</b> one at a time. <b>Buffers:</b> {@link #feed} borrows; nothing is kept but a
 * few bytes that were copied.
 */
final class SqlLexer {
    /** NAMEDATALEN - 1: what PostgreSQL keeps of an identifier. */
    static final int LONGEST_NAME = 63;

    private static final int CHUNK = 4096;
    private static final byte[] END_OF_TEXT = {0};

    /** What the next byte is looked at as. */
    private enum State {
        BETWEEN,
        WORD,
        WORD_U_AMPERSAND,
        DIGITS,
        FRACTION,
        EXPONENT_MARK,
        EXPONENT_SIGN,
        EXPONENT,
        STRING,
        STRING_ESCAPE,
        STRING_QUOTE,
        STRING_END,
        STRING_END_DASH,
        STRING_END_COMMENT,
        NAME,
        NAME_QUOTE,
        DOLLAR,
        PARAMETER,
        DOLLAR_TAG,
        DOLLAR_BODY,
        DASH,
        SLASH,
        LINE_COMMENT,
        COMMENT,
        ENDED,
        UNREADABLE
    }

    private enum StringKind {
        PLAIN,
        ESCAPED,
        UNICODE,
        BITS
    }

    private final TokenSink sink;
    private final byte[] scratch = new byte[CHUNK];
    private final Recording recording;

    private State state = State.BETWEEN;
    private boolean standardStrings;
    private boolean asciiOnly;

    private int shift; // to be added to an index in the present chunk
    private int consumed;

    private int tokenStart;
    private final byte[] word = new byte[LONGEST_NAME + 1];
    private int wordLength;
    private final byte[] tag = new byte[LONGEST_NAME + 1];
    private int tagLength;
    private int tagMatched; // -1: no dollar yet
    private StringKind stringKind = StringKind.PLAIN;
    private boolean portable;
    private boolean continuable; // a newline was seen after a string
    private int stringEnd;
    private boolean nameEscapes;
    private byte signByte;
    private int commentDepth;
    private byte commentPrevious;

    SqlLexer(TokenSink sink, Recording recording) {
        this.sink = sink;
        this.recording = recording;
    }

    /**
     * Begins a new text.
     *
     * @param standardConformingStrings what the session's setting of that name is; the server too
     *     reads a whole query string by the value from before it
     * @param clientOnlyEncoding whether the client's encoding is one that no server can have; then
     *     bytes above 127 make the text unreadable
     */
    void reset(boolean standardConformingStrings, boolean clientOnlyEncoding) {
        standardStrings = standardConformingStrings;
        asciiOnly = clientOnlyEncoding;
        state = State.BETWEEN;
        consumed = 0;
        wordLength = 0;
        tagLength = 0;
        recording.reset();
    }

    /** Reads the bytes {@code from..to} of {@code buf}, whose indexes do not move. */
    void feed(ByteBuf buf, int from, int to) {
        Objects.checkFromToIndex(from, to, buf.capacity());
        if (buf.hasArray()) {
            scan(buf.array(), buf.arrayOffset() + from, buf.arrayOffset() + to);
            return;
        }
        for (int at = from; at < to; ) {
            int count = Math.min(CHUNK, to - at);
            buf.getBytes(at, scratch, 0, count);
            scan(scratch, 0, count);
            at += count;
        }
    }

    /**
     * Ends the text: tells the sink what was still undecided.
     *
     * @return whether the text is readable: false if a quote or comment is not closed, a dollar
     *     quote's tag is longer than any identifier, or bytes follow a zero byte
     */
    boolean finish() {
        if (state == State.BETWEEN) {
            return true;
        }
        if (state != State.ENDED) {
            scan(END_OF_TEXT, 0, 1);
        }
        if (state == State.STRING_END_COMMENT) {
            endString();
            state = State.ENDED;
        }
        return state == State.ENDED || state == State.LINE_COMMENT;
    }

    private void scan(byte[] bytes, int from, int to) {
        if (asciiOnly && hasHighByte(bytes, from, to)) {
            state = State.UNREADABLE;
        }
        shift = consumed - from;
        recording.enter(bytes, from, to, consumed);
        for (int i = from; i < to; ) {
            i = step(bytes, i, to);
        }
        consumed += to - from;
        recording.leave();
    }

    private static boolean hasHighByte(byte[] bytes, int from, int to) {
        byte all = 0;
        for (int i = from; i < to; i++) {
            all |= bytes[i];
        }
        return all < 0;
    }

    /** Goes on in the present state from {@code i}; returns where the next state begins. */
    private int step(byte[] a, int i, int to) {
        return switch (state) {
            case BETWEEN -> between(a, i, to);
            case WORD -> restOfWord(a, i, to);
            case WORD_U_AMPERSAND -> afterUAmpersand(a, i);
            case DIGITS, FRACTION, EXPONENT_MARK, EXPONENT_SIGN, EXPONENT -> number(a, i, to);
            case STRING -> string(a, i, to);
            case STRING_ESCAPE -> {
                state = State.STRING;
                yield i + 1;
            }
            case STRING_QUOTE -> afterStringQuote(a, i);
            case STRING_END -> afterString(a, i, to);
            case STRING_END_DASH -> afterStringDash(a, i);
            case STRING_END_COMMENT -> {
                int end = lineEnd(a, i, to);
                if (end < to) {
                    state = State.STRING_END;
                }
                yield end;
            }
            case NAME -> name(a, i, to);
            case NAME_QUOTE -> afterNameQuote(a, i);
            case DOLLAR -> afterDollar(a, i);
            case PARAMETER -> parameter(a, i, to);
            case DOLLAR_TAG -> dollarTag(a, i, to);
            case DOLLAR_BODY -> dollarBody(a, i, to);
            case DASH -> {
                if (a[i] == '-') {
                    state = State.LINE_COMMENT;
                    yield i + 1;
                }
                yield pendingSymbol((byte) '-', i);
            }
            case SLASH -> {
                if (a[i] == '*') {
                    beginComment();
                    yield i + 1;
                }
                yield pendingSymbol((byte) '/', i);
            }
            case LINE_COMMENT -> {
                int end = lineEnd(a, i, to);
                if (end < to) {
                    state = State.BETWEEN;
                }
                yield end;
            }
            case COMMENT -> comment(a, i, to);
            case ENDED, UNREADABLE -> {
                state = State.UNREADABLE;
                yield to;
            }
        };
    }

    /** The main loop: whole tokens, as long as nothing is cut off and nothing is unusual. */
    private int between(byte[] a, int from, int to) {
        int i = from;
        while (i < to) {
            byte b = a[i];
            switch (ByteClass.of(b)) {
                case ByteClass.SPACE -> i++;
                case ByteClass.LETTER -> {
                    int end = i + 1;
                    while (end < to && ByteClass.continuesWord(a[end])) {
                        end++;
                    }
                    if (end == to || (end == i + 1 && (a[end] == '\'' || a[end] == '&'))) {
                        tokenStart = shift + i;
                        wordLength = 0;
                        keep(a, i, end);
                        state = State.WORD;
                        return end;
                    }
                    sink.word(a, i, Math.min(end - i, LONGEST_NAME + 1), shift + i, shift + end);
                    i = end;
                }
                case ByteClass.DIGIT -> {
                    int end = i + 1;
                    while (end < to && ByteClass.isDigit(a[end])) {
                        end++;
                    }
                    if (end == to || a[end] == '.' || (a[end] | 0x20) == 'e') {
                        tokenStart = shift + i;
                        state = State.DIGITS;
                        return end;
                    }
                    sink.number(shift + i, shift + end);
                    i = end;
                }
                case ByteClass.QUOTE -> {
                    tokenStart = shift + i;
                    beginString(StringKind.PLAIN);
                    return i + 1;
                }
                case ByteClass.DOUBLE_QUOTE -> {
                    tokenStart = shift + i;
                    int end = i + 1;
                    while (end < to && a[end] != '"') {
                        end++;
                    }
                    if (end + 1 >= to || a[end + 1] == '"') {
                        beginName(false);
                        return i + 1;
                    }
                    int length = Math.min(end - i - 1, LONGEST_NAME + 1);
                    sink.quotedName(a, i + 1, length, tokenStart, shift + end + 1, false);
                    i = end + 1;
                }
                case ByteClass.DOLLAR -> {
                    tokenStart = shift + i;
                    state = State.DOLLAR;
                    return i + 1;
                }
                case ByteClass.DASH -> {
                    state = State.DASH;
                    return i + 1;
                }
                case ByteClass.SLASH -> {
                    state = State.SLASH;
                    return i + 1;
                }
                case ByteClass.NUL -> {
                    state = State.ENDED;
                    return i + 1;
                }
                default -> {
                    sink.symbol(b, shift + i);
                    i++;
                }
            }
        }
        return i;
    }

    private int pendingSymbol(byte symbol, int i) {
        state = State.BETWEEN;
        sink.symbol(symbol, shift + i - 1);
        return i;
    }

    private void keep(byte[] a, int from, int to) {
        int count = Math.min(to - from, word.length - wordLength);
        System.arraycopy(a, from, word, wordLength, count);
        wordLength += count;
    }

    /** A word that was cut off, or a single letter before something that it may be a prefix of. */
    private int restOfWord(byte[] a, int i, int to) {
        int end = i;
        while (end < to && ByteClass.continuesWord(a[end])) {
            end++;
        }
        keep(a, i, end);
        if (end == to) {
            return to;
        }
        if (wordLength == 1 && a[end] == '\'') {
            switch (word[0]) {
                case 'e', 'E' -> {
                    beginString(StringKind.ESCAPED);
                    return end + 1;
                }
                case 'b', 'B', 'x', 'X' -> {
                    beginString(StringKind.BITS);
                    return end + 1;
                }
                default -> {} // N'…' too is a word and a string, as in scan.l
            }
        } else if (wordLength == 1 && a[end] == '&' && (word[0] | 0x20) == 'u') {
            state = State.WORD_U_AMPERSAND;
            return end + 1;
        }
        endWord(shift + end);
        return end;
    }

    private void endWord(int end) {
        state = State.BETWEEN;
        sink.word(word, 0, wordLength, tokenStart, end);
    }

    private int afterUAmpersand(byte[] a, int i) {
        return switch (a[i]) {
            case '\'' -> {
                beginString(StringKind.UNICODE);
                yield i + 1;
            }
            case '"' -> {
                beginName(true);
                yield i + 1;
            }
            default -> {
                endWord(tokenStart + 1);
                yield pendingSymbol((byte) '&', i);
            }
        };
    }

    private int number(byte[] a, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = a[i];
            switch (state) {
                case DIGITS, FRACTION -> {
                    if ((b | 0x20) == 'e') {
                        word[0] = b;
                        stringEnd = shift + i; // of the number, if no exponent follows
                        state = State.EXPONENT_MARK;
                    } else if (b == '.' && state == State.DIGITS) {
                        state = State.FRACTION;
                    } else if (!ByteClass.isDigit(b)) {
                        return endNumber(i);
                    }
                }
                case EXPONENT_MARK -> {
                    if (b == '+' || b == '-') {
                        signByte = b;
                        state = State.EXPONENT_SIGN;
                    } else if (ByteClass.isDigit(b)) {
                        state = State.EXPONENT;
                    } else {
                        return unreadExponentMark(i);
                    }
                }
                case EXPONENT_SIGN -> {
                    if (!ByteClass.isDigit(b)) {
                        unreadExponentMark(i);
                        endWord(stringEnd + 1);
                        state = signByte == '-' ? State.DASH : State.BETWEEN;
                        if (signByte == '+') {
                            sink.symbol(signByte, stringEnd + 1);
                        }
                        return i;
                    }
                    state = State.EXPONENT;
                }
                default -> {
                    if (!ByteClass.isDigit(b)) {
                        return endNumber(i);
                    }
                }
            }
        }
        return to;
    }

    private int endNumber(int i) {
        state = State.BETWEEN;
        sink.number(tokenStart, shift + i);
        return i;
    }

    /** After {@code 1e} came no exponent: PostgreSQL 14 takes the letter for a word's first. */
    private int unreadExponentMark(int i) {
        sink.number(tokenStart, stringEnd);
        tokenStart = stringEnd;
        wordLength = 1;
        state = State.WORD;
        return i;
    }

    private void beginString(StringKind kind) {
        stringKind = kind;
        portable = kind != StringKind.UNICODE;
        state = State.STRING;
    }

    private int string(byte[] a, int from, int to) {
        boolean plain = stringKind == StringKind.PLAIN;
        boolean escapes = plain ? !standardStrings : stringKind == StringKind.ESCAPED;
        for (int i = from; i < to; i++) {
            byte b = a[i];
            if (b == '\'') {
                state = State.STRING_QUOTE;
                return i + 1;
            }
            if (b == '\\') {
                portable &= !plain;
                if (escapes) {
                    state = State.STRING_ESCAPE;
                    return i + 1;
                }
            }
        }
        return to;
    }

    private int afterStringQuote(byte[] a, int i) {
        if (a[i] == '\'' && stringKind != StringKind.BITS) {
            state = State.STRING;
            return i + 1;
        }
        stringEnd = shift + i;
        continuable = false;
        state = State.STRING_END;
        return i;
    }

    /** Looks for a newline and another quote, which continue the string in the same mode. */
    private int afterString(byte[] a, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = a[i];
            if (ByteClass.isNewline(b)) {
                continuable = true;
            } else if (b == '-') {
                state = State.STRING_END_DASH;
                return i + 1;
            } else if (b == '\'' && continuable) {
                state = State.STRING;
                return i + 1;
            } else if (ByteClass.of(b) != ByteClass.SPACE) {
                endString();
                return i;
            }
        }
        return to;
    }

    private int afterStringDash(byte[] a, int i) {
        if (a[i] == '-') {
            state = State.STRING_END_COMMENT;
            return i + 1;
        }
        endString();
        return pendingSymbol((byte) '-', i);
    }

    private void endString() {
        state = State.BETWEEN;
        sink.literal(tokenStart, stringEnd, portable);
    }

    private void beginName(boolean withEscapes) {
        nameEscapes = withEscapes;
        wordLength = 0;
        state = State.NAME;
    }

    private int name(byte[] a, int i, int to) {
        int end = i;
        while (end < to && a[end] != '"') {
            end++;
        }
        keep(a, i, end);
        if (end == to) {
            return to;
        }
        state = State.NAME_QUOTE;
        return end + 1;
    }

    private int afterNameQuote(byte[] a, int i) {
        if (a[i] == '"') {
            keep(a, i, i + 1);
            state = State.NAME;
            return i + 1;
        }
        state = State.BETWEEN;
        sink.quotedName(word, 0, wordLength, tokenStart, shift + i, nameEscapes);
        return i;
    }

    private int afterDollar(byte[] a, int i) {
        byte b = a[i];
        tagLength = 0;
        if (b == '$') {
            tagMatched = -1;
            state = State.DOLLAR_BODY;
            return i + 1;
        }
        if (ByteClass.isDigit(b)) {
            state = State.PARAMETER;
            return i + 1;
        }
        if (ByteClass.continuesTag(b)) {
            state = State.DOLLAR_TAG;
            return i;
        }
        return pendingSymbol((byte) '$', i);
    }

    private int parameter(byte[] a, int i, int to) {
        int end = i;
        while (end < to && ByteClass.isDigit(a[end])) {
            end++;
        }
        if (end < to) {
            state = State.BETWEEN;
            sink.parameter(tokenStart, shift + end);
        }
        return end;
    }

    private int dollarTag(byte[] a, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = a[i];
            if (b == '$') {
                tagMatched = -1;
                state = State.DOLLAR_BODY;
                return i + 1;
            }
            if (!ByteClass.continuesTag(b)) {
                sink.symbol((byte) '$', tokenStart);
                tokenStart++;
                wordLength = 0;
                keep(tag, 0, tagLength);
                endWord(shift + i);
                return i;
            }
            if (tagLength == tag.length) {
                state = State.UNREADABLE;
                return to;
            }
            tag[tagLength++] = b;
        }
        return to;
    }

    private int dollarBody(byte[] a, int from, int to) {
        int i = from;
        while (i < to) {
            if (tagMatched < 0) {
                while (i < to && a[i] != '$') {
                    i++;
                }
                if (i < to) {
                    tagMatched = 0;
                    i++;
                }
                continue;
            }
            byte b = a[i++];
            if (b == '$') {
                if (tagMatched == tagLength) {
                    state = State.BETWEEN;
                    sink.literal(tokenStart, shift + i, true);
                    return i;
                }
                tagMatched = 0; // the dollar may begin the real tag
            } else if (tagMatched < tagLength && b == tag[tagMatched]) {
                tagMatched++;
            } else {
                tagMatched = -1;
            }
        }
        return to;
    }

    private static int lineEnd(byte[] a, int i, int to) {
        int end = i;
        while (end < to && !ByteClass.isNewline(a[end])) {
            end++;
        }
        return end;
    }

    private void beginComment() {
        commentDepth = 1;
        commentPrevious = 0;
        state = State.COMMENT;
    }

    private int comment(byte[] a, int from, int to) {
        byte previous = commentPrevious;
        for (int i = from; i < to; i++) {
            byte b = a[i];
            if (b == '/' && previous == '*') {
                previous = 0;
                if (--commentDepth == 0) {
                    state = State.BETWEEN;
                    return i + 1;
                }
            } else if (b == '*' && previous == '/') {
                commentDepth++;
                previous = 0;
            } else {
                previous = b;
            }
        }
        commentPrevious = previous;
        return to;
    }
}
