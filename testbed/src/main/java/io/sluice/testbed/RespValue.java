package io.sluice.testbed;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One value of Redis' protocol as it came: its type byte and either its text or its elements.
 *
 * <p>Types with text: {@code + - : $ , # ( ! =}; types with elements: {@code * % ~ >}, a map's keys
 * and values in turn. {@code _}, a {@code $-1} and a {@code *-1} have neither. A verbatim string's
 * text begins with its format, as in {@code txt:…}. Two values are equal if they came as the same
 * bytes, but for different spellings of one length.
 */
public final class RespValue {

    private final char type;
    private final byte @Nullable [] text;
    private final @Nullable List<RespValue> elements;
    private final List<RespValue> attributes;

    private RespValue(
            char type,
            byte @Nullable [] text,
            @Nullable List<RespValue> elements,
            List<RespValue> attributes) {
        this.type = type;
        this.text = text;
        this.elements = elements;
        this.attributes = attributes;
    }

    static RespValue ofText(char type, byte[] text) {
        return new RespValue(type, text, null, List.of());
    }

    static RespValue ofElements(char type, List<RespValue> elements) {
        return new RespValue(type, null, List.copyOf(elements), List.of());
    }

    static RespValue ofNull(char type) {
        return new RespValue(type, null, null, List.of());
    }

    RespValue withAttributes(List<RespValue> keysAndValues) {
        return new RespValue(type, text, elements, List.copyOf(keysAndValues));
    }

    /** The value that these bytes are, all of them. */
    public static RespValue of(byte[] bytes) {
        var in = new ByteArrayInputStream(bytes);
        try {
            RespValue value = new RespReader(in).read();
            if (in.available() > 0) {
                throw new IOException("%d bytes behind %s".formatted(in.available(), value));
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first byte of what came, such as {@code '$'}. */
    public char type() {
        return type;
    }

    /** Whether it is a null of either version: {@code _}, {@code $-1} or {@code *-1}. */
    public boolean isNull() {
        return text == null && elements == null;
    }

    /** Whether it is an error, of a line or of any length. */
    public boolean isError() {
        return type == '-' || type == '!';
    }

    /** Whether it is a push, which no command's reply is. */
    public boolean isPush() {
        return type == '>';
    }

    /** The exact bytes of its text; fails if it has none. */
    public byte[] bytes() {
        if (text == null) {
            throw new IllegalStateException("no text: " + this);
        }
        return text.clone();
    }

    /** Its text, read as UTF-8; fails if it has none. */
    public String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    /** Its text as a number; fails if it is none. */
    public long number() {
        return Long.parseLong(text());
    }

    /** Its elements, a map's keys and values in turn; fails if it has none. */
    public List<RespValue> elements() {
        if (elements == null) {
            throw new IllegalStateException("no elements: " + this);
        }
        return elements;
    }

    /** The texts of its elements; null where an element is. */
    public List<@Nullable String> texts() {
        var texts = new ArrayList<@Nullable String>();
        for (RespValue element : elements()) {
            texts.add(element.isNull() ? null : element.text());
        }
        return texts;
    }

    /** The value behind the key of that text, in a map or a RESP2 array of keys and values. */
    public RespValue get(String key) {
        List<RespValue> all = elements();
        for (int i = 0; i + 1 < all.size(); i += 2) {
            if (all.get(i).text().equals(key)) {
                return all.get(i + 1);
            }
        }
        throw new IllegalStateException("no " + key + " in " + this);
    }

    /** The keys and values in turn of the attributes that came ahead of it; mostly none. */
    public List<RespValue> attributes() {
        return attributes;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RespValue that
                && type == that.type
                && Arrays.equals(text, that.text)
                && Objects.equals(elements, that.elements)
                && attributes.equals(that.attributes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, Arrays.hashCode(text), elements, attributes);
    }

    /** Its type byte and its text or elements, such as {@code *[$one, :2]}. */
    @Override
    public String toString() {
        String ahead = attributes.isEmpty() ? "" : "|" + attributes;
        if (text != null) {
            return ahead + type + text();
        }
        return ahead + type + (elements == null ? "null" : elements.toString());
    }
}
