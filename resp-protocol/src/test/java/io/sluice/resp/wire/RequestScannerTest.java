package io.sluice.resp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RequestScannerTest {
    private static final RequestLimits LIMITS = RequestLimits.REDIS;

    static Stream<Arguments> commands() {
        return Stream.of(
                Arguments.of("*1\r\n$4\r\nPING\r\n", List.of("PING")),
                Arguments.of("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", List.of("GET", "k")),
                Arguments.of("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", List.of("ECHO", "")),
                Arguments.of("*1\r\n$0\r\n\r\n", List.of("")),
                Arguments.of(
                        "*3\r\n$3\r\nSET\r\n$2\r\n\r\n\r\n$7\r\n$1\r\nx\r\n\r\n",
                        List.of("SET", "\r\n", "$1\r\nx\r\n")),
                Arguments.of(
                        "*2\r\n$4\r\nECHO\r\n$12\r\n\0\u00ff*\r\n\t abcde\r\n",
                        List.of("ECHO", "\0\u00ff*\r\n\t abcde")),
                Arguments.of("*12\r\n" + "$1\r\na\r\n".repeat(12), Collections.nCopies(12, "a")),
                Arguments.of(
                        "*2\r\n$3\r\nGET\r\n$100\r\n" + "k".repeat(100) + "\r\n",
                        List.of("GET", "k".repeat(100))));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void isFoundWhereverItIsCut(String command, List<String> arguments) {
        byte[] bytes = Pieces.bytes(command);
        for (int[] cuts : Pieces.cuts(bytes)) {
            Requests.Outcome outcome = Requests.scan(bytes, LIMITS, cuts);

            assertThat(outcome.commands())
                    .as("cut at %s", cuts)
                    .containsExactly(
                            new Requests.Found(arguments, command, command.length(), false));
            assertThat(outcome.left()).isZero();
        }
    }

    @Test
    void commandsInOnePieceAreFoundOneByOne() {
        byte[] bytes = Pieces.bytes("*1\r\n$4\r\nPING\r\n".repeat(3) + "*2\r\n$3\r\nGET\r\n$");

        Requests.Outcome outcome = Requests.scan(bytes, LIMITS);

        assertThat(outcome.arguments())
                .containsExactly(List.of("PING"), List.of("PING"), List.of("PING"));
        assertThat(outcome.left()).isEqualTo(14);
    }

    @Test
    void lengthsOfEveryWidthAreRead() {
        for (int length :
                new int[] {
                    0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999, 100_000, 1_234_567
                }) {
            String value = "v".repeat(length);
            byte[] bytes = Pieces.bytes("*2\r\n$4\r\nECHO\r\n$" + length + "\r\n" + value + "\r\n");

            assertThat(Requests.scan(bytes, LIMITS).arguments())
                    .containsExactly(List.of("ECHO", value));
            assertThat(Requests.scan(bytes, LIMITS, 15, 16, 17, 18, bytes.length - 1).arguments())
                    .containsExactly(List.of("ECHO", value));
        }
    }

    @Test
    void manyArgumentsAreFound() {
        int count = 100_000;
        byte[] bytes = Pieces.bytes("*" + count + "\r\n" + "$1\r\na\r\n".repeat(count));

        assertThat(Requests.scan(bytes, LIMITS, 5, 1000, 50_001).arguments())
                .containsExactly(Collections.nCopies(count, "a"));
    }

    @Test
    void emptyCommandsAreSkipped() {
        String ping = "*1\r\n$4\r\nPING\r\n";
        byte[] bytes =
                Pieces.bytes("*0\r\n" + ping + "*-1\r\n\r\n*-7\r\n\n" + ping + " \t\r\n*0\r\n");
        for (int[] cuts : Pieces.cuts(bytes)) {
            Requests.Outcome outcome = Requests.scan(bytes, LIMITS, cuts);

            assertThat(outcome.arguments()).containsExactly(List.of("PING"), List.of("PING"));
            assertThat(outcome.error()).isEmpty();
            assertThat(outcome.left()).isZero();
        }
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                Arguments.of("*abc\r\n", "invalid multibulk length"),
                Arguments.of("*\r\n", "invalid multibulk length"),
                Arguments.of("*-\r\n", "invalid multibulk length"),
                Arguments.of("*+5\r\n", "invalid multibulk length"),
                Arguments.of("*05\r\n", "invalid multibulk length"),
                Arguments.of("*-0\r\n", "invalid multibulk length"),
                Arguments.of("* 1\r\n", "invalid multibulk length"),
                Arguments.of("*1 \r\n", "invalid multibulk length"),
                Arguments.of("*1048577\r\n", "invalid multibulk length"),
                Arguments.of("*2000000000\r\n", "invalid multibulk length"),
                Arguments.of("*4294967297\r\n", "invalid multibulk length"),
                Arguments.of("*9223372036854775808\r\n", "invalid multibulk length"),
                Arguments.of("*18446744073709551617\r\n", "invalid multibulk length"),
                Arguments.of("*1\r\n$-1\r\n", "invalid bulk length"),
                Arguments.of("*1\r\n$+4\r\n", "invalid bulk length"),
                Arguments.of("*1\r\n$04\r\n", "invalid bulk length"),
                Arguments.of("*1\r\n$\r\n", "invalid bulk length"),
                Arguments.of("*1\r\n$a\r\n", "invalid bulk length"),
                Arguments.of("*1\r\n$4x\r\n", "invalid bulk length"),
                Arguments.of("*1\r\n$536870913\r\n", "invalid bulk length"),
                Arguments.of("*1\r\n$4294967300\r\n", "invalid bulk length"),
                Arguments.of("*1\r\n$18446744073709551620\r\n", "invalid bulk length"),
                Arguments.of("*1\r\n:5\r\n", "expected '$', got ':'"),
                Arguments.of("*1\r\nPING\r\n", "expected '$', got 'P'"),
                Arguments.of("*1\r\n*1\r\n$4\r\nPING\r\n", "expected '$', got '*'"),
                Arguments.of("*1\r\n\r\n", "expected '$', got '\r'"),
                Arguments.of("*1\r\n\u00e9\r\n", "expected '$', got '?'"),
                Arguments.of("*2\r\n$3\r\nGET\r\nfooz\r\n", "expected '$', got 'f'"),
                Arguments.of("*1\r\n$4\r\nPINGxx", "invalid CRLF in request"),
                Arguments.of("*1\r\n$4\r\nPING\n\n", "invalid CRLF in request"),
                Arguments.of("*1\rx$4\r\nPING\r\n", "invalid CRLF in request"),
                Arguments.of("*1\r\n$4\rxPING\r\n", "invalid CRLF in request"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void isRefusedInRedisOwnWords(String request, String why) {
        byte[] bytes = Pieces.bytes(request);
        for (int[] cuts : Pieces.cuts(bytes)) {
            Requests.Outcome outcome = Requests.scan(bytes, LIMITS, cuts);

            assertThat(outcome.error()).as("cut at %s", cuts).isEqualTo("Protocol error: " + why);
            assertThat(outcome.commands()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"*,too big mbulk count string", "x,too big inline request"})
    void aLineMayNotGoOnForever(String first, String why) {
        byte[] bytes = Pieces.bytes(first + "1".repeat(65536));

        assertThat(Requests.scan(bytes, LIMITS, 1, 65536).error())
                .isEqualTo("Protocol error: " + why);
        assertThat(Requests.scan(Pieces.bytes(first + "1".repeat(65535)), LIMITS).error())
                .isEmpty();
    }

    @Test
    void anArgumentsHeaderMayNotGoOnForever() {
        String begun = "*2\r\n$4\r\nECHO\r\n";
        byte[] bytes = Pieces.bytes(begun + "$" + "1".repeat(65536));

        assertThat(Requests.scan(bytes, LIMITS, 14, 15, 16, 40_000).error())
                .isEqualTo("Protocol error: too big bulk count string");
        assertThat(Requests.scan(Pieces.bytes(begun + "X".repeat(65537)), LIMITS).error())
                .isEqualTo("Protocol error: too big bulk count string");
        assertThat(Requests.scan(Pieces.bytes(begun + "$" + "1".repeat(65535)), LIMITS).error())
                .isEmpty();
    }

    @Test
    void beforeLoginOnlySmallCommandsAreRead() {
        RequestLimits strangers = LIMITS.beforeLogin();

        assertThat(error("*10\r\n$16384\r\n", strangers)).isEmpty();
        assertThat(error("*11\r\n", strangers))
                .isEqualTo("Protocol error: unauthenticated multibulk length");
        assertThat(error("*1\r\n$16385\r\n", strangers))
                .isEqualTo("Protocol error: unauthenticated bulk length");
        assertThat(error("*1\r\n$100000000\r\n", strangers))
                .isEqualTo("Protocol error: unauthenticated bulk length");
        assertThat(error("*2000000000\r\n", strangers))
                .isEqualTo("Protocol error: invalid multibulk length");
        assertThat(error("*1\r\n$536870913\r\n", strangers))
                .isEqualTo("Protocol error: invalid bulk length");
        assertThat(error("*11\r\n$16385\r\n", strangers.afterLogin())).isEmpty();
    }

    @Test
    void limitsAreOnesOwn() {
        RequestLimits narrow = new RequestLimits(3, 20, 50, true);

        assertThat(error("*3\r\n$20\r\n", narrow)).isEmpty();
        assertThat(error("*4\r\n", narrow)).isEqualTo("Protocol error: invalid multibulk length");
        assertThat(error("*3\r\n$21\r\n", narrow)).isEqualTo("Protocol error: invalid bulk length");
        assertThat(error("a b c d\r\n", narrow))
                .isEqualTo("Protocol error: invalid multibulk length");
        assertThat(error("x".repeat(51), narrow))
                .isEqualTo("Protocol error: too big inline request");
        assertThat(error("x".repeat(50) + "\n", narrow)).isEmpty();
        assertThat(error("x".repeat(51) + "\n", narrow))
                .isEqualTo("Protocol error: too big inline request");
        assertThatThrownBy(() -> new RequestLimits(0, 1, 1, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxArguments 0, at least 1");
    }

    private static String error(String request, RequestLimits limits) {
        byte[] bytes = Pieces.bytes(request);
        String error = Requests.scan(bytes, limits).error();
        assertThat(Requests.scan(bytes, limits, Pieces.everywhere(bytes)).error()).isEqualTo(error);
        return error;
    }

    @Test
    void whatIsAnnouncedIsNotAllocated() {
        byte[] bytes = Pieces.bytes("*1048576\r\n$3\r\nSET\r\n$536870912\r\nabc");

        long allocated = Allocation.of(() -> Requests.scan(bytes, LIMITS, 3, 20, 30));

        assertThat(allocated).isLessThan(100_000);
    }

    @Test
    void tellsWhatIsKnownOfACommandThatGoesOn() {
        RequestScanner scanner = new RequestScanner();
        ByteBuf in = Unpooled.buffer();
        assertThat(scanner.scan(in, LIMITS)).isFalse();
        assertThat(scanner.isBegun()).isFalse();
        assertThat(scanner.known()).isZero();

        in.writeBytes(Pieces.bytes("*3"));
        assertThat(scanner.scan(in, LIMITS)).isFalse();
        assertThat(scanner.isBegun()).isTrue();
        assertThat(scanner.arguments()).isZero();
        assertThat(scanner.known()).isEqualTo(2);

        in.writeBytes(Pieces.bytes("\r\n$3\r\nSET\r\n$1"));
        assertThat(scanner.scan(in, LIMITS)).isFalse();
        assertThat(scanner.arguments()).isEqualTo(3);
        assertThat(scanner.argumentsSeen()).isEqualTo(1);
        assertThat(scanner.offset(0)).isEqualTo(8);
        assertThat(scanner.length(0)).isEqualTo(3);
        assertThat(scanner.known()).isEqualTo(15 + 6);

        in.writeBytes(Pieces.bytes("\r\nk\r\n$500000\r\nab"));
        assertThat(scanner.scan(in, LIMITS)).isFalse();
        assertThat(scanner.argumentsSeen()).isEqualTo(2);
        assertThat(scanner.known()).isEqualTo(20 + 9 + 500_000 + 2);
        assertThat(scanner.isWhole()).isFalse();

        in.writeBytes(new byte[499_998]).writeBytes(Pieces.bytes("\r\n"));
        assertThat(scanner.scan(in, LIMITS)).isTrue();
        assertThat(scanner.isWhole()).isTrue();
        assertThat(scanner.isBegun()).isFalse();
        assertThat(scanner.known()).isEqualTo(scanner.consumed()).isEqualTo(in.readableBytes());
    }

    @Test
    void manyAnnouncedArgumentsMakeALongCommand() {
        RequestScanner scanner = new RequestScanner();

        scanner.scan(Unpooled.wrappedBuffer(Pieces.bytes("*1000000\r\n$4\r\nMGET\r\n")), LIMITS);

        assertThat(scanner.known()).isEqualTo(20 + 6 * 999_999L);
    }

    @Test
    void aResetScannerBeginsAfresh() {
        RequestScanner scanner = new RequestScanner();
        scanner.scan(Unpooled.wrappedBuffer(Pieces.bytes("*3\r\n$3\r\nSET\r\n$1")), LIMITS);

        scanner.reset();

        assertThat(scanner.isBegun()).isFalse();
        ByteBuf in = Unpooled.wrappedBuffer(Pieces.bytes("*1\r\n$4\r\nPING\r\n"));
        assertThat(scanner.scan(in, LIMITS)).isTrue();
        assertThat(scanner.arguments()).isEqualTo(1);
        assertThat(scanner.consumed()).isEqualTo(14);
    }

    @ParameterizedTest
    @CsvSource({
        "POST,true",
        "post,true",
        "pOsT,true",
        "Host:,true",
        "HOST:,true",
        "Host,false",
        "POSTS,false",
        "PING,false"
    })
    void knowsAnHttpClient(String word, boolean isHttp) {
        for (String request :
                List.of(
                        word + " / HTTP/1.1\r\n",
                        "*1\r\n$" + word.length() + "\r\n" + word + "\r\n")) {
            RequestScanner scanner = new RequestScanner();
            ByteBuf in = Unpooled.wrappedBuffer(Pieces.bytes(request));
            scanner.scan(in, LIMITS);

            assertThat(scanner.isHttp(in)).isEqualTo(isHttp);
        }
    }
}
