package io.sluice.resp.tenancy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.command.Placement;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.config.Isolation;
import io.sluice.testbed.RedisBytes;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestRewriterTest {
    private static final String PREFIX = "a?[m]e\\:";
    private static final String ESCAPED = "a\\?\\[m]e\\\\:";
    private static final Names KEYS = new Names(Isolation.PREFIX, PREFIX);
    private static final Names CHANNELS = new Names(Isolation.DATABASES, PREFIX);
    private static final Set<Placement> NOT_SENT =
            EnumSet.of(Placement.LOCAL, Placement.SUBSCRIPTION, Placement.REFUSED);

    private final RequestRewriter rewriter = new RequestRewriter();

    static List<SampleRequest> samples() {
        return SampleRequest.all();
    }

    @Test
    void everyCommandThatGoesWithAPrefixHasASample() {
        Set<String> sampled = new HashSet<>();
        samples().forEach(sample -> sampled.add(sample.command()));

        assertThat(CommandTable.shipped().commands())
                .filteredOn(spec -> spec.prefix() != PrefixUse.REFUSED)
                .filteredOn(spec -> !NOT_SENT.contains(spec.placement()))
                .extracting(CommandSpec::name)
                .allSatisfy(name -> assertThat(sampled).contains(name));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void putsThePrefixBeforeEveryNameAndNothingElse(SampleRequest sample) {
        assertThat(rewritten(KEYS, sample.plain('A')))
                .isEqualTo(
                        text(
                                sample.written(
                                        'A',
                                        key -> PREFIX + key,
                                        glob -> ESCAPED + glob,
                                        channel -> PREFIX + channel)));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void databasesPutItBeforeChannelsOnly(SampleRequest sample) {
        assertThat(rewritten(CHANNELS, sample.plain('A')))
                .isEqualTo(
                        text(
                                sample.written(
                                        'A',
                                        key -> key,
                                        glob -> glob,
                                        channel -> PREFIX + channel)));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void aServerOfTheTenantsOwnIsSentWhatTheClientSays(SampleRequest sample) {
        assertThat(rewritten(Names.PLAIN, sample.plain('A'))).isEqualTo(text(sample.plain('A')));
    }

    @Test
    void scanWithoutMatchIsGivenOne() {
        assertThat(rewritten(KEYS, "SCAN", "17", "COUNT", "100"))
                .isEqualTo(text("SCAN", "17", "COUNT", "100", "MATCH", ESCAPED + "*"));
        assertThat(rewritten(CHANNELS, "SCAN", "17")).isEqualTo(text("SCAN", "17"));
    }

    @Test
    void ofSeveralPatternsNoneIsLeftAsItIs() {
        assertThat(rewritten(KEYS, "scan", "0", "match", "*", "MATCH", ""))
                .isEqualTo(text("scan", "0", "match", ESCAPED + "*", "MATCH", ESCAPED));
    }

    @Test
    void keysOfAnyBytesAndLengthsStayWhole() {
        var random = new Random(20261121);
        for (int round = 0; round < 2000; round++) {
            byte[][] plain = new byte[1 + random.nextInt(40)][];
            byte[][] expected = new byte[plain.length][];
            plain[0] = "MGET".getBytes(UTF_8);
            expected[0] = plain[0];
            if (plain.length == 1) {
                continue;
            }
            for (int i = 1; i < plain.length; i++) {
                plain[i] = new byte[random.nextInt(random.nextBoolean() ? 12 : 1200)];
                random.nextBytes(plain[i]);
                expected[i] = RedisBytes.all(PREFIX.getBytes(UTF_8), plain[i]);
            }
            try (var sent = new Sent(RedisBytes.command(plain))) {
                assertThat(sent.in(KEYS)).isEqualTo(RedisBytes.command(expected));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SORT l BY",
                "SORT l UNKNOWN x",
                "SORT l STORE",
                "LMPOP 4 a b LEFT",
                "LMPOP -1 a LEFT",
                "LMPOP 1x a LEFT",
                "ZUNIONSTORE to 99999999999999999999 a",
                "XREAD STREAMS a b 0",
                "XREAD COUNT STREAMS a 0",
                "SCAN 0 MATCH",
                "SCAN 0 KEYS *",
                "COPY a b DATABASE 3",
                "GEORADIUS g 1 2 3 km STORE"
            })
    void whatCannotBeReadIsRefusedInRedisWords(String request) {
        try (var sent = new Sent(RedisBytes.command(request.split(" ", -1)))) {
            assertThat(sent.refusal(KEYS)).startsWith("ERR syntax error (sluice: ");
            assertThat(sent.refusal(Names.PLAIN)).isNull();
        }
    }

    @Test
    void copyToAnotherDatabaseIsRefusedWhereTheServerIsShared() {
        try (var sent = new Sent(RedisBytes.command("COPY", "a", "b", "DB", "3"))) {
            assertThat(sent.refusal(KEYS))
                    .isEqualTo(
                            "NOPERM sluice: COPY with a database number is refused, since tenants share this server by key prefix");
            assertThat(sent.refusal(CHANNELS)).contains("share this server by database number");
            assertThat(sent.refusal(Names.PLAIN)).isNull();
        }
    }

    @Test
    void theHeadOfALongCommandEndsBehindItsLastName() {
        byte[] whole = RedisBytes.command("SET", "key", "a long value");
        byte[] head = RedisBytes.all("*3\r\n".getBytes(UTF_8), bulks("SET", "key"));
        try (var sent = new Sent(whole)) {
            assertThat(sent.head(KEYS)).isEqualTo(head.length);
            assertThat(sent.head(CHANNELS)).isZero();
            assertThat(sent.in(KEYS, head.length))
                    .isEqualTo(
                            RedisBytes.all("*3\r\n".getBytes(UTF_8), bulks("SET", PREFIX + "key")));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DEL a b c",
                "MSET a 1 b 2",
                "SORT l",
                "LMPOP 1 a LEFT",
                "BLPOP a 1",
                "SCAN 0"
            })
    void commandsWhoseNamesGoOnToTheEndHaveNoHead(String request) {
        try (var sent = new Sent(RedisBytes.command(request.split(" ", -1)))) {
            assertThat(sent.head(KEYS)).isEqualTo(-1);
        }
    }

    @Test
    void channelsAndPatternsAreWrittenAndReadAlike() {
        byte[] channel = "news".getBytes(UTF_8);
        assertThat(CHANNELS.prefixChannel(channel)).isEqualTo((PREFIX + "news").getBytes(UTF_8));
        assertThat(CHANNELS.stripChannel(CHANNELS.prefixChannel(channel))).isEqualTo(channel);
        assertThat(CHANNELS.prefixPattern(channel)).isEqualTo((ESCAPED + "news").getBytes(UTF_8));
        assertThat(CHANNELS.stripPattern(CHANNELS.prefixPattern(channel))).isEqualTo(channel);
        assertThat(CHANNELS.stripChannel("globex:news".getBytes(UTF_8))).isNull();
        assertThat(CHANNELS.stripChannel("a".getBytes(UTF_8))).isNull();
    }

    private static byte[] bulks(String... texts) {
        var all = new byte[texts.length][];
        for (int i = 0; i < texts.length; i++) {
            all[i] = RedisBytes.bulk(texts[i]);
        }
        return RedisBytes.all(all);
    }

    private static String text(String... words) {
        return new String(RedisBytes.command(words), UTF_8);
    }

    private String rewritten(Names names, String... words) {
        try (var sent = new Sent(RedisBytes.command(words))) {
            assertThat(sent.refusal(names)).isNull();
            return new String(sent.in(names), UTF_8);
        }
    }

    /** A request at some place of a buffer. */
    private final class Sent implements AutoCloseable {
        private final ByteBuf in;
        private final ScannedArguments arguments;
        private final CommandSpec spec;

        Sent(byte[] request) {
            in = Unpooled.buffer().writeBytes("before".getBytes(UTF_8)).writeBytes(request);
            in.writeBytes("behind".getBytes(UTF_8)).skipBytes("before".length());
            arguments = new ScannedArguments(in);
            spec = Objects.requireNonNull(CommandTable.shipped().find(arguments), "no command");
        }

        @Nullable String refusal(Names names) {
            return rewriter.refusal(names, spec, arguments);
        }

        int head(Names names) {
            return rewriter.head(names, spec, arguments);
        }

        byte[] in(Names names) {
            return in(names, arguments.size());
        }

        byte[] in(Names names, int size) {
            ByteBuf out = Unpooled.buffer();
            int most = rewriter.find(names, spec, arguments, size);
            rewriter.copy(names, spec, arguments, size, out);
            byte[] written = new byte[out.readableBytes()];
            out.readBytes(written);
            out.release();
            assertThat(most).isGreaterThanOrEqualTo(written.length);
            return written;
        }

        @Override
        public void close() {
            in.release();
        }
    }
}
