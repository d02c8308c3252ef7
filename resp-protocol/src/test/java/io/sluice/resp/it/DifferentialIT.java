package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random pipelines that need shared connections, connections of their own, blocking ones and the
 * proxy's own answers by turns are answered as by the server itself, byte by byte. A run says by
 * which {@code -Dsluice.pipelines.seed} it is repeated.
 */
class DifferentialIT {
    private static final int LENGTH = 150;

    /** However busy the machine is, it is none of this that is compared. */
    private static final String PATIENT =
            "sluice.timeouts.query = 60s, sluice.redis.pool.acquire-timeout = 60s, sluice.redis.command-timeouts { simple-read = 60s, complex-read = 60s, write = 60s, batch = 60s }";

    private static RedisBackend backend;

    @BeforeAll
    static void start() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void answersAsTheServerItself(boolean resp3) throws IOException {
        run(resp3, 40);
    }

    @Tag("long")
    @Test
    void answersAsTheServerItselfForLong() throws IOException {
        run(false, 70);
        run(true, 70);
    }

    private static void run(boolean resp3, int pipelines) throws IOException {
        long seed = Long.getLong("sluice.pipelines.seed", System.nanoTime());
        for (int i = 0; i < pipelines; i++) {
            compare(resp3, seed + i);
        }
    }

    private static void compare(boolean resp3, long seed) throws IOException {
        List<byte[]> commands = new Pipeline(new SplittableRandom(seed)).commands();
        backend.flush();
        List<byte[]> expected;
        try (RawRespClient direct = backend.connect()) {
            direct.succeed("SELECT", "9");
            expected = answers(direct, resp3, commands, new SplittableRandom(seed));
        }
        try (TestProxy proxy = TestProxy.start(backend, "sluice.redis.pool.max = 3", PATIENT)) {
            List<byte[]> got;
            try (RawRespClient through = proxy.login("acme")) {
                got = answers(through, resp3, commands, new SplittableRandom(seed));
            }
            for (int i = 0; i < commands.size(); i++) {
                assertThat(text(got.get(i)))
                        .as(
                                "-Dsluice.pipelines.seed=%d, command %d: %s",
                                seed, i, text(commands.get(i)))
                        .isEqualTo(text(expected.get(i)));
            }
            proxy.awaitQuiet();
        }
    }

    private static List<byte[]> answers(
            RawRespClient client, boolean resp3, List<byte[]> commands, SplittableRandom random)
            throws IOException {
        if (resp3) {
            client.hello3();
        }
        byte[] all = RedisBytes.all(commands.toArray(byte[][]::new));
        // Small enough for the buffers of both sides, so that writing never waits for reading.
        client.sendInFragments(random.nextInt(100, 20_000), all);
        List<byte[]> answers = new ArrayList<>();
        for (int i = 0; i < commands.size(); i++) {
            answers.add(client.readBytes());
        }
        return answers;
    }

    private static String text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.length() <= 300 ? text : text.substring(0, 300) + "… " + text.hashCode();
    }

    /** Commands of one client, of which every answer is determined. */
    private static final class Pipeline {
        private final SplittableRandom random;
        private int next;

        Pipeline(SplittableRandom random) {
            this.random = random;
        }

        List<byte[]> commands() {
            List<byte[]> all = new ArrayList<>();
            while (all.size() < LENGTH) {
                all.add(command());
            }
            all.add(RedisBytes.command("EXEC"));
            all.add(RedisBytes.command("UNWATCH"));
            all.add(RedisBytes.command("PING", "end"));
            return all;
        }

        private String key() {
            return "k" + random.nextInt(4);
        }

        private String list() {
            return "l" + random.nextInt(3);
        }

        private String value() {
            next++;
            return switch (random.nextInt(25)) {
                case 0 -> "v" + next + "x".repeat(20_000);
                case 1 -> "v" + next + "x".repeat(70_000);
                default -> "v" + next;
            };
        }

        private byte[] command() {
            return switch (random.nextInt(30)) {
                case 0, 1, 2 -> RedisBytes.command("SET", key(), value());
                case 3, 4, 5 -> RedisBytes.command("GET", key());
                case 6 -> RedisBytes.command("INCR", "n" + random.nextInt(2));
                case 7, 8 -> RedisBytes.command("RPUSH", list(), value());
                case 9 -> RedisBytes.command("LRANGE", list(), "0", "-1");
                case 10, 11, 12 -> RedisBytes.command("BLPOP", list(), list(), "0.01");
                case 13, 14, 15 -> RedisBytes.command("MULTI");
                case 16, 17, 18 -> RedisBytes.command("EXEC");
                case 19 -> RedisBytes.command("DISCARD");
                case 20 -> RedisBytes.command("WATCH", key());
                case 21 -> RedisBytes.command("UNWATCH");
                case 22 -> RedisBytes.command("PING");
                case 23 -> RedisBytes.command("ECHO", "e" + next);
                case 24 -> RedisBytes.command("NOSUCHCOMMAND", key());
                case 25 -> RedisBytes.command("GET");
                case 26 -> RedisBytes.command("INCR", list());
                case 27 -> RedisBytes.inline("SET " + key() + " inline" + next);
                case 28 ->
                        RedisBytes.command(
                                "XADD", "s", ++next + "-1", "f", "x".repeat(random.nextInt(50)));
                default ->
                        RedisBytes.command(
                                "XREAD", "COUNT", "2", "BLOCK", "10", "STREAMS", "s", "0");
            };
        }
    }
}
