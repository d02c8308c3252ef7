package io.sluice.resp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However bytes are cut, a scanner finds the same in them; none of them does any harm. */
class ScannerFuzzTest {
    private static final int ROUNDS = 3_000;

    /** Pieces that are right by themselves, so that chance comes far into the protocol. */
    private static final List<String> SHREDS =
            List.of(
                    "*1\r\n",
                    "*2\r\n",
                    "*3\r\n",
                    "*0\r\n",
                    "*-1\r\n",
                    "*12\r\n",
                    "*2000000000\r\n",
                    "$0\r\n\r\n",
                    "$1\r\na\r\n",
                    "$3\r\nfoo\r\n",
                    "$4\r\nPING\r\n",
                    "$-1\r\n",
                    "$10\r\n0123456789\r\n",
                    "$5\r\n",
                    "$",
                    "*",
                    "\r",
                    "\n",
                    "\r\n",
                    "+OK\r\n",
                    "-ERR x\r\n",
                    ":12345678\r\n",
                    "_\r\n",
                    "#t\r\n",
                    ",3.14\r\n",
                    "%1\r\n",
                    "~2\r\n",
                    ">1\r\n",
                    "|1\r\n",
                    "=5\r\ntxt:x\r\n",
                    "!3\r\nERR\r\n",
                    "(123\r\n",
                    "PING\r\n",
                    "ECHO \"a b\"\r\n",
                    "'",
                    "\"",
                    "\\x41",
                    " ",
                    "\0",
                    "9",
                    "-",
                    "\u00ff");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void requestsAreTheSameHoweverTheyAreCut(long seed) {
        RandomGenerator random = random(seed);
        RequestLimits limits = new RequestLimits(100, 1000, 200, true);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = round % 3 == 0 ? noise(random) : shreds(random);
            Requests.Outcome whole = Requests.scan(bytes, limits);
            for (int i = 0; i < 3; i++) {
                int[] cuts = i == 0 ? Pieces.everywhere(bytes) : cuts(random, bytes.length);

                assertThat(Requests.scan(bytes, limits, cuts))
                        .as("%s cut at %s", Pieces.text(bytes), Arrays.toString(cuts))
                        .isEqualTo(whole);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void repliesAreTheSameHoweverTheyAreCut(long seed) {
        RandomGenerator random = random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = round % 3 == 0 ? noise(random) : shreds(random);
            Replies.Outcome whole = Replies.scan(bytes);
            for (int i = 0; i < 3; i++) {
                int[] cuts = i == 0 ? Pieces.everywhere(bytes) : cuts(random, bytes.length);

                assertThat(Replies.scan(bytes, cuts))
                        .as("%s cut at %s", Pieces.text(bytes), Arrays.toString(cuts))
                        .isEqualTo(whole);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void requestsThatAreRightAreFound(long seed) {
        RandomGenerator random = random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            ByteBuf out = Unpooled.buffer();
            List<List<String>> commands = new ArrayList<>();
            for (int i = random.nextInt(1, 5); i > 0; i--) {
                commands.add(writeCommand(out, random));
            }
            byte[] bytes = written(out);

            Requests.Outcome outcome =
                    Requests.scan(bytes, RequestLimits.REDIS, cuts(random, bytes.length));

            assertThat(outcome.arguments()).isEqualTo(commands);
            assertThat(outcome.left()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void repliesThatAreRightEndWhereTheyEnd(long seed) {
        RandomGenerator random = random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            ByteBuf out = Unpooled.buffer();
            List<Replies.Found> replies = new ArrayList<>();
            for (int i = random.nextInt(1, 5); i > 0; i--) {
                int start = out.writerIndex();
                writeReply(out, random, 3);
                replies.add(new Replies.Found(out.writerIndex(), (char) out.getByte(start)));
            }
            byte[] bytes = written(out);

            assertThat(Replies.scan(bytes, cuts(random, bytes.length)))
                    .as("%s", Pieces.text(bytes))
                    .isEqualTo(new Replies.Outcome(replies, "", true));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nothingIsAllocatedForWhatIsOnlyAnnounced(long seed) {
        RandomGenerator random = random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes =
                    Pieces.bytes(
                            "*"
                                    + random.nextInt(1, 1_048_576)
                                    + "\r\n"
                                    + Pieces.text(shreds(random)));
            ByteBuf in = Unpooled.wrappedBuffer(bytes);

            long allocated =
                    Allocation.of(() -> {
                        in.readerIndex(0);
                        try {
                            new RequestScanner().scan(in, RequestLimits.REDIS);
                        } catch (BrokenProtocol expectedOfShreds) {
                            assertThat(expectedOfShreds).hasMessageStartingWith("Protocol error: ");
                        }
                    });

            assertThat(allocated).isLessThan(200_000);
        }
    }

    // ---- chance

    private static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    private static byte[] noise(RandomGenerator random) {
        byte[] bytes = new byte[random.nextInt(1, 60)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] shreds(RandomGenerator random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(1, 12); i > 0; i--) {
            text.append(SHREDS.get(random.nextInt(SHREDS.size())));
        }
        return Pieces.bytes(text.toString());
    }

    private static int[] cuts(RandomGenerator random, int length) {
        return random.ints(random.nextInt(0, 6), 1, Math.max(2, length))
                .filter(cut -> cut < length)
                .sorted()
                .distinct()
                .toArray();
    }

    private static byte[] written(ByteBuf out) {
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes).release();
        return bytes;
    }

    private static List<String> writeCommand(ByteBuf out, RandomGenerator random) {
        List<String> arguments = new ArrayList<>();
        int count = random.nextInt(1, random.nextInt(10) == 0 ? 40 : 5);
        RespBytes.array(out, count);
        for (int i = 0; i < count; i++) {
            byte[] argument = bytes(random);
            RespBytes.bulk(out, argument);
            arguments.add(Pieces.text(argument));
        }
        return arguments;
    }

    private static byte[] bytes(RandomGenerator random) {
        byte[] bytes = new byte[random.nextInt(random.nextInt(50) == 0 ? 150_000 : 20)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void writeReply(ByteBuf out, RandomGenerator random, int depth) {
        RespVersion version = random.nextBoolean() ? RespVersion.RESP3 : RespVersion.RESP2;
        switch (random.nextInt(depth > 0 ? 13 : 8)) {
            case 0 -> RespBytes.simple(out, "x".repeat(random.nextInt(20)));
            case 1 -> RespBytes.error(out, "ERR " + "y".repeat(random.nextInt(60)));
            case 2 -> RespBytes.integer(out, random.nextLong() >> random.nextInt(64));
            case 3 -> RespBytes.bulk(out, bytes(random));
            case 4 -> RespBytes.nullBulk(out, version);
            case 5 -> RespBytes.bool(out, version, random.nextBoolean());
            case 6 -> RespBytes.real(out, version, random.nextDouble(-1e9, 1e9));
            case 7 -> RespBytes.verbatim(out, version, "z".repeat(random.nextInt(12)));
            case 8 -> RespBytes.nullArray(out, version);
            case 9 -> {
                int pairs = random.nextInt(4);
                RespBytes.map(out, version, pairs);
                writeElements(out, random, 2 * pairs, depth);
            }
            case 10 -> {
                int elements = random.nextInt(4);
                RespBytes.set(out, version, elements);
                writeElements(out, random, elements, depth);
            }
            default -> {
                int elements = random.nextInt(random.nextInt(10) == 0 ? 30 : 4);
                RespBytes.array(out, elements);
                writeElements(out, random, elements, depth);
            }
        }
    }

    private static void writeElements(ByteBuf out, RandomGenerator random, int count, int depth) {
        for (int i = 0; i < count; i++) {
            writeReply(out, random, depth - 1);
        }
    }
}
