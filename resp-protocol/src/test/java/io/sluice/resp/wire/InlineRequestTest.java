package io.sluice.resp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Redis 6.2 answers to these lines was asked of it. */
class InlineRequestTest {
    private static final RequestLimits LIMITS = RequestLimits.REDIS;

    static Stream<Arguments> lines() {
        return Stream.of(
                Arguments.of("PING\r\n", List.of("PING")),
                Arguments.of("PING\n", List.of("PING")),
                Arguments.of("PING\r\r\n", List.of("PING")),
                Arguments.of("  SET \t k\tv  \r\n", List.of("SET", "k", "v")),
                Arguments.of("ECHO a\rb\r\n", List.of("ECHO", "a", "b")),
                Arguments.of("ECHO \"\"\r\n", List.of("ECHO", "")),
                Arguments.of("ECHO ''\r\n", List.of("ECHO", "")),
                Arguments.of("ECHO \"a b\" 'c d'\r\n", List.of("ECHO", "a b", "c d")),
                Arguments.of("ECHO foo\"bar\"\r\n", List.of("ECHO", "foobar")),
                Arguments.of("ECHO foo'b\"r'\r\n", List.of("ECHO", "foob\"r")),
                Arguments.of("ECHO 'it\\'s'\r\n", List.of("ECHO", "it's")),
                Arguments.of("ECHO 'a\\n'\r\n", List.of("ECHO", "a\\n")),
                Arguments.of("ECHO a\\nb\r\n", List.of("ECHO", "a\\nb")),
                Arguments.of(
                        "ECHO \"\\x41\\n\\r\\t\\b\\a\\q\\\"\\\\\\xZZ\\x4\"\r\n",
                        List.of("ECHO", "A\n\r\t\b\u0007q\"\\xZZx4")),
                Arguments.of("ECHO \"\\x00\\xfF\"\r\n", List.of("ECHO", "\0\u00ff")),
                Arguments.of("ECHO a\u000bb\r\n", List.of("ECHO", "a\u000bb")),
                Arguments.of("\u000bECHO 'a'\u000b\r\n", List.of("ECHO", "a")),
                Arguments.of("ECHO a\0b c\r\n", List.of("ECHO", "a")),
                Arguments.of("$4\r\n", List.of("$4")));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void wordsAreThoseThatRedisFindsAndGoOnAsAnArray(String line, List<String> words) {
        byte[] bytes = Pieces.bytes(line);
        StringBuilder array = new StringBuilder("*" + words.size() + "\r\n");
        words.forEach(
                w -> array.append('$').append(w.length()).append("\r\n").append(w).append("\r\n"));
        for (int[] cuts : Pieces.cuts(bytes)) {
            assertThat(Requests.scan(bytes, LIMITS, cuts).commands())
                    .containsExactly(
                            new Requests.Found(words, array.toString(), line.length(), true));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ECHO \"foo\r\n",
                "ECHO 'foo\r\n",
                "ECHO \"foo\"bar\r\n",
                "ECHO 'foo'bar\r\n",
                "ECHO ''''\r\n",
                "ECHO \"a\\\r\n",
                "ECHO \"a\\\"\r\n",
                "ECHO \"a\0b\"\r\n",
                "\"\n"
            })
    void quotesMustBeClosed(String line) {
        byte[] bytes = Pieces.bytes(line);
        for (int[] cuts : Pieces.cuts(bytes)) {
            assertThat(Requests.scan(bytes, LIMITS, cuts).error())
                    .isEqualTo("Protocol error: unbalanced quotes in request");
        }
    }

    @Test
    void linesAndArraysMayAlternate() {
        byte[] bytes =
                Pieces.bytes(
                        "PING\r\n*1\r\n$4\r\nPING\r\n\r\nECHO \"a\"\r\n*2\r\n$4\r\nECHO\r\n$1\r\nb\r\nQUIT");

        Requests.Outcome outcome = Requests.scan(bytes, LIMITS, 3, 20, 40);

        assertThat(outcome.arguments())
                .containsExactly(
                        List.of("PING"),
                        List.of("PING"),
                        List.of("ECHO", "a"),
                        List.of("ECHO", "b"));
        assertThat(outcome.left()).isEqualTo(4);
    }

    @Test
    void aLineOfManyWordsIsFound() {
        byte[] bytes = Pieces.bytes("x ".repeat(32_000) + "\r\n");

        assertThat(Requests.scan(bytes, LIMITS).commands().getFirst().arguments()).hasSize(32_000);
    }
}
