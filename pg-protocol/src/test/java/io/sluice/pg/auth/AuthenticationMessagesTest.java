package io.sluice.pg.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sluice.config.Secret;
import io.sluice.pg.auth.AuthenticationResponse.PasswordMessage;
import io.sluice.pg.auth.AuthenticationResponse.SaslInitialResponse;
import io.sluice.pg.auth.AuthenticationResponse.SaslResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthenticationMessagesTest {

    static Stream<AuthenticationRequest> requests() {
        return Stream.of(
                new AuthenticationRequest.Ok(),
                new AuthenticationRequest.CleartextPassword(),
                new AuthenticationRequest.Md5Password(0x93f102ff),
                new AuthenticationRequest.Sasl(List.of("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")),
                new AuthenticationRequest.SaslContinue("r=abc"),
                new AuthenticationRequest.SaslFinal("v=abc"),
                new AuthenticationRequest.Unsupported(7));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void readsTheRequestsThatItWrites(AuthenticationRequest request)
            throws MalformedAuthentication {
        ByteBuf message = Unpooled.buffer();
        request.writeTo(message);

        assertThat(message.readByte()).isEqualTo((byte) 'R');
        assertThat(message.readInt()).isEqualTo(message.readableBytes() + 4);
        assertThat(AuthenticationRequest.read(message.readInt(), message)).isEqualTo(request);
    }

    /** Bytes as in PostgreSQL's documentation, "Message Formats". */
    @Test
    void writesTheDocumentedBytes() {
        assertThat(hex(new AuthenticationRequest.Ok())).isEqualTo("520000000800000000");
        assertThat(hex(new AuthenticationRequest.Md5Password(0x01020304)))
                .isEqualTo("520000000c0000000501020304");
        assertThat(hex(new AuthenticationRequest.Sasl(List.of("A", "BC"))))
                .isEqualTo("520000000e0000000a" + "4100" + "424300" + "00");
        assertThat(hex(new PasswordMessage(new Secret("\u00e4")))).isEqualTo("7000000007c3a400");
        assertThat(hex(new SaslInitialResponse("A", "n,,")))
                .isEqualTo("700000000d" + "4100" + "00000003" + "6e2c2c");
        assertThat(hex(new SaslInitialResponse("A", null)))
                .isEqualTo("700000000a" + "4100" + "ffffffff");
        assertThat(hex(new SaslResponse("c="))).isEqualTo("7000000006633d");
    }

    private static String hex(AuthenticationRequest request) {
        ByteBuf message = Unpooled.buffer();
        request.writeTo(message);
        return ByteBufUtil.hexDump(message);
    }

    private static String hex(AuthenticationResponse response) {
        ByteBuf message = Unpooled.buffer();
        response.writeTo(message);
        return ByteBufUtil.hexDump(message);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 00",
        "3, 00",
        "5, 010203",
        "5, 0102030405",
        "10, ''",
        "10, 41",
        "10, 4100",
        "10, 00ff",
        "11, ff",
        "12, c3"
    })
    void refusesARequestOfTheWrongShape(int code, String payload) {
        assertThatThrownBy(() -> AuthenticationRequest.read(code, bytes(payload)))
                .isInstanceOf(MalformedAuthentication.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "61", "610062", "610000", "ff00"})
    void refusesAPasswordOfTheWrongShape(String payload) {
        assertThatThrownBy(() -> PasswordMessage.read(bytes(payload)))
                .isInstanceOf(MalformedAuthentication.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "41",
                "4100",
                "4100000000",
                "410000000001",
                "41007fffffff61",
                "4100fffffffe",
                "4100ffffffff61",
                "41000000000161ff",
                "410000000001ff"
            })
    void refusesAnInitialResponseOfTheWrongShape(String payload) {
        assertThatThrownBy(() -> SaslInitialResponse.read(bytes(payload)))
                .isInstanceOf(MalformedAuthentication.class);
    }

    @Test
    void leavesTheBorrowedPayloadAsItWas() throws MalformedAuthentication {
        ByteBuf payload = bytes("610062".substring(0, 4));

        PasswordMessage.read(payload);

        assertThat(payload.readerIndex()).isZero();
        assertThat(payload.refCnt()).isOne();
    }

    @Test
    void showsNothingThatProvesAnything() {
        assertThat(
                        List.of(
                                        new PasswordMessage(new Secret("proof")),
                                        new SaslInitialResponse("A", "proof"),
                                        new SaslResponse("proof"))
                                .toString())
                .doesNotContain("proof");
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
    }
}
