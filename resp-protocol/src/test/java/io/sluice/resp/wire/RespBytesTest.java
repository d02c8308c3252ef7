package io.sluice.resp.wire;

import static io.sluice.resp.wire.RespVersion.RESP2;
import static io.sluice.resp.wire.RespVersion.RESP3;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RespBytesTest {
    @Test
    void linesAreWritten() {
        assertThat(written(RespBytes::ok)).isEqualTo("+OK\r\n");
        assertThat(written(out -> RespBytes.simple(out, "PONG"))).isEqualTo("+PONG\r\n");
        assertThat(written(out -> RespBytes.error(out, "ERR no such key")))
                .isEqualTo("-ERR no such key\r\n");
    }

    @Test
    void anErrorStaysOneLine() {
        assertThat(written(out -> RespBytes.error(out, "ERR got '\r\n+OK\r\n'")))
                .isEqualTo("-ERR got '  +OK  '\r\n");
        assertThat(
                        written(out -> {
                            RespBytes.ok(out);
                            int begun = RespBytes.beginError(out);
                            out.writeBytes(Pieces.bytes("ERR unknown command '\u00ff\r\n'"));
                            RespBytes.endError(out, begun);
                        }))
                .isEqualTo("+OK\r\n-ERR unknown command '\u00ff  '\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                9,
                10,
                99,
                100,
                999_999_999,
                1_000_000_000,
                999_999_999_999_999_999L,
                1_000_000_000_000_000_000L,
                Long.MAX_VALUE,
                -1,
                -10,
                Long.MIN_VALUE + 1,
                Long.MIN_VALUE
            })
    void integersAreWritten(long value) {
        assertThat(written(out -> RespBytes.integer(out, value))).isEqualTo(":" + value + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 9, 10, 11, 99, 100, 1_048_576, Integer.MAX_VALUE})
    void headersAreWritten(int number) {
        assertThat(written(out -> RespBytes.array(out, number))).isEqualTo("*" + number + "\r\n");
        assertThat(written(out -> RespBytes.bulkHeader(out, number)))
                .isEqualTo("$" + number + "\r\n");
    }

    @Test
    void errorsKeepTheBytesOfArguments() {
        ByteBuf out = Unpooled.buffer();
        RespBytes.error(out, "ERR unknown command '\u00ff\u0080'");
        assertThat(out.toString(StandardCharsets.ISO_8859_1))
                .isEqualTo("-ERR unknown command '\u00ff\u0080'\r\n");
    }

    @Test
    void stringsAreWritten() {
        assertThat(written(out -> RespBytes.bulk(out, "h\u00e9")))
                .isEqualTo("$3\r\nh\u00c3\u00a9\r\n");
        assertThat(written(out -> RespBytes.bulk(out, new byte[] {0, -1})))
                .isEqualTo("$2\r\n\0\u00ff\r\n");
        assertThat(written(RespBytes::emptyBulk)).isEqualTo("$0\r\n\r\n");
        ByteBuf from = Unpooled.wrappedBuffer(Pieces.bytes("abcdef"));
        assertThat(written(out -> RespBytes.bulk(out, from, 2, 3))).isEqualTo("$3\r\ncde\r\n");
        assertThat(from.readableBytes()).isEqualTo(6);
    }

    @Test
    void whatDiffersIsWrittenByVersion() {
        assertThat(written(out -> RespBytes.nullBulk(out, RESP2))).isEqualTo("$-1\r\n");
        assertThat(written(out -> RespBytes.nullBulk(out, RESP3))).isEqualTo("_\r\n");
        assertThat(written(out -> RespBytes.nullArray(out, RESP2))).isEqualTo("*-1\r\n");
        assertThat(written(out -> RespBytes.nullArray(out, RESP3))).isEqualTo("_\r\n");
        assertThat(written(out -> RespBytes.bool(out, RESP2, true))).isEqualTo(":1\r\n");
        assertThat(written(out -> RespBytes.bool(out, RESP2, false))).isEqualTo(":0\r\n");
        assertThat(written(out -> RespBytes.bool(out, RESP3, true))).isEqualTo("#t\r\n");
        assertThat(written(out -> RespBytes.bool(out, RESP3, false))).isEqualTo("#f\r\n");
        assertThat(written(out -> RespBytes.verbatim(out, RESP2, "hi"))).isEqualTo("$2\r\nhi\r\n");
        assertThat(written(out -> RespBytes.verbatim(out, RESP3, "hi")))
                .isEqualTo("=6\r\ntxt:hi\r\n");
        assertThat(written(out -> RespBytes.map(out, RESP2, 5))).isEqualTo("*10\r\n");
        assertThat(written(out -> RespBytes.map(out, RESP3, 5))).isEqualTo("%5\r\n");
        assertThat(written(out -> RespBytes.set(out, RESP2, 2))).isEqualTo("*2\r\n");
        assertThat(written(out -> RespBytes.set(out, RESP3, 2))).isEqualTo("~2\r\n");
        assertThat(written(out -> RespBytes.push(out, RESP2, 3))).isEqualTo("*3\r\n");
        assertThat(written(out -> RespBytes.push(out, RESP3, 3))).isEqualTo(">3\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "3,3",
        "-2,-2",
        "0.1,0.1",
        "3.14,3.14",
        "1e20,1e+20",
        "1.5e300,1.5e+300",
        "1e-7,1e-7",
        "NaN,nan",
        "Infinity,inf",
        "-Infinity,-inf"
    })
    void fractionsAreWrittenAsRedisDoes(double value, String text) {
        assertThat(written(out -> RespBytes.real(out, RESP3, value)))
                .isEqualTo("," + text + "\r\n");
        assertThat(written(out -> RespBytes.real(out, RESP2, value)))
                .isEqualTo("$" + text.length() + "\r\n" + text + "\r\n");
    }

    @Test
    void aCommandIsAnArrayOfStrings() {
        assertThat(written(out -> RespBytes.command(out, "CLIENT", "SETNAME", "")))
                .isEqualTo("*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$0\r\n\r\n");
    }

    @Test
    void hotRepliesAllocateNothing() {
        ByteBuf out = Unpooled.buffer(4096);
        byte[] value = new byte[100];
        ByteBuf from = Unpooled.wrappedBuffer(value);

        long allocated =
                Allocation.of(() -> {
                    for (int i = 0; i < 10_000; i++) {
                        out.clear();
                        RespBytes.ok(out);
                        RespBytes.simple(out, "PONG");
                        RespBytes.integer(out, i);
                        RespBytes.bulk(out, value);
                        RespBytes.bulk(out, from, 10, 20);
                        RespBytes.nullBulk(out, RESP3);
                        RespBytes.map(out, RESP3, i);
                        RespBytes.error(out, "ERR x");
                    }
                });

        assertThat(allocated).isLessThan(10_000);
    }

    @Test
    void versionsAreKnownByNumber() {
        assertThat(RespVersion.of(2)).isEqualTo(RESP2);
        assertThat(RespVersion.of(3)).isEqualTo(RESP3);
        assertThat(RespVersion.of(4)).isNull();
        assertThat(RESP3.number()).isEqualTo(3);
    }

    private static String written(Consumer<ByteBuf> writing) {
        ByteBuf out = Unpooled.buffer(1);
        writing.accept(out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes).release();
        return Pieces.text(bytes);
    }
}
