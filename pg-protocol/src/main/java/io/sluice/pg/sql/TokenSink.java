package io.sluice.pg.sql;

/**
 * Is told the tokens of a query string, in order, without white space and comments.
 *
 * <p>Positions are byte offsets from the beginning of the query string; {@code end} is exclusive.
 * Bytes handed over are borrowed for the call.
 */
interface TokenSink {
    /**
     * An unquoted identifier or keyword, as it was written.
     *
     * @param length at most {@link SqlLexer#LONGEST_NAME} + 1, which stands for anything longer
     */
    void word(byte[] bytes, int from, int length, int start, int end);

    /**
     * An identifier in double quotes.
     *
     * @param length as for {@link #word}, without the quotes and with doubled ones undone
     * @param escapes whether it was written as {@code U&"…"}: its real name is not known
     */
    void quotedName(byte[] bytes, int from, int length, int start, int end, boolean escapes);

    /**
     * A string constant of any kind, continuation lines included.
     *
     * @param portable whether it means the same whatever {@code standard_conforming_strings} is
     */
    void literal(int start, int end, boolean portable);

    /** A numeric constant, without its sign. */
    void number(int start, int end);

    /** A parameter such as {@code $1}. */
    void parameter(int start, int end);

    /** One byte that is none of the above; an operator of several bytes is told byte by byte. */
    void symbol(byte symbol, int at);
}
