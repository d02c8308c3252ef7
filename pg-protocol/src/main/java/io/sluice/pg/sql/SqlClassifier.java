package io.sluice.pg.sql;

import io.netty.buffer.ByteBuf;

/**
 * Says what a query string does, from bytes that arrive in pieces of any size.
 *
 * <pre>{@code
 * classifier.reset(standardConformingStrings, clientOnlyEncoding);
 * classifier.feed(buf, from, to); // any number of times; never assembled
 * Classified what = classifier.finish();
 * }</pre>
 *
 * <p>One instance serves an event loop for messages that are whole; a message that passes through
 * in pieces needs one of its own until it is finished (5 KiB, and up to 8 KiB more while a SET is
 * being read). Nothing is allocated for texts without settings.
 *
 * <p><b>Threads:</b> one at a time. <b>Buffers:</b> borrowed for the call, indexes untouched.
 */
public final class SqlClassifier {
    /** Longest SET that is read, in bytes; a longer one pins as unreadable. */
    public static final int LONGEST_SET = Recording.LIMIT;

    private final Classified result = new Classified();
    private final Recording recording = new Recording();
    private final StatementReader reader = new StatementReader(result, recording);
    private final SqlLexer lexer = new SqlLexer(reader, recording);

    /**
     * Begins a new text; an unfinished one is forgotten, and what {@link #finish} returned is
     * empty.
     *
     * @param standardConformingStrings the session's value when the text is sent: the server reads
     *     a whole query string by it, even if a SET in that string changes it
     * @param clientOnlyEncoding whether client_encoding is one that no server can have (SJIS,
     *     SHIFT_JIS_2004, BIG5, GBK, UHC, GB18030, JOHAB), in which half a character can look like
     *     a quote's end or a backslash; texts that are not ASCII then pin as unreadable
     */
    public void reset(boolean standardConformingStrings, boolean clientOnlyEncoding) {
        result.reset();
        lexer.reset(standardConformingStrings, clientOnlyEncoding);
        reader.reset();
    }

    /** As {@link #reset(boolean, boolean)}, for an encoding that a server can have. */
    public void reset(boolean standardConformingStrings) {
        reset(standardConformingStrings, false);
    }

    /**
     * Reads the next bytes of the text: those from index {@code from} to {@code to} (exclusive).
     * The zero byte that ends a text in the protocol may be among them.
     *
     * @throws IndexOutOfBoundsException if these lie outside of the buffer
     */
    public void feed(ByteBuf buf, int from, int to) {
        lexer.feed(buf, from, to);
    }

    /**
     * Whether what was read so far names a prepared statement, in PREPARE, EXECUTE or DEALLOCATE:
     * to be known before a text is sent whose end has not arrived.
     */
    public boolean namesStatement() {
        return reader.readsStatementName() || result.namesStatement();
    }

    /**
     * Ends the text.
     *
     * @return always the same object, valid until the next {@link #reset}
     */
    public Classified finish() {
        boolean readable = lexer.finish();
        reader.finish();
        if (!readable) {
            result.pin(PinReason.UNREADABLE.bit());
        }
        return result;
    }
}
