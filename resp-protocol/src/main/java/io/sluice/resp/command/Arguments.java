package io.sluice.resp.command;

import io.netty.buffer.ByteBuf;

/**
 * The arguments of one whole command, wherever their bytes lie. Argument 0 is the command's name,
 * argument 1 the subcommand of a container.
 *
 * <p>Valid as long as the buffer is not read on; nothing here keeps it.
 */
public interface Arguments {
    /** A number of so many digits cannot overflow; no server counts or waits that far. */
    int MOST_DIGITS = 18;

    /** Where the bytes are; borrowed. */
    ByteBuf buffer();

    /** How many there are, the name among them. */
    int count();

    /** The index in {@link #buffer} of the first byte of an argument. */
    int start(int argument);

    /** How many bytes an argument has. */
    int length(int argument);

    /**
     * Whether an argument is this word, in whichever case. Unlike Redis, which compares up to the
     * first zero byte, this compares all of it: what is not surely the word is not the word.
     *
     * @param word upper case, ASCII
     */
    default boolean is(int argument, String word) {
        if (length(argument) != word.length()) {
            return false;
        }
        ByteBuf in = buffer();
        int start = start(argument);
        for (int i = 0; i < word.length(); i++) {
            int at = in.getByte(start + i);
            if ((at >= 'a' && at <= 'z' ? at - ('a' - 'A') : at) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * An argument as a whole number, as strictly as Redis reads one: digits only, none too many in
     * front.
     *
     * @return the number, or -1 if it is none or less than 0
     */
    default long number(int argument) {
        int length = length(argument);
        if (length == 0 || length > MOST_DIGITS) {
            return -1;
        }
        ByteBuf in = buffer();
        int start = start(argument);
        if (length > 1 && in.getByte(start) == '0') {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < length; i++) {
            int digit = in.getByte(start + i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }
}
