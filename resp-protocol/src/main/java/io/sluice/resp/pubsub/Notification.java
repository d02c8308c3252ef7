package io.sluice.resp.pubsub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/**
 * The name of a channel on which Redis tells what becomes of keys, such as {@code
 * __keyspace@0__:key} and {@code __keyevent@0__:expired}, or a pattern of such names that says of
 * which database: a number, or {@code *} for all. Set anew for each; allocates nothing.
 */
final class Notification {
    private static final byte[] OF_KEY = ascii("__keyspace@");
    private static final byte[] OF_EVENT = ascii("__keyevent@");
    private static final byte[] BEHIND = ascii("__:");

    /** Digits of the greatest number of a database. */
    private static final int MOST_DIGITS = 9;

    private boolean ofEvent;
    private boolean ofAllDatabases;
    private int database;

    /** What is behind the colon: a key, or the word for an event; or a pattern of these. */
    private final Span rest = new Span();

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads a name; returns whether it is one of these. */
    boolean read(Span name) {
        ofEvent = name.beginsWith(OF_EVENT);
        if (!ofEvent && !name.beginsWith(OF_KEY)) {
            return false;
        }
        int at = OF_KEY.length;
        ofAllDatabases = at < name.length() && name.at(at) == '*';
        at = ofAllDatabases ? at + 1 : readNumber(name, at);
        rest.set(name.in(), name.start() + at, name.length() - at);
        if (at == OF_KEY.length || !rest.beginsWith(BEHIND)) {
            return false;
        }
        rest.skip(BEHIND.length);
        return true;
    }

    /** Returns the index behind it, which is where it would begin if there is none. */
    private int readNumber(Span name, int from) {
        int at = from;
        database = 0;
        while (at < name.length() && at - from < MOST_DIGITS) {
            int digit = name.at(at) - '0';
            if (digit < 0 || digit > 9 || (at > from && database == 0)) {
                break;
            }
            database = 10 * database + digit;
            at++;
        }
        return at;
    }

    /** Whether it tells which keys an event has happened to, and not what happens to a key. */
    boolean isOfEvent() {
        return ofEvent;
    }

    /** Whether its database is {@code *}. */
    boolean isOfAllDatabases() {
        return ofAllDatabases;
    }

    int database() {
        return database;
    }

    Span rest() {
        return rest;
    }

    /** Appends what is before the rest, with another database; a negative one is {@code *}. */
    void writeHead(ByteBuf out, int otherDatabase) {
        out.writeBytes(ofEvent ? OF_EVENT : OF_KEY);
        ByteBufUtil.writeAscii(out, otherDatabase < 0 ? "*" : Integer.toString(otherDatabase));
        out.writeBytes(BEHIND);
    }

    /** Bytes that {@link #writeHead} appends at most. */
    static int longestHead() {
        return OF_KEY.length + MOST_DIGITS + 1 + BEHIND.length;
    }

    /**
     * Whether a pattern that {@link #read} does not take may nevertheless match names that it
     * takes: what is literal at its front leaves that open, and is long enough to mean it.
     *
     * @param literal bytes before the first that has a meaning in patterns
     */
    static boolean mayBeMatched(Span pattern, int literal) {
        Span head = new Span();
        head.set(pattern.in(), pattern.start(), literal);
        return continues(head, OF_KEY) || continues(head, OF_EVENT);
    }

    private static boolean continues(Span head, byte[] name) {
        if (head.length() < name.length) {
            return head.length() >= "__key".length() && head.is(head(name, head.length()));
        }
        if (!head.beginsWith(name)) {
            return false;
        }
        head.skip(name.length);
        while (head.length() > 0 && head.at(0) >= '0' && head.at(0) <= '9') {
            head.skip(1);
        }
        return head.length() < BEHIND.length && head.is(head(BEHIND, head.length()));
    }

    private static byte[] head(byte[] of, int length) {
        return java.util.Arrays.copyOf(of, length);
    }
}
