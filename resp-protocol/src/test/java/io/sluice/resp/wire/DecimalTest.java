package io.sluice.resp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "1",
                "10",
                "1234567890",
                "9223372036854775807",
                "-1",
                "-10",
                "-9223372036854775808"
            })
    void numbersAreRead(String text) {
        Decimal number = read(text);

        assertThat(number.isNumber()).isTrue();
        assertThat(number.isSound()).isTrue();
        assertThat(number.value()).isEqualTo(Long.parseLong(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00",
                "01",
                "+1",
                "-0",
                "-01",
                "--1",
                "1-",
                "a",
                "1a",
                " 1",
                "1 ",
                "9223372036854775808",
                "-9223372036854775809",
                "18446744073709551616",
                "99999999999999999999999999",
                "1\0"
            })
    void whatIsNoNumberIsNotRead(String text) {
        assertThat(read(text).isNumber()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-"})
    void aNumberNeedsDigits(String text) {
        assertThat(read(text).isNumber()).isFalse();
        assertThat(read(text).isSound()).isTrue();
    }

    @Test
    void aGlanceAgreesWithReadingByteByByte() {
        String bytes = "0129\r\n-+a\0";
        for (long code = 0; code < 10_000_000; code += 7) {
            StringBuilder text = new StringBuilder("$");
            for (long left = code; left > 0; left /= bytes.length()) {
                text.append(bytes.charAt((int) (left % bytes.length())));
            }
            byte[] header = Pieces.bytes(text.toString());
            int glance = Words.header(Words.at(Unpooled.wrappedBuffer(header), 0, header.length));
            int end = text.indexOf("\r\n");
            boolean isNumber =
                    end > 0
                            && end < 7
                            && !text.substring(1, end).startsWith("-")
                            && read(text.substring(1, end)).isNumber();

            assertThat(glance != Words.UNCLEAR).as("%s", text).isEqualTo(isNumber);
            if (isNumber) {
                assertThat(Words.number(glance))
                        .isEqualTo(Integer.parseInt(text.substring(1, end)));
                assertThat(Words.length(glance)).isEqualTo(end + 2);
            }
        }
    }

    private static Decimal read(String text) {
        Decimal number = new Decimal();
        number.begin();
        for (byte c : Pieces.bytes(text)) {
            number.add(c);
        }
        return number;
    }
}
