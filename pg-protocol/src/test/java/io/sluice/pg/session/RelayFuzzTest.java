package io.sluice.pg.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FrontendBytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever either side sends, the session answers, or closes and leaves nothing; it never fails
 * itself, and the client is sent whole messages that it knows. Repeat by {@code
 * -Dsluice.fuzz.seed}, and longer by {@code -Dsluice.fuzz.rounds}.
 */
class RelayFuzzTest {
    private static final int ROUNDS = Integer.getInteger("sluice.fuzz.rounds", 3000);

    private static RelayHarness harness;
    private static LoggedErrors errors;
    private final long seed = Long.getLong("sluice.fuzz.seed", System.nanoTime());
    private final SplittableRandom random = new SplittableRandom(seed);

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        harness = RelayHarness.start(folder);
        errors = LoggedErrors.open();
    }

    @AfterAll
    static void stop() {
        errors.close();
        harness.close();
    }

    @Test
    void survivesAnyClient() {
        for (int round = 0; round < ROUNDS; round++) {
            play(round, true, false);
        }
    }

    @Test
    void survivesAnyServer() {
        for (int round = 0; round < ROUNDS; round++) {
            play(round, false, true);
        }
    }

    @Test
    void survivesBothAtOnce() {
        for (int round = 0; round < ROUNDS; round++) {
            play(round, true, true);
        }
    }

    @Test
    void allocatesNothingForALengthThatIsOnlyClaimed() {
        for (char type : "QPBDECFdcfHSX".toCharArray()) {
            RelayHarness.Conversation conversation = harness.begin();
            harness.onLoop(() -> {
                byte[] header =
                        ByteBuffer.allocate(9)
                                .put((byte) type)
                                .putInt(0x3fffffff)
                                .put(new byte[4])
                                .array();
                conversation.client(header);
                assertThat(conversation.memory()).as("for a message " + type).isLessThan(16 * 1024);
                conversation.end();
                return null;
            });
        }
    }

    private void play(int round, boolean clientIsOdd, boolean serverIsOdd) {
        List<Transcript> all = Transcript.brief();
        Transcript transcript = all.get(random.nextInt(all.size()));
        RelayHarness.Conversation conversation = harness.begin(transcript.beginning());
        harness.onLoop(() -> {
            try {
                var toClient = new ByteArrayOutputStream();
                for (Transcript.Turn turn : transcript.turns()) {
                    boolean odd = turn.ofClient() ? clientIsOdd : serverIsOdd;
                    byte[] bytes = odd ? mutated(turn.bytes(), turn.ofClient()) : turn.bytes();
                    for (byte[] piece : pieces(bytes)) {
                        if (turn.ofClient()) {
                            conversation.client(piece);
                        } else {
                            conversation.server(piece);
                        }
                    }
                    conversation.toServer();
                    toClient.writeBytes(conversation.toClient());
                }
                check(Received.of(toClient.toByteArray()), transcript, clientIsOdd);
                conversation.end();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "-Dsluice.fuzz.seed=%d round %d, %s".formatted(seed, round, transcript), e);
            }
            return null;
        });
        assertThat(errors.seen())
                .as("errors logged, -Dsluice.fuzz.seed=%d round %d, %s", seed, round, transcript)
                .isEmpty();
    }

    /**
     * A client whose own messages are in order is never told to be ready for more than it asked.
     */
    private static void check(Received received, Transcript transcript, boolean clientIsOdd) {
        if (!clientIsOdd) {
            assertThat(received.count('Z'))
                    .as("ReadyForQuery: %s", received)
                    .isLessThanOrEqualTo(transcript.requests());
        }
    }

    private List<byte[]> pieces(byte[] bytes) {
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(200));
            pieces.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        return pieces;
    }

    private byte[] mutated(byte[] bytes, boolean ofClient) {
        byte[] changed = bytes.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = changed.length == 0 ? 0 : random.nextInt(changed.length);
            changed =
                    switch (random.nextInt(6)) {
                        case 0 -> {
                            if (changed.length > 0) {
                                changed[at] = (byte) random.nextInt(256);
                            }
                            yield changed;
                        }
                        case 1 -> Arrays.copyOf(changed, at);
                        case 2 -> spliced(changed, at, noise(random.nextInt(12)));
                        case 3 ->
                                spliced(
                                        changed,
                                        at,
                                        Arrays.copyOfRange(changed, at, changed.length));
                        case 4 -> FrontendBytes.all(changed, message(ofClient));
                        default -> FrontendBytes.all(message(ofClient), changed);
                    };
        }
        return changed;
    }

    private static byte[] spliced(byte[] bytes, int at, byte[] more) {
        return FrontendBytes.all(
                Arrays.copyOf(bytes, at), more, Arrays.copyOfRange(bytes, at, bytes.length));
    }

    private byte[] noise(int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    /** A message that is well-formed in itself, wherever it comes. */
    private byte[] message(boolean ofClient) {
        if (ofClient) {
            return switch (random.nextInt(12)) {
                case 0 -> FrontendBytes.query("DISCARD ALL");
                case 1 -> FrontendBytes.parse("s", "SELECT 1");
                case 2 -> FrontendBytes.bind("", "s");
                case 3 -> FrontendBytes.describeStatement("s");
                case 4 -> FrontendBytes.execute("", 0);
                case 5 -> FrontendBytes.closeStatement("s");
                case 6 -> FrontendBytes.sync();
                case 7 -> FrontendBytes.flush();
                case 8 -> FrontendBytes.copyData(noise(random.nextInt(20)));
                case 9 -> FrontendBytes.copyDone();
                case 10 -> FrontendBytes.copyFail("x");
                default -> FrontendBytes.parse("", "SET app.x = '1'");
            };
        }
        return switch (random.nextInt(12)) {
            case 0 -> BackendBytes.readyForQuery("ITE?".charAt(random.nextInt(4)));
            case 1 -> BackendBytes.errorResponse("ERROR", "0A000", "cached plan");
            case 2 -> BackendBytes.errorResponse("FATAL", "57P01", "going");
            case 3 -> BackendBytes.copyInResponse(1);
            case 4 -> BackendBytes.copyBothResponse(1);
            case 5 -> BackendBytes.parameterStatus("TimeZone", "x");
            case 6 -> BackendBytes.commandComplete("DISCARD ALL");
            case 7 -> BackendBytes.parseComplete();
            case 8 -> BackendBytes.bindComplete();
            case 9 -> BackendBytes.dataRow("x");
            case 10 -> BackendBytes.authenticationOk();
            default -> BackendBytes.commandComplete("ROLLBACK");
        };
    }
}
