package io.sluice.resp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyScannerTest {
    /** Whole replies of every type; the type is the first byte behind attributes. */
    private static final List<String> REPLIES =
            List.of(
                    "+OK\r\n",
                    "+\r\n",
                    "+QUEUED\r\n",
                    "+a\rb\nc\n\rd\r\r\n",
                    "-ERR unknown command 'x', with args beginning with: 'y' \r\n",
                    "-\r\n",
                    ":1\r\n",
                    ":-5\r\n",
                    ":12345\r\n",
                    ":123456\r\n",
                    ":9223372036854775807\r\n",
                    "$0\r\n\r\n",
                    "$3\r\nfoo\r\n",
                    "$2\r\n\r\n\r\n",
                    "$-1\r\n",
                    "$12\r\n$3\r\nfoo\r\n\0\u00ff\n\r\n",
                    "$120\r\n" + "b".repeat(120) + "\r\n",
                    "*0\r\n",
                    "*-1\r\n",
                    "*1\r\n$-1\r\n",
                    "*3\r\n:1\r\n$3\r\nfoo\r\n+OK\r\n",
                    "*2\r\n*2\r\n:1\r\n*0\r\n*1\r\n*1\r\n*-1\r\n",
                    "*12\r\n" + ":1\r\n".repeat(12),
                    "_\r\n",
                    "#t\r\n",
                    "#f\r\n",
                    ",1.5\r\n",
                    ",-inf\r\n",
                    ",1.2345678901234567e-300\r\n",
                    "(3492890328409238509324850943850943825024385\r\n",
                    "!21\r\nSYNTAX invalid syntax\r\n",
                    "=15\r\ntxt:Some string\r\n",
                    "%0\r\n",
                    "%2\r\n+first\r\n:1\r\n$6\r\nsecond\r\n*1\r\n_\r\n",
                    "~3\r\n+a\r\n#t\r\n%1\r\n:1\r\n~0\r\n",
                    ">2\r\n+message\r\n*1\r\n$1\r\nx\r\n",
                    ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nhello\r\n",
                    "*3\r\n:1\r\n|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n:3\r\n");

    /** With attributes before them, which have pushes' and other types' bytes in them. */
    private static final List<String> WITH_ATTRIBUTES =
            List.of(
                    "|0\r\n*1\r\n:1\r\n",
                    "|1\r\n+key\r\n%1\r\n$1\r\na\r\n,0.5\r\n*1\r\n:1\r\n",
                    "|1\r\n+a\r\n+b\r\n|1\r\n+c\r\n*2\r\n:1\r\n:2\r\n*0\r\n",
                    "|1\r\n|1\r\n+x\r\n+y\r\n+key\r\n+value\r\n*0\r\n");

    static List<String> whole() {
        List<String> all = new ArrayList<>(REPLIES);
        all.addAll(WITH_ATTRIBUTES);
        return all;
    }

    @ParameterizedTest
    @MethodSource("whole")
    void endsWhereItEndsWhereverItIsCut(String reply) {
        char type = WITH_ATTRIBUTES.contains(reply) ? '*' : reply.charAt(0);
        byte[] bytes = Pieces.bytes(reply);
        for (int[] cuts : Pieces.cuts(bytes)) {
            assertThat(Replies.scan(bytes, cuts))
                    .as("cut at %s", cuts)
                    .isEqualTo(
                            new Replies.Outcome(
                                    List.of(new Replies.Found(bytes.length, type)), "", true));
        }
    }

    @ParameterizedTest
    @MethodSource("whole")
    void isNotWholeBeforeItsLastByte(String reply) {
        byte[] bytes = Pieces.bytes(reply);
        ReplyScanner scanner = new ReplyScanner();
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        for (int at = 0; at < bytes.length - 1; at++) {
            assertThat(scanner.scan(in, at, at + 1)).isEqualTo(-1);
            assertThat(scanner.isBetween()).isFalse();
            assertThat(scanner.missing()).isBetween(1L, (long) bytes.length - 1 - at);
        }
        assertThat(scanner.scan(in, bytes.length - 1, bytes.length)).isEqualTo(bytes.length);
        assertThat(scanner.isBetween()).isTrue();
        assertThat(scanner.missing()).isZero();
    }

    @Test
    void repliesInOnePieceEndOneByOne() {
        StringBuilder all = new StringBuilder();
        List<Replies.Found> expected = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            for (String reply : REPLIES) {
                all.append(reply);
                expected.add(new Replies.Found(all.length(), reply.charAt(0)));
            }
        }
        byte[] bytes = Pieces.bytes(all.toString());

        assertThat(Replies.scan(bytes)).isEqualTo(new Replies.Outcome(expected, "", true));
        for (int cut = 1; cut < bytes.length; cut++) {
            assertThat(Replies.scan(bytes, cut).replies()).isEqualTo(expected);
        }
    }

    @Test
    void linesOfEveryLengthEndAtTheirLineFeed() {
        for (int length = 0; length < 40; length++) {
            for (int stray = 0; stray < length; stray++) {
                String text = "x".repeat(stray) + "\n" + "y".repeat(length - stray - 1);
                byte[] bytes = Pieces.bytes("+" + text + "\r\n:1\r\n");

                assertThat(Replies.scan(bytes).replies())
                        .containsExactly(
                                new Replies.Found(bytes.length - 4, '+'),
                                new Replies.Found(bytes.length, ':'));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999, 100_000, 1_234_567})
    void lengthsOfEveryWidthAreRead(int length) {
        String value = "v".repeat(length);
        for (char type : "$=!".toCharArray()) {
            byte[] bytes = Pieces.bytes(type + "" + length + "\r\n" + value + "\r\n");
            Replies.Found whole = new Replies.Found(bytes.length, type);

            assertThat(Replies.scan(bytes).replies()).containsExactly(whole);
            assertThat(Replies.scan(bytes, 1, 2, 3, bytes.length - 2, bytes.length - 1).replies())
                    .containsExactly(whole);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x\r\n",
                "\r\n",
                "\0",
                "HTTP/1.1 400\r\n",
                "$\r\n",
                "$a\r\n",
                "$+5\r\n",
                "$-2\r\n",
                "$-\r\n",
                "$-0\r\n",
                "$03\r\n",
                "$ 3\r\n",
                "$3 \r\n",
                "$4294967297\r\n",
                "$9223372036854775808\r\n",
                "$18446744073709551619\r\n",
                "*\r\n",
                "*a\r\n",
                "*+5\r\n",
                "*-2\r\n",
                "*01\r\n",
                "*4294967297\r\n",
                "*99999999999999999999\r\n",
                "%-1\r\n",
                "~-1\r\n",
                ">-1\r\n",
                "|-1\r\n",
                "=-1\r\n",
                "!-1\r\n",
                "$?\r\n",
                "*?\r\n",
                "%?\r\n",
                "~?\r\n",
                ">?\r\n",
                ";4\r\n",
                ".\r\n",
                "$3\rxfoo\r\n",
                "*3\rx",
                "$3\r\nfooxx",
                "$3\r\nfoo\rx",
                "$3\r\nfoo\n\r",
                "*1\r\nx\r\n",
                "*2\r\n:1\r\n>1\r\n+x\r\n",
                ">1\r\n>1\r\n+x\r\n",
                "|1\r\n+x\r\n>0\r\n+OK\r\n"
            })
    void isRefusedWhereverItIsCut(String reply) {
        byte[] bytes = Pieces.bytes(reply);
        String error = Replies.scan(bytes).error();
        assertThat(error).isNotEmpty();
        for (int[] cuts : Pieces.cuts(bytes)) {
            Replies.Outcome outcome = Replies.scan(bytes, cuts);

            assertThat(outcome.error()).isEqualTo(error);
            assertThat(outcome.replies()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "x,'reply of unknown type, byte 120'",
        "$?,'reply with a length that is none, in a header of type ''$'''",
        "+x,''"
    })
    void tellsWhatWasWrong(String reply, String why) {
        assertThat(Replies.scan(Pieces.bytes(reply)).error()).isEqualTo(why);
    }

    @Test
    void aHeaderIsRefusedAsSoonAsItIsTooLong() {
        assertThat(Replies.scan(Pieces.bytes("$" + "1".repeat(20))).error()).isNotEmpty();
        assertThat(Replies.scan(Pieces.bytes("*" + "9".repeat(1000))).error()).isNotEmpty();
    }

    @Test
    void depthCostsNothing() {
        int depth = 100_000;
        byte[] bytes = Pieces.bytes("*1\r\n".repeat(depth) + ":1\r\n");

        assertThat(Replies.scan(bytes, 3, 77_777).replies())
                .containsExactly(new Replies.Found(bytes.length, '*'));
    }

    @Test
    void whatIsAnnouncedIsNotAllocated() {
        byte[] bytes =
                Pieces.bytes("*2000000000\r\n%4294967296\r\n*4294967296\r\n$4294967296\r\nabc");
        ByteBuf in = Unpooled.wrappedBuffer(bytes);

        long allocated =
                Allocation.of(() -> {
                    ReplyScanner scanner = new ReplyScanner();
                    assertThat(scanner.scan(in, 0, bytes.length)).isEqualTo(-1);
                    assertThat(scanner.missing()).isGreaterThan(4_294_967_296L * 9);
                });

        assertThat(allocated).isLessThan(20_000);
    }

    @Test
    void elementsDoNotOverflowTheirCounter() {
        byte[] bytes = Pieces.bytes("*4294967296\r\n".repeat(70_000));

        assertThat(Replies.scan(bytes).error()).isEqualTo("reply of more than 2^48 elements");
    }

    @Test
    void theTypeIsUnknownWhileOnlyAttributesWereSeen() {
        ReplyScanner scanner = new ReplyScanner();
        ByteBuf in =
                Unpooled.wrappedBuffer(Pieces.bytes("+OK\r\n|1\r\n+a\r\n*1\r\n:1\r\n$1\r\nx\r\n"));
        assertThat(scanner.scan(in, 0, 5)).isEqualTo(5);
        assertThat(scanner.type()).isEqualTo((byte) '+');

        assertThat(scanner.scan(in, 5, 21)).isEqualTo(-1);
        assertThat(scanner.type()).isZero();
        assertThat(scanner.scan(in, 21, 23)).isEqualTo(-1);
        assertThat(scanner.type()).isEqualTo((byte) '$');
        assertThat(scanner.scan(in, 23, 28)).isEqualTo(28);
    }

    @Test
    void nothingMoreIsNoReply() {
        ReplyScanner scanner = new ReplyScanner();

        assertThat(scanner.scan(Unpooled.EMPTY_BUFFER, 0, 0)).isEqualTo(-1);
        assertThat(scanner.isBetween()).isTrue();
    }
}
