package io.sluice.resp.tenancy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A request of {@code requests.txt}, which says independently of Sluice's command table where its
 * names are.
 *
 * @param command as the table names it: {@code xinfo stream}
 * @param words the name, or both, and the arguments, with their marks
 * @param isComparable whether a server answers the same whatever its keys are called
 */
public record SampleRequest(String command, List<String> words, boolean isComparable) {

    /** All of them. */
    public static List<SampleRequest> all() {
        try (InputStream in = SampleRequest.class.getResourceAsStream("requests.txt")) {
            byte[] text = Objects.requireNonNull(in, "requests.txt").readAllBytes();
            return new String(text, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("# ") && !line.equals("#"))
                    .flatMap(SampleRequest::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<SampleRequest> read(String line) {
        boolean comparable = !line.endsWith("=> any");
        String text = comparable ? line : line.substring(0, line.length() - "=> any".length());
        int middle = text.indexOf("::");
        List<String> arguments =
                Arrays.stream(text.substring(middle + 2).split(" ", -1))
                        .filter(word -> !word.isEmpty())
                        .toList();
        return Arrays.stream(text.substring(0, middle).split(" ", -1))
                .filter(name -> !name.isEmpty())
                .map(name -> {
                    var words =
                            new ArrayList<>(
                                    List.of(name.toUpperCase(Locale.ROOT).split("\\|", -1)));
                    words.addAll(arguments);
                    return new SampleRequest(name.replace('|', ' '), words, comparable);
                });
    }

    /** As a client writes it. */
    public String[] plain(char tenant) {
        return written(tenant, name -> name, name -> name, name -> name);
    }

    /** As it has to reach the server. */
    public String[] written(
            char tenant,
            UnaryOperator<String> key,
            UnaryOperator<String> glob,
            UnaryOperator<String> channel) {
        return words.stream()
                .map(word -> word.replace('@', tenant))
                .map(word ->
                        isMarked(word, '<', '>')
                                ? key.apply(inner(word))
                                : isMarked(word, '%', '%')
                                        ? glob.apply(inner(word))
                                        : isMarked(word, '#', '#')
                                                ? channel.apply(inner(word))
                                                : word)
                .toArray(String[]::new);
    }

    private static boolean isMarked(String word, char first, char last) {
        return word.length() > 2
                && word.charAt(0) == first
                && word.charAt(word.length() - 1) == last;
    }

    private static String inner(String word) {
        return word.substring(1, word.length() - 1);
    }

    @Override
    public String toString() {
        return String.join(" ", words);
    }
}
