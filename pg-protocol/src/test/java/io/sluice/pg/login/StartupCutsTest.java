package io.sluice.pg.login;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.pg.login.StartupHarness.Proof;
import io.sluice.pg.login.StartupHarness.Wire;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A login never depends on where the network happened to cut it, nor on what a length claims. */
class StartupCutsTest {
    private static StartupHarness harness;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        harness = StartupHarness.start(folder);
    }

    @AfterAll
    static void stop() {
        harness.close();
    }

    static List<Arguments> firstPackets() {
        return List.of(
                Arguments.of("SSLRequest", FrontendBytes.sslRequest()),
                Arguments.of("GSSENCRequest", FrontendBytes.gssEncRequest()),
                Arguments.of("CancelRequest", FrontendBytes.cancelRequest(7, new byte[32])),
                Arguments.of("a startup message", startup("user", "app", "database", "app")),
                Arguments.of(
                        "one of the newest version, with options",
                        FrontendBytes.startup(
                                (3 << 16) | 9,
                                Map.of(
                                        "user", "app.acme",
                                        "_pq_.made_up", "1",
                                        "options", "-c a.b=c\\ d --e-f.g=h"))),
                Arguments.of("options that are none", startup("user", "app", "options", "-x")),
                Arguments.of("no user", startup("database", "app")),
                Arguments.of("an old version", FrontendBytes.startup(2 << 16, Map.of())),
                Arguments.of("one without its end", new byte[] {0, 0, 0, 10, 0, 3, 0, 0, 'a', 'b'}),
                Arguments.of("HTTP", "GET / HTTP/1.1\r\n\r\n".getBytes(ISO_8859_1)),
                Arguments.of("Redis", "*1\r\n$4\r\nPING\r\n".getBytes(ISO_8859_1)),
                Arguments.of("a length of 4", new byte[] {0, 0, 0, 4, 0, 3, 0, 0}),
                Arguments.of("a negative length", new byte[] {-1, 0, 0, 4, 0, 3, 0, 0}),
                Arguments.of("TLS where there is none", new byte[] {0x16, 3, 1, 0, 5, 1}));
    }

    private static byte[] startup(String... namesAndValues) {
        var parameters = new java.util.LinkedHashMap<String, String>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            parameters.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return FrontendBytes.startup(FrontendBytes.PROTOCOL_3_0, parameters);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("firstPackets")
    void aFirstPacketIsAnsweredTheSameForEveryCut(String what, byte[] packet) {
        String whole = answerTo(packet, Wire.WHOLE);
        for (int at = 1; at < packet.length; at++) {
            assertThat(answerTo(packet, Wire.cutAt(at))).as("cut at byte %d", at).isEqualTo(whole);
        }
        assertThat(answerTo(packet, Wire.BYTE_BY_BYTE)).isEqualTo(whole);
    }

    private static String answerTo(byte[] packet, Wire wire) {
        StartupHarness.Conversation conversation = harness.begin();
        conversation.send(wire.carry(packet));
        String answer =
                HexFormat.of().formatHex(conversation.answer())
                        + (conversation.isOpen() ? " and waits" : " and closes");
        conversation.end();
        return answer;
    }

    @Test
    void letsInForEveryCutOfEveryTurn() throws Exception {
        for (int turn = 0; turn < 3; turn++) {
            int[] length = {2};
            for (int at = 1; at < length[0]; at++) {
                List<Wire> wire = new ArrayList<>(List.of(Wire.WHOLE, Wire.WHOLE, Wire.WHOLE));
                wire.set(
                        turn,
                        Wire.cutAt(at)
                                .after(bytes -> {
                                    length[0] = bytes.length;
                                    return bytes;
                                }));
                assertThat(login(wire)).as("turn %d cut at byte %d", turn, at).isEqualTo("RRRRKZ");
            }
        }
    }

    @Test
    void letsInByteByByte() throws Exception {
        assertThat(login(List.of(Wire.BYTE_BY_BYTE, Wire.BYTE_BY_BYTE, Wire.BYTE_BY_BYTE)))
                .isEqualTo("RRRRKZ");
    }

    private static String login(List<Wire> wire) throws Exception {
        StartupHarness.Conversation conversation = harness.begin();
        List<PgMessage> told =
                conversation.login(
                        startup("user", StartupHarness.ADMIN, "database", "sluice"),
                        new Proof(StartupHarness.PASSWORD),
                        wire);
        conversation.end();
        return told.stream()
                .filter(message -> message.type() != 'S')
                .map(message -> String.valueOf(message.type()))
                .collect(Collectors.joining());
    }

    @Test
    void allocatesNothingForALengthThatIsOnlyClaimed() {
        StartupHarness.Conversation conversation = harness.begin();
        conversation.send(List.of(ByteBuffer.allocate(8).putInt(10_000).putInt(3 << 16).array()));
        assertThat(conversation.memory()).isLessThan(1024);
        conversation.end();

        StartupHarness.Conversation proving = harness.begin();
        proving.send(List.of(startup("user", "app.acme", "database", "app")));
        proving.messages();
        proving.send(List.of(ByteBuffer.allocate(6).put((byte) 'p').putInt(64 * 1024).array()));
        assertThat(proving.isOpen()).isTrue();
        assertThat(proving.memory()).isLessThan(1024);
        proving.end();
    }

    @Test
    void holdsNoMoreOfALongProofThanHasCome() {
        StartupHarness.Conversation conversation = harness.begin();
        conversation.send(List.of(startup("user", "app.acme", "database", "app")));
        conversation.messages();
        byte[] proof = FrontendBytes.password("x".repeat(60 * 1024));
        conversation.send(Wire.BYTE_BY_BYTE.carry(java.util.Arrays.copyOf(proof, 30 * 1024)));
        assertThat(conversation.memory()).isBetween(30L * 1024, 64L * 1024);
        conversation.end();
    }
}
