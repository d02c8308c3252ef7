package io.sluice.pg.sql;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlClassifierTest {
    private final SqlClassifier classifier = new SqlClassifier();

    static List<SqlCorpus.Case> corpus() {
        return SqlCorpus.all();
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void classifiesTheCorpus(SqlCorpus.Case text) {
        assertThat(whole(text.bytes(), text.standardStrings())).isEqualTo(text.expected());
    }

    /** What a text is never depends on where the network happened to split it. */
    @ParameterizedTest
    @MethodSource("corpus")
    void classifiesTheSameForEverySplit(SqlCorpus.Case text) {
        byte[] bytes = text.bytes();
        for (int cut = 0; cut <= bytes.length; cut++) {
            assertThat(pieces(bytes, text.standardStrings(), cut, bytes.length))
                    .as("cut at byte %d", cut)
                    .isEqualTo(text.expected());
        }
        assertThat(byteByByte(bytes, text.standardStrings())).isEqualTo(text.expected());
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void readsHeapAndDirectBuffersAlike(SqlCorpus.Case text) {
        byte[] bytes = text.bytes();
        ByteBuf direct = Unpooled.directBuffer(bytes.length + 2);
        direct.writeByte('\'').writeBytes(bytes).writeByte('\'');
        try {
            classifier.reset(text.standardStrings());
            classifier.feed(direct, 1, 1 + bytes.length);
            assertThat(SqlCorpus.describe(classifier.finish())).isEqualTo(text.expected());
            assertThat(direct.readerIndex()).isZero();
        } finally {
            direct.release();
        }
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void acceptsTheZeroByteThatEndsATextInTheProtocol(SqlCorpus.Case text) {
        byte[] bytes = (text.sql() + "\0").getBytes(UTF_8);
        assertThat(whole(bytes, text.standardStrings())).isEqualTo(text.expected());
    }

    @Test
    void callsBytesAfterAZeroByteUnreadable() {
        assertThat(whole("SELECT 1\0 ".getBytes(UTF_8), true)).endsWith("!unreadable");
    }

    @Test
    void readsOnlyAsciiInAnEncodingThatNoServerHas() {
        byte[] sjis = {'S', 'E', 'L', 'E', 'C', 'T', ' ', 'E', '\'', (byte) 0x95, '\\', '\''};
        classifier.reset(true, true);
        feed(sjis, 0, sjis.length);
        assertThat(classifier.finish().pins(PinReason.UNREADABLE)).isTrue();

        classifier.reset(true, true);
        feed("SELECT 1".getBytes(US_ASCII), 0, 8);
        assertThat(classifier.finish().isReadOnly()).isTrue();
    }

    @Test
    void pinsASettingThatIsTooLongToRepeat() {
        String value = "x".repeat(Recording.LIMIT);
        assertThat(whole(("SET a = '" + value + "'").getBytes(UTF_8), true))
                .endsWith("!unreadable-setting");
        assertThat(whole(("SELECT set_config('a', '" + value + "', false)").getBytes(UTF_8), true))
                .endsWith("!unreadable-setting");
        assertThat(whole(("SET a" + " ".repeat(9000) + "= 1; SET b = 2").getBytes(UTF_8), true))
                .endsWith("!unreadable-setting | SET b <SET b = 2> @1");
    }

    @Test
    void pinsASettingThatIsNotUtf8() {
        byte[] latin = "SET a = '\u00e4'".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(whole(latin, true)).endsWith("!unreadable-setting");
    }

    @Test
    void countsStatementsThatItDoesNotList() {
        byte[] bytes = "SELECT 1;".repeat(5000).getBytes(UTF_8);
        classifier.reset(true);
        feed(bytes, 0, bytes.length);
        Classified what = classifier.finish();
        assertThat(what.statementCount()).isEqualTo(5000);
        assertThat(what.start(1023)).isEqualTo(1023 * 9);
        assertThatThrownBy(() -> what.start(1024)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> what.kind(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void pinsWhenThereAreMoreSettingsThanItKeeps() {
        byte[] bytes = "SET a = 1;".repeat(Classified.LISTED_SETTINGS).getBytes(UTF_8);
        classifier.reset(true);
        feed(bytes, 0, bytes.length);
        assertThat(classifier.finish().pins()).isFalse();

        classifier.reset(true);
        feed(bytes, 0, bytes.length);
        feed(bytes, 0, bytes.length);
        Classified what = classifier.finish();
        assertThat(what.settings()).hasSize(Classified.LISTED_SETTINGS);
        assertThat(what.pins(PinReason.UNREADABLE_SETTING)).isTrue();
    }

    @Test
    void forgetsTheTextBefore() {
        whole("SET a = 1; LISTEN x; SELECT 'x".getBytes(UTF_8), false);
        classifier.reset(true);
        Classified nothing = classifier.finish();
        assertThat(nothing.command()).isEqualTo(Command.NONE);
        assertThat(nothing.effects()).isZero();
        assertThat(nothing.pins()).isFalse();
        assertThat(nothing.settings()).isEmpty();
        assertThat(nothing.isReadOnly()).isFalse();
    }

    @Test
    void refusesARangeOutsideOfTheBuffer() {
        ByteBuf buf = Unpooled.wrappedBuffer(new byte[4]);
        classifier.reset(true);
        assertThatThrownBy(() -> classifier.feed(buf, 1, 5))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    /** Any bytes are classified, without an exception, and however they are split. */
    @Test
    void survivesNoise() {
        SplittableRandom random = new SplittableRandom(20261120);
        for (int round = 0; round < 5_000; round++) {
            byte[] bytes = noise(random, random.nextInt(1, 120));
            boolean standard = random.nextBoolean();
            String expected = whole(bytes, standard);
            int first = random.nextInt(bytes.length + 1);
            int second = random.nextInt(first, bytes.length + 1);
            String noise = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
            assertThat(pieces(bytes, standard, first, second)).as(noise).isEqualTo(expected);
            assertThat(byteByByte(bytes, standard)).as(noise).isEqualTo(expected);
        }
    }

    private static final String[] SOUP = {
        "'",
        "''",
        "\"",
        "$",
        "$a$",
        "$$",
        "a",
        "e",
        "E'",
        "u&",
        "U&'",
        "U&\"",
        "n'",
        "x'",
        "\\",
        "--",
        "-",
        "/",
        "*",
        "/*",
        "*/",
        "\n",
        " ",
        ";",
        "(",
        ")",
        ",",
        ".",
        "=",
        "1",
        "1e",
        "0x",
        "1.",
        "$1",
        "ä",
        "select",
        "set",
        "reset",
        "into",
        "temp",
        "set_config",
        "'a'",
        "true",
        "false",
        "begin",
        "atomic",
        "end",
        "create",
        "function",
        "explain",
        "analyze",
        "with",
        "as",
        "insert",
        "update",
        "for",
        "copy",
        "from",
        "to",
        "stdin",
        "session",
        "local",
        "role",
        "time",
        "zone",
        "default",
        "names",
        "prepare",
        "transaction",
        "\0",
        "\u000b"
    };

    private static byte[] noise(SplittableRandom random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            if (random.nextInt(20) == 0) {
                text.append((char) random.nextInt(256));
            } else {
                text.append(SOUP[random.nextInt(SOUP.length)]);
                text.append(random.nextInt(3) == 0 ? "" : " ");
            }
        }
        return text.toString().getBytes(UTF_8);
    }

    /** Time grows with the length only; a quadratic reading of these would take hours. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "$a$b$c",
                "(",
                "/*",
                "/*/*/*",
                "*/",
                "'",
                "''",
                "'\n",
                "\"\"",
                "$",
                "$a",
                "$$x",
                "-",
                "1e",
                "1e+",
                "u&",
                "e'\\",
                "a.",
                ";",
                "set x=1;",
                "set_config(",
                "select(",
                "E'a'\n",
                "begin atomic ",
                "$1",
                "with a as (insert ",
                "'a'--\n",
                "a",
                "\u00e4"
            })
    void readsMegabytesOfMalice(String unit) {
        byte[] bytes = unit.repeat(2_000_000 / unit.length()).getBytes(UTF_8);
        assertThat(Duration.ofNanos(nanos(() -> whole(bytes, true))))
                .isLessThan(Duration.ofSeconds(20));
        String create = "CREATE FUNCTION f() ";
        assertThat(whole((create + unit).getBytes(UTF_8), true)).startsWith("create/DDL");
    }

    @Test
    void allocatesNothingForOrdinaryQueries() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] bytes =
                ("BEGIN; SELECT a, \"b\" FROM t WHERE c = 'x' AND d = $1; "
                                + "INSERT INTO t VALUES (1, E'\\n', $$x$$); COMMIT")
                        .getBytes(UTF_8);
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        ByteBuf direct = Unpooled.wrappedBuffer(memory); // not tracked by the leak detector
        try {
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 50 && allocated > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 1000; i++) {
                    classifier.reset(true);
                    classifier.feed(direct, 0, bytes.length);
                    classifier.finish();
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(allocated).isZero();
        } finally {
            direct.release();
        }
    }

    private String whole(byte[] bytes, boolean standardStrings) {
        return pieces(bytes, standardStrings, 0, bytes.length);
    }

    private String pieces(byte[] bytes, boolean standardStrings, int first, int second) {
        classifier.reset(standardStrings);
        feed(bytes, 0, first);
        feed(bytes, first, second);
        feed(bytes, second, bytes.length);
        return SqlCorpus.describe(classifier.finish());
    }

    private String byteByByte(byte[] bytes, boolean standardStrings) {
        classifier.reset(standardStrings);
        for (int i = 0; i < bytes.length; i++) {
            feed(bytes, i, i + 1);
        }
        return SqlCorpus.describe(classifier.finish());
    }

    /** Feeds a copy that is spoilt afterwards: what is needed later must have been kept. */
    private void feed(byte[] bytes, int from, int to) {
        byte[] copy = java.util.Arrays.copyOfRange(bytes, from, to);
        classifier.feed(Unpooled.wrappedBuffer(copy), 0, copy.length);
        java.util.Arrays.fill(copy, (byte) '\'');
    }

    private static long nanos(Runnable task) {
        long start = System.nanoTime();
        task.run();
        return System.nanoTime() - start;
    }
}
