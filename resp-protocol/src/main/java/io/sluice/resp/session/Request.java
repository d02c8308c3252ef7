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
