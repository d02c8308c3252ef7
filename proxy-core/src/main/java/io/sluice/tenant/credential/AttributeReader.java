package io.sluice.tenant.credential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Base64;

/**
 * Reads a SCRAM message attribute by attribute, in the one order that RFC 5802 §7 allows.
 *
 * <p>Strict: no NUL, no missing value where one is needed, no trailing comma, canonical base64
 * only, no mandatory extension ({@code m=}); optional extensions are read over where the grammar
 * has them.
 */
final class AttributeReader {
    private static final String RESERVED = "aceimnprsv";

    private final String text;
    private int position;

    AttributeReader(String text, int maxLength) throws MalformedScram {
        if (text.length() > maxLength) {
            throw new MalformedScram(
                    "message of %d characters, allowed %d".formatted(text.length(), maxLength));
        }
        if (text.indexOf('\0') >= 0) {
            throw new MalformedScram("message contains a NUL");
        }
        this.text = text;
    }

    /** Where the next attribute, or what {@link #literal} expects, begins. */
    int position() {
        return position;
    }

    boolean atEnd() {
        return position == text.length();
    }

    boolean startsWith(String expected) {
        return text.startsWith(expected, position);
    }

    /** Reads over {@code expected}, or stays where it is and returns false. */
    boolean literal(String expected) {
        if (!startsWith(expected)) {
            return false;
        }
        position += expected.length();
        return true;
    }

    /**
     * Reads {@code name=value} and the comma behind it, if others follow. The value may be empty.
     */
    String attribute(char name) throws MalformedScram {
        if (startsWith("m=")) {
            throw new MalformedScram("a mandatory extension is asked for");
        }
        if (!literal(name + "=")) {
            throw new MalformedScram("attribute " + name + "= expected");
        }
        int comma = text.indexOf(',', position);
        int end = comma < 0 ? text.length() : comma;
        String value = text.substring(position, end);
        position = end;
        if (comma >= 0) {
            position++;
            if (atEnd()) {
                throw new MalformedScram("comma at the end");
            }
        }
        return value;
    }

    /** Reads over optional extensions, up to an attribute of another kind or the end. */
    void extensions() throws MalformedScram {
        while (!atEnd() && isExtension(text.charAt(position))) {
            attribute(text.charAt(position));
        }
    }

    private static boolean isExtension(char name) {
        boolean letter = (name >= 'a' && name <= 'z') || (name >= 'A' && name <= 'Z');
        return letter && RESERVED.indexOf(name) < 0;
    }

    void end() throws MalformedScram {
        if (!atEnd()) {
            throw new MalformedScram("text after the last attribute");
        }
    }

    /** Returns a nonce: at least one printable character. */
    static String nonce(String value) throws MalformedScram {
        if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new MalformedScram("nonce is empty or not printable");
        }
        return value;
    }

    /** Decodes base64 that is exactly what an encoder would have written. */
    static byte[] base64(String value, String what) throws MalformedScram {
        byte[] text = value.getBytes(ISO_8859_1);
        try {
            byte[] decoded = Base64.getDecoder().decode(text);
            if (Arrays.equals(Base64.getEncoder().encode(decoded), text)) {
                return decoded;
            }
        } catch (IllegalArgumentException _) { // said below, without the bytes
        }
        throw new MalformedScram(what + " is not base64");
    }

    static byte[] base64(String value, String what, int length) throws MalformedScram {
        byte[] decoded = base64(value, what);
        if (decoded.length != length) {
            throw new MalformedScram(
                    "%s has %d bytes instead of %d".formatted(what, decoded.length, length));
        }
        return decoded;
    }

    /**
     * Returns a positive number without sign or leading zero, at most {@code Integer.MAX_VALUE}.
     */
    static int positive(String value, String what) throws MalformedScram {
        boolean digits = value.chars().allMatch(c -> c >= '0' && c <= '9');
        if (value.isEmpty() || value.length() > 10 || !digits || value.charAt(0) == '0') {
            throw new MalformedScram(what + " is not a positive number");
        }
        long number = Long.parseLong(value);
        if (number > Integer.MAX_VALUE) {
            throw new MalformedScram(what + " is too large");
        }
        return (int) number;
    }
}
