package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.sluice.testbed.RedisBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A command with its arguments, as a client sends it.
 *
 * @param alone whether nothing may come behind it on its connection that is to be foreseen
 */
record Call(List<byte[]> words, boolean alone) {

    static Call of(String... words) {
        return new Call(Arrays.stream(words).map(RedisBytes::bytes).toList(), false);
    }

    /**
     * The calls of a resource next to this class, a line each.
     *
     * @param values what words such as {@code @70k} stand for
     */
    static List<Call> read(String resource, Map<String, byte[]> values) {
        try (InputStream in = Call.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no " + resource);
            }
            return new String(in.readAllBytes(), ISO_8859_1)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> parse(line, values))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }

    private static Call parse(String line, Map<String, byte[]> values) {
        boolean alone = line.startsWith("! ");
        var words = new ArrayList<byte[]>();
        int at = alone ? 2 : 0;
        while (at < line.length()) {
            int end = line.charAt(at) == '"' ? closing(line, at) : line.indexOf(' ', at);
            end = end < 0 ? line.length() : end;
            String word = line.substring(at, end);
            words.add(
                    word.startsWith("\"")
                            ? unescaped(word.substring(1, word.length() - 1))
                            : values.getOrDefault(word, RedisBytes.bytes(word)));
            at = end + 1;
        }
        return new Call(List.copyOf(words), alone);
    }

    private static int closing(String line, int from) {
        int at = from + 1;
        while (line.charAt(at) != '"') {
            at += line.charAt(at) == '\\' ? 2 : 1;
        }
        return at + 1;
    }

    private static byte[] unescaped(String text) {
        var bytes = new ByteArrayOutputStream();
        int i = 0;
        while (i < text.length()) {
            char next = text.charAt(i++);
            if (next != '\\') {
                bytes.write(next);
                continue;
            }
            switch (text.charAt(i++)) {
                case 'r' -> bytes.write('\r');
                case 'n' -> bytes.write('\n');
                case 'x' -> {
                    bytes.write(Integer.parseInt(text.substring(i, i + 2), 16));
                    i += 2;
                }
                default -> throw new IllegalArgumentException("escape in " + text);
            }
        }
        return bytes.toByteArray();
    }

    /** A word as text, upper case. */
    String word(int i) {
        return new String(words.get(i), ISO_8859_1).toUpperCase(Locale.ROOT);
    }

    /**
     * The command's name, of a subcommand both words, in upper case.
     *
     * @param known all names there are
     */
    String name(Set<String> known) {
        String both = words.size() > 1 ? word(0) + " " + word(1) : word(0);
        return known.contains(both) ? both : word(0);
    }

    Call with(List<byte[]> changed) {
        return new Call(List.copyOf(changed), alone);
    }

    byte[] bytes() {
        return RedisBytes.command(words.toArray(byte[][]::new));
    }

    /** The words, long ones shortened. */
    @Override
    public String toString() {
        return words.stream().map(Call::shown).collect(Collectors.joining(" "));
    }

    /** Bytes as Java would write them, shortened. */
    static String shown(byte[] bytes) {
        var text = new StringBuilder();
        for (int i = 0; i < Math.min(bytes.length, 300); i++) {
            int at = bytes[i] & 0xff;
            text.append(
                    at == '\r'
                            ? "\\r"
                            : at == '\n'
                                    ? "\\n"
                                    : at < ' ' || at > '~'
                                            ? "\\x%02x".formatted(at)
                                            : Character.toString(at));
        }
        return text + (bytes.length > 300 ? "...(%d bytes)".formatted(bytes.length) : "");
    }
}
