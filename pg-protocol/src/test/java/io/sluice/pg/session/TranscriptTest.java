package io.sluice.pg.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each side gets the same bytes, wherever the network happens to split the other's. */
class TranscriptTest {
    private static RelayHarness harness;

    /** Cuts a turn's bytes into pieces. */
    private interface Cutter {
        List<byte[]> cut(int turn, byte[] bytes);
    }

    /** What reached each side, as messages; names of statements are the process's own. */
    private record Passed(List<String> toServer, List<String> toClient) {}

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        harness = RelayHarness.start(folder);
    }

    @AfterAll
    static void stop() {
        harness.close();
    }

    @ParameterizedTest
    @MethodSource("io.sluice.pg.session.Transcript#injecting")
    void saysItsOwnBetweenAndKeepsItsAnswersToItself(Transcript transcript) {
        Passed whole = play(transcript, (turn, bytes) -> List.of(bytes));
        assertThat(types(whole.toServer())).isEqualTo(transcript.toServer());
        assertThat(types(whole.toClient())).isEqualTo(transcript.toClient());
    }

    private static String types(List<String> messages) {
        return messages.stream()
                .map(message -> message.substring(0, 1))
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @MethodSource("io.sluice.pg.session.Transcript#brief")
    void passesTheSameForEveryCut(Transcript transcript) {
        Passed whole = play(transcript, (turn, bytes) -> List.of(bytes));
        assertThat(whole.toClient()).as("answers").isNotEmpty();
        for (int turn = 0; turn < transcript.turns().size(); turn++) {
            int cutTurn = turn;
            for (int at = 1; at < transcript.turns().get(turn).bytes().length; at++) {
                int cutAt = at;
                Passed cut =
                        play(
                                transcript,
                                (t, bytes) -> t == cutTurn ? pieces(bytes, cutAt) : List.of(bytes));
                assertThat(cut)
                        .as("%s, turn %d cut at byte %d", transcript, turn, at)
                        .isEqualTo(whole);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.sluice.pg.session.Transcript#brief")
    void passesTheSameByteByByte(Transcript transcript) {
        Passed whole = play(transcript, (turn, bytes) -> List.of(bytes));
        assertThat(play(transcript, (turn, bytes) -> inPiecesOf(1, bytes))).isEqualTo(whole);
    }

    @ParameterizedTest
    @MethodSource({
        "io.sluice.pg.session.Transcript#brief",
        "io.sluice.pg.session.Transcript#lengthy"
    })
    void passesTheSameForAnyPieces(Transcript transcript) {
        long seed = Long.getLong("sluice.cut.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        Passed whole = play(transcript, (turn, bytes) -> List.of(bytes));
        for (int round = 0; round < 100; round++) {
            int most = 1 + random.nextInt(round % 2 == 0 ? 30 : 40_000);
            assertThat(
                            play(
                                    transcript,
                                    (turn, bytes) -> {
                                        List<byte[]> pieces = new ArrayList<>();
                                        for (int from = 0; from < bytes.length; ) {
                                            int to =
                                                    Math.min(
                                                            bytes.length,
                                                            from + 1 + random.nextInt(most));
                                            pieces.add(Arrays.copyOfRange(bytes, from, to));
                                            from = to;
                                        }
                                        return pieces;
                                    }))
                    .as("%s, -Dsluice.cut.seed=%d, round %d", transcript, seed, round)
                    .isEqualTo(whole);
        }
    }

    private static List<byte[]> pieces(byte[] bytes, int at) {
        return List.of(
                Arrays.copyOfRange(bytes, 0, at), Arrays.copyOfRange(bytes, at, bytes.length));
    }

    private static List<byte[]> inPiecesOf(int size, byte[] bytes) {
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += size) {
            pieces.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + size)));
        }
        return pieces;
    }

    private static Passed play(Transcript transcript, Cutter cutter) {
        RelayHarness.Conversation conversation = harness.begin(transcript.beginning());
        return harness.onLoop(() -> {
            var toServer = new ByteArrayOutputStream();
            var toClient = new ByteArrayOutputStream();
            List<Transcript.Turn> turns = transcript.turns();
            for (int turn = 0; turn < turns.size(); turn++) {
                boolean ofClient = turns.get(turn).ofClient();
                for (byte[] piece : cutter.cut(turn, turns.get(turn).bytes())) {
                    if (ofClient) {
                        conversation.client(piece);
                    } else {
                        conversation.server(piece);
                    }
                    toServer.writeBytes(conversation.toServer());
                    toClient.writeBytes(conversation.toClient());
                }
            }
            assertThat(conversation.clientIsOpen()).isTrue();
            assertThat(conversation.serverIsOpen()).isTrue();
            conversation.end();
            return new Passed(messages(toServer), messages(toClient));
        });
    }

    private static List<String> messages(ByteArrayOutputStream bytes) {
        List<String> messages = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bytes.toByteArray());
        while (in.hasRemaining()) {
            char type = (char) in.get();
            byte[] payload = new byte[in.getInt() - Integer.BYTES];
            in.get(payload);
            String text = new String(payload, StandardCharsets.ISO_8859_1);
            messages.add(type + text.replaceAll("sluice_\\d+", "sluice_N"));
        }
        return messages;
    }
}
