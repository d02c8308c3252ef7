package io.sluice.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.Adler32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RawRespClientTest {

    private static RedisBackend backend;

    @BeforeAll
    static void start() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    @BeforeEach
    void empty() {
        backend.flush();
    }

    @Test
    void readsRepliesOfRESP2AsTheyAreWritten() throws IOException {
        try (var client = backend.connect()) {
            assertThat(client.call("SET", "k", "grün")).hasToString("+OK");
            assertThat(client.call("GET", "k").text()).isEqualTo("grün");
            assertThat(client.call("GET", "none").isNull()).isTrue();
            assertThat(client.call("STRLEN", "k").number()).isEqualTo(5);
            assertThat(client.call("RPUSH", "k", "x").isError()).isTrue();
            assertThat(client.call("RPUSH", "l", "a", "", "c").number()).isEqualTo(3);
            assertThat(client.call("LRANGE", "l", "0", "-1").texts()).containsExactly("a", "", "c");
            assertThat(client.call("BLPOP", "none", "0.01")).hasToString("*null");
            assertThat(client.call("MGET", "k", "none").texts()).containsExactly("grün", null);
            assertThat(client.call("HSET", "h", "f", "v").number()).isEqualTo(1);
            assertThat(client.call("HGETALL", "h").get("f").text()).isEqualTo("v");
        }
    }

    @Test
    void readsEveryTypeOfRESP3() throws IOException {
        try (var client = backend.connect()) {
            assertThat(client.hello3().get("proto").number()).isEqualTo(3);
            var types = new StringBuilder();
            for (String name :
                    List.of(
                            "string",
                            "integer",
                            "double",
                            "bignum",
                            "null",
                            "array",
                            "set",
                            "map",
                            "verbatim",
                            "true",
                            "false")) {
                types.append(client.call("DEBUG", "PROTOCOL", name).type());
            }
            assertThat(types).hasToString("$:,(_*~%=##");
            assertThat(client.call("DEBUG", "PROTOCOL", "double").text())
                    .isEqualTo("3.1415926535900001");
            assertThat(client.call("DEBUG", "PROTOCOL", "map").elements()).hasSize(6);
            RespValue attributed = client.call("DEBUG", "PROTOCOL", "attrib");
            assertThat(attributed.attributes().getFirst().text()).isEqualTo("key-popularity");
            assertThat(attributed.text()).startsWith("Some real reply");
            assertThat(client.call("DEBUG", "PROTOCOL", "push").isPush()).isTrue();
        }
    }

    @Test
    void readsPushesAmongTheReplies() throws IOException {
        try (var client = backend.connect()) {
            client.hello3();
            assertThat(client.call("SUBSCRIBE", "c")).hasToString(">[$subscribe, $c, :1]");

            backend.ask("PUBLISH", "c", "news");

            assertThat(client.read()).hasToString(">[$message, $c, $news]");
            assertThat(client.call("PING")).hasToString("+PONG");
        }
    }

    @Test
    void sendsManyCommandsAtOnceAndReadsTheirRepliesInOrder() throws IOException {
        try (var client = backend.connect()) {
            client.send(
                    RedisBytes.command("SET", "k", "1"),
                    RedisBytes.inline("INCR k"),
                    RedisBytes.command("GET", "k"));

            assertThat(client.read(3).stream().map(RespValue::toString))
                    .containsExactly("+OK", ":2", "$2");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1000})
    void cutsWhatItSendsAnywhere(int size) throws IOException {
        byte[] value = new byte[500];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) i;
        }
        try (var client = backend.connect()) {
            client.sendInFragments(
                    size,
                    RedisBytes.command(RedisBytes.bytes("SET"), RedisBytes.bytes("k"), value),
                    RedisBytes.command("GET", "k"));

            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.read().bytes()).isEqualTo(value);
        }
    }

    @Test
    void showsTheBytesOfAReply() throws IOException {
        try (var client = backend.connect()) {
            client.call("RPUSH", "l", "a", "bc");

            assertThat(client.callBytes("LRANGE", "l", "0", "-1"))
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("*2\r\n$1\r\na\r\n$2\r\nbc\r\n");
            assertThat(client.call("PING").text()).isEqualTo("PONG");
            assertThat(client.callBytes("GET", "none")).isEqualTo(RedisBytes.nullBulk());
        }
    }

    @Test
    void skimsABulkOfAnyLengthWithoutKeepingIt() throws IOException {
        int length = 30_000_000;
        try (var client = backend.connect()) {
            client.call("SETRANGE", "k", Integer.toString(length - 1), "x");
            var sum = new Adler32();

            assertThat(client.command("GET", "k").skim(sum)).isEqualTo(length);

            var expected = new Adler32();
            byte[] zeros = new byte[length / 1000];
            for (int i = 0; i < 999; i++) {
                expected.update(zeros);
            }
            zeros[zeros.length - 1] = 'x';
            expected.update(zeros);
            assertThat(sum.getValue()).isEqualTo(expected.getValue());
            assertThat(client.command("GET", "none").skim(sum)).isEqualTo(-1);
            assertThatThrownBy(() -> client.command("DEL", "k").skim(sum))
                    .hasMessage("no bulk: byte 58");
        }
    }

    @Test
    void waitsNoLongerThanItIsToldTo() throws IOException {
        try (var client = backend.connect()) {
            client.timeout(Duration.ofMillis(20)).send(RedisBytes.bytes("*1\r\n$4\r\nPI"));
            assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);

            client.timeout(Duration.ofSeconds(10)).send(RedisBytes.bytes("NG\r\n"));
            assertThat(client.read().text()).isEqualTo("PONG");
        }
    }

    @Test
    void seesTheServerCloseTheConnection() throws IOException {
        try (var client = backend.connect()) {
            assertThat(client.call("QUIT").text()).isEqualTo("OK");
            assertThat(client.atEnd()).isTrue();
            assertThatThrownBy(client::read).isInstanceOf(EOFException.class);
        }
        try (var client = backend.connect().shutdownOutput()) {
            assertThat(client.readRest()).isEmpty();
        }
    }

    @Test
    void saysWhatTheServerRefused() throws IOException {
        try (var client = backend.connect()) {
            assertThatThrownBy(() -> client.auth("none", "such"))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("AUTH: WRONGPASS");
        }
    }

    static Stream<byte[]> replies() {
        return Stream.of(
                RedisBytes.simple("OK"),
                RedisBytes.error("ERR no"),
                RedisBytes.number(-3),
                RedisBytes.bulk("a\r\nb"),
                RedisBytes.nullBulk(),
                RedisBytes.nullArray(),
                RedisBytes.nil(),
                RedisBytes.array(RedisBytes.number(1), RedisBytes.array(new byte[0][])),
                RedisBytes.set(RedisBytes.bulk("a")),
                RedisBytes.map(RedisBytes.bulk("k"), RedisBytes.nil()),
                RedisBytes.push(RedisBytes.bulk("invalidate"), RedisBytes.nil()),
                RedisBytes.line(',', "1.5"),
                RedisBytes.line('#', "t"),
                RedisBytes.line('(', "3492890328409238509324850943850943825024385"),
                RedisBytes.verbatim("txt", "some"),
                RedisBytes.all(
                        RedisBytes.attributes(RedisBytes.simple("ttl"), RedisBytes.number(1)),
                        RedisBytes.bulk("v")));
    }

    /** A value that was cut short is never taken for a whole one. */
    @ParameterizedTest
    @MethodSource("replies")
    void takesNoPartOfAValueForAWhole(byte[] reply) {
        assertThat(RespValue.of(reply)).isEqualTo(RespValue.of(reply));
        for (int length = 0; length < reply.length; length++) {
            byte[] part = Arrays.copyOf(reply, length);
            assertThatThrownBy(() -> RespValue.of(part))
                    .hasCauseInstanceOf(EOFException.class)
                    .isInstanceOf(UncheckedIOException.class);
        }
        assertThatThrownBy(() -> RespValue.of(RedisBytes.all(reply, RedisBytes.bytes("+"))))
                .hasMessageContaining("1 bytes behind");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+OK\n", "+a\rb\r\n", "$-2\r\n", "$1x\r\na\r\n", "$3\r\nabcd\r\n", "$ 1\r\na\r\n",
                "%-1\r\n", "#x\r\n", "_x\r\n", "*1\r\n?\r\n", "$99999999999\r\n", "?\r\n"
            })
    void takesNothingForAValueThatIsNone(String broken) {
        assertThatThrownBy(() -> RespValue.of(RedisBytes.bytes(broken)))
                .isInstanceOf(UncheckedIOException.class)
                .cause()
                .isNotInstanceOf(EOFException.class);
    }

    @Test
    void tellsValuesApart() {
        var replies = replies().map(RespValue::of).toList();

        assertThat(replies).doesNotHaveDuplicates();
        assertThat(RespValue.of(RedisBytes.bulk("1")))
                .isEqualTo(RespValue.of(RedisBytes.bulk("1")))
                .hasSameHashCodeAs(RespValue.of(RedisBytes.bulk("1")))
                .isNotEqualTo(RespValue.of(RedisBytes.number(1)));
    }
}
