package io.sluice.resp.pubsub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.resp.wire.BrokenProtocol;

/**
 * A push of a server as far as it is about subscriptions: what it says, and where its strings lie.
 * One for each connection, set anew for each push; allocates nothing.
 */
final class Push {
    /** Elements of the longest: word, pattern, channel, payload. */
    private static final int MOST = 4;

    private static final SubscriptionKind[] KINDS = SubscriptionKind.values();

    private final int[] starts = new int[MOST];
    private final int[] lengths = new int[MOST];
    private ByteBuf in = Unpooled.EMPTY_BUFFER;
    private int elements;
    private int at;
    private Word word = Word.OTHER;
    private SubscriptionKind kind = SubscriptionKind.CHANNEL;

    /** What a push says. */
    enum Word {
        SUBSCRIBED,
        UNSUBSCRIBED,
        MESSAGE,
        /** Something that has nothing to do with subscriptions. */
        OTHER
    }

    /**
     * Is this push from now on.
     *
     * @param bytes borrowed for as long as this is looked at; a whole push begins at {@code from}
     * @throws BrokenProtocol if it is made otherwise than servers make them
     */
    void set(ByteBuf bytes, int from) {
        in = bytes;
        at = from;
        if (in.getByte(at++) != '>') {
            throw new BrokenProtocol("a push with attributes");
        }
        elements = (int) Math.min(number(), MOST);
        for (int i = 0; i < elements; i++) {
            readElement(i);
        }
        readWord();
    }

    private void readElement(int i) {
        lengths[i] = -1;
        switch (in.getByte(at++)) {
            case '$' -> {
                lengths[i] = (int) number();
                starts[i] = at;
                at += lengths[i] + 2;
            }
            case ':' -> number();
            case '_' -> at += 2;
            default -> elements = i; // of no push about subscriptions: nothing behind it is read
        }
    }

    /** The number up to the end of the line; the scanner of replies has seen that it is one. */
    private long number() {
        long number = 0;
        for (byte each = in.getByte(at++); each != '\r'; each = in.getByte(at++)) {
            number = number * 10 + (each - '0');
        }
        at++;
        return number;
    }

    private void readWord() {
        for (SubscriptionKind each : KINDS) {
            kind = each;
            if (is(each.message()) && hasStrings(elementsOfMessage())) {
                word = Word.MESSAGE;
                return;
            } else if (is(each.subscribe()) && hasStrings(2)) {
                word = Word.SUBSCRIBED;
                return;
            } else if (is(each.unsubscribe()) && hasStrings(2)) {
                word = Word.UNSUBSCRIBED;
                return;
            }
        }
        word = Word.OTHER;
    }

    private boolean is(byte[] expected) {
        if (length(0) != expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (in.getByte(starts[0] + i) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean hasStrings(int number) {
        for (int i = 0; i < number; i++) {
            if (length(i) < 0) {
                return false;
            }
        }
        return true;
    }

    private int elementsOfMessage() {
        return kind == SubscriptionKind.PATTERN ? 4 : 3;
    }

    Word word() {
        return word;
    }

    /** Which kind of subscription it is about, unless it says something {@link Word#OTHER}. */
    SubscriptionKind kind() {
        return kind;
    }

    ByteBuf in() {
        return in;
    }

    /** Where what was subscribed to lies; {@link #channel} of a message may be something else. */
    int topic() {
        return 1;
    }

    /** The element of a message that names the channel that it was published on. */
    int channel() {
        return elementsOfMessage() - 2;
    }

    int payload() {
        return elementsOfMessage() - 1;
    }

    int start(int element) {
        return starts[element];
    }

    /** Bytes of a string; -1 if the element is none. */
    int length(int element) {
        return element < elements ? lengths[element] : -1;
    }
}
