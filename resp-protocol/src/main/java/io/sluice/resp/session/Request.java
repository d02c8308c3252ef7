package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.resp.command.Arguments;
import io.sluice.resp.wire.RequestScanner;

/**
 * A command in its client's input, or as much of it as is there. One a loop, set anew for each
 * command. Confined to the loop.
 */
public final class Request implements Arguments {
    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    private RequestScanner scanner;

    public Request(RequestScanner any) {
        this.scanner = any;
    }

    /**
     * Is this command from now on.
     *
     * @param in borrowed for as long as this is looked at
     */
    public Request set(ByteBuf in, RequestScanner scanned) {
        buffer = scanned.bytes(in);
        scanner = scanned;
        return this;
    }

    @Override
    public ByteBuf buffer() {
        return buffer;
    }

    @Override
    public int count() {
        return scanner.argumentsSeen();
    }

    @Override
    public int start(int i) {
        return buffer.readerIndex() + scanner.offset(i);
    }

    @Override
    public int length(int i) {
        return scanner.length(i);
    }

    /** Bytes of it as a server is sent it, from the buffer's reader index on. */
    int size() {
        return scanner.size();
    }

    RequestScanner scanner() {
        return scanner;
    }

    /** Argument {@code i} as text, a character for each byte. */
    String text(int i) {
        return buffer.toString(start(i), length(i), java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** As {@link #text}, for an error: Redis' errors show arguments up to a zero byte. */
    String shown(int i) {
        String text = text(i);
        int zero = text.indexOf('\0');
        return zero < 0 ? text : text.substring(0, zero);
    }

    /** Whether argument {@code i} is a whole number as strictly as Redis reads one. */
    boolean isNumber(int i) {
        int digits = length(i);
        if (digits == 0) {
            return false;
        }
        boolean negative = buffer.getByte(start(i)) == '-';
        int first = negative ? 1 : 0;
        if (digits - first > MOST_DIGITS
                || digits == first
                || (buffer.getByte(start(i) + first) == '0' && digits > 1)) {
            return false;
        }
        for (int k = first; k < digits; k++) {
            int digit = buffer.getByte(start(i) + k) - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
        }
        return true;
    }

    /** Argument {@code i} as a number; {@code otherwise} if it is none of 18 digits at most. */
    long number(int i, long otherwise) {
        int length = length(i);
        int at = start(i);
        boolean negative = length > 1 && buffer.getByte(at) == '-';
        int digits = negative ? length - 1 : length;
        if (digits < 1 || digits > 18) {
            return otherwise;
        }
        long value = 0;
        for (int k = length - digits; k < length; k++) {
            int digit = buffer.getByte(at + k) - '0';
            if (digit < 0 || digit > 9) {
                return otherwise;
            }
            value = value * 10 + digit;
        }
        return negative ? -value : value;
    }
}
