package io.sluice.resp.tenancy;

import static io.sluice.testbed.RedisBytes.all;
import static io.sluice.testbed.RedisBytes.array;
import static io.sluice.testbed.RedisBytes.bulk;
import static io.sluice.testbed.RedisBytes.error;
import static io.sluice.testbed.RedisBytes.map;
import static io.sluice.testbed.RedisBytes.nil;
import static io.sluice.testbed.RedisBytes.nullArray;
import static io.sluice.testbed.RedisBytes.nullBulk;
import static io.sluice.testbed.RedisBytes.number;
import static io.sluice.testbed.RedisBytes.set;
import static io.sluice.testbed.RedisBytes.simple;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.resp.command.PrefixUse;
import io.sluice.resp.config.Isolation;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReplyRewriterTest {
    private static final Names NAMES = new Names(Isolation.PREFIX, "acme:");

    /**
     * A reply as the server gives it, and as the client is to see it.
     *
     * @param client null: it must not be passed on
     */
    record Case(
            String name,
            PrefixUse use,
            List<PrefixUse> queued,
            byte[] server,
            byte @Nullable [] client) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case passed(String name, PrefixUse use, byte[] server, byte[] client) {
        return new Case(name, use, List.of(), server, client);
    }

    private static Case withheld(String name, PrefixUse use, byte[] server) {
        return new Case(name, use, List.of(), server, null);
    }

    static Stream<Case> cases() {
        return Stream.of(
                passed("cursor and keys", PrefixUse.SCAN, scan("acme:a", "acme:"), scan("a", "")),
                passed("cursor and no keys", PrefixUse.SCAN, scan(), scan()),
                withheld("another's key", PrefixUse.SCAN, scan("acme:a", "globex:b")),
                withheld("a key shorter than the prefix", PrefixUse.SCAN, scan("acm")),
                withheld("one element of SCAN", PrefixUse.SCAN, array(bulk("0"))),
                withheld("three elements of SCAN", PrefixUse.SCAN, array("0", "acme:a", "acme:b")),
                withheld("a number for keys", PrefixUse.SCAN, array(bulk("0"), number(7))),
                withheld(
                        "a number for a key",
                        PrefixUse.SCAN,
                        array(bulk("0"), array(bulk("acme:a"), number(7)))),
                passed(
                        "a pop",
                        PrefixUse.KEY_FIRST,
                        array("acme:l", "acme:v"),
                        array("l", "acme:v")),
                passed(
                        "pops of a key",
                        PrefixUse.KEY_FIRST,
                        array(bulk("acme:z"), array(array("m", "1"), array("n", "2"))),
                        array(bulk("z"), array(array("m", "1"), array("n", "2")))),
                passed("nothing popped", PrefixUse.KEY_FIRST, nullArray(), nullArray()),
                passed("nothing popped (3)", PrefixUse.KEY_FIRST, nil(), nil()),
                passed("a queued pop", PrefixUse.KEY_FIRST, simple("QUEUED"), simple("QUEUED")),
                withheld("another's pop", PrefixUse.KEY_FIRST, array("globex:l", "v")),
                withheld("a string for a pop", PrefixUse.KEY_FIRST, bulk("globex:l")),
                withheld("a map for a pop", PrefixUse.KEY_FIRST, map(bulk("globex:l"), nil())),
                passed(
                        "streams of RESP2",
                        PrefixUse.STREAMS,
                        array(stream("acme:x"), stream("acme:y")),
                        array(stream("x"), stream("y"))),
                passed(
                        "streams of RESP3",
                        PrefixUse.STREAMS,
                        map(bulk("acme:x"), entries(), bulk("acme:y"), entries()),
                        map(bulk("x"), entries(), bulk("y"), entries())),
                passed("no streams", PrefixUse.STREAMS, nullArray(), nullArray()),
                withheld(
                        "another's stream",
                        PrefixUse.STREAMS,
                        array(stream("acme:x"), stream("globex:x"))),
                withheld(
                        "another's stream (3)",
                        PrefixUse.STREAMS,
                        map(bulk("acme:x"), entries(), bulk("globex:x"), entries())),
                passed(
                        "an error that echoes keys",
                        PrefixUse.ALLOWED,
                        error(
                                "NOGROUP No such key 'acme:x' or group \"acme:g\" but acme: or 'acm'"),
                        error("NOGROUP No such key 'x' or group \"g\" but acme: or 'acm'")),
                passed(
                        "an error in place of keys",
                        PrefixUse.SCAN,
                        error("ERR invalid cursor of `acme:`"),
                        error("ERR invalid cursor of ``")),
                passed(
                        "values that look like keys",
                        PrefixUse.ALLOWED,
                        array(bulk("'acme:x'"), map(bulk("acme:x"), set(bulk("acme:")))),
                        array(bulk("'acme:x'"), map(bulk("acme:x"), set(bulk("acme:"))))),
                new Case(
                        "a transaction",
                        PrefixUse.BLOCK,
                        List.of(
                                PrefixUse.ALLOWED,
                                PrefixUse.SCAN,
                                PrefixUse.STREAMS,
                                PrefixUse.ALLOWED,
                                PrefixUse.KEY_FIRST),
                        array(
                                nullBulk(),
                                scan("acme:a"),
                                array(stream("acme:x")),
                                error("ERR 'acme:y'"),
                                array("acme:l", "v")),
                        array(
                                nullBulk(),
                                scan("a"),
                                array(stream("x")),
                                error("ERR 'y'"),
                                array("l", "v"))),
                new Case(
                        "no transaction",
                        PrefixUse.BLOCK,
                        List.of(),
                        array(bulks()),
                        array(bulks())),
                new Case("an aborted one", PrefixUse.BLOCK, List.of(PrefixUse.SCAN), nil(), nil()),
                new Case(
                        "fewer replies than commands",
                        PrefixUse.BLOCK,
                        List.of(PrefixUse.ALLOWED, PrefixUse.SCAN),
                        array(scan("acme:a")),
                        null),
                new Case(
                        "another's key in a transaction",
                        PrefixUse.BLOCK,
                        List.of(PrefixUse.ALLOWED, PrefixUse.SCAN),
                        array(simple("OK"), scan("globex:a")),
                        null));
    }

    private static byte[][] bulks() {
        return new byte[0][];
    }

    private static byte[] scan(String... keys) {
        return array(bulk("0"), array(keys));
    }

    private static byte[] stream(String key) {
        return array(bulk(key), entries());
    }

    private static byte[] entries() {
        return array(array(bulk("1-1"), array("f", "acme:v")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void takesThePrefixOutOfKeysOnly(Case each) {
        assertThat(rewritten(each, List.of(each.server.length))).isEqualTo(text(each.client));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void doesSoWhereverTheReplyIsCut(Case each) {
        for (int cut = 1; cut < each.server.length; cut++) {
            assertThat(rewritten(each, List.of(cut, each.server.length - cut)))
                    .as("cut at byte %d", cut)
                    .isEqualTo(text(each.client));
        }
        List<Integer> single = new ArrayList<>();
        for (int i = 0; i < each.server.length; i++) {
            single.add(1);
        }
        assertThat(rewritten(each, single)).isEqualTo(text(each.client));
    }

    @Test
    void repliesOfAnySizeAreTheSameHoweverTheyAreCut() {
        var random = new Random(20261121);
        for (int round = 0; round < 500; round++) {
            String[] server = new String[random.nextInt(200)];
            String[] client = new String[server.length];
            for (int i = 0; i < server.length; i++) {
                client[i] = "acme:'k".substring(random.nextInt(8)).repeat(random.nextInt(30));
                server[i] = "acme:" + client[i];
            }
            Case each = passed("random", PrefixUse.SCAN, scan(server), scan(client));
            List<Integer> parts = new ArrayList<>();
            int left = each.server.length;
            while (left > 0) {
                int part = Math.min(left, 1 + random.nextInt(1 + random.nextInt(500)));
                parts.add(part);
                left -= part;
            }
            assertThat(rewritten(each, parts)).isEqualTo(text(each.client));
        }
    }

    @Test
    void aReplyThatEndsEarlyIsNotPassedOn() {
        var rewriter = new ReplyRewriter();
        rewriter.begin(NAMES, PrefixUse.SCAN, null);
        ByteBuf in = Unpooled.wrappedBuffer("*2\r\n$1\r\n0\r\n".getBytes(UTF_8));
        ByteBuf out = Unpooled.buffer();

        assertThat(rewriter.rewrite(in, 0, in.writerIndex(), true, out)).isFalse();
    }

    private static String rewritten(Case each, List<Integer> parts) {
        var queued = new QueuedReplies();
        each.queued.forEach(queued::add);
        var rewriter = new ReplyRewriter();
        rewriter.begin(NAMES, each.use, queued);
        ByteBuf in = Unpooled.wrappedBuffer(all("ahead".getBytes(UTF_8), each.server));
        ByteBuf out = Unpooled.buffer();
        int at = "ahead".length();
        for (int part : parts) {
            int before = out.writerIndex();
            boolean last = at + part == in.writerIndex();
            if (!rewriter.rewrite(in, at, at + part, last, out)) {
                out.writerIndex(before);
                assertThat(out.toString(UTF_8)).doesNotContain("globex:");
                return "withheld";
            }
            assertThat(out.writerIndex() - before).isLessThanOrEqualTo(rewriter.most(part));
            at += part;
        }
        assertThat(rewriter.isReusable()).isTrue();
        return out.toString(UTF_8);
    }

    private static String text(byte @Nullable [] client) {
        return client == null ? "withheld" : new String(client, UTF_8);
    }
}
