package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RedisProgram;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Publish and subscribe byte for byte as Redis itself does it. */
class SubscriptionFramesIT {
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private <T extends AutoCloseable> T opened(T each) {
        opened.add(each);
        return each;
    }

    private RedisBackend backend(RedisProgram program) {
        return opened(RedisBackend.of(program).start());
    }

    private RawRespClient through(RedisBackend backend) throws IOException {
        return opened(opened(TestProxy.start(backend, TestProxy.ALONE)).login("acme"));
    }

    private static void assertSame(
            RawRespClient proxied, RawRespClient direct, List<Exchange> script) throws IOException {
        for (Exchange each : script) {
            assertThat(each.with(proxied)).as("%s", each).isEqualTo(each.with(direct));
        }
    }

    /** What is refused to a client of RESP2 while it is subscribed, others may do. */
    private static List<Exchange> script(boolean limited) {
        var script = new ArrayList<Exchange>();
        script.add(Exchange.of(1, "UNSUBSCRIBE"));
        script.add(Exchange.of(1, "PUNSUBSCRIBE"));
        script.add(Exchange.of(2, "UNSUBSCRIBE", "none", "neither"));
        script.add(Exchange.of(3, "SUBSCRIBE", "one", "two", "one"));
        script.add(Exchange.of(1, "PSUBSCRIBE", "t*"));
        script.add(Exchange.of(1, "SUBSCRIBE"));
        script.add(Exchange.of(1, "PING"));
        script.add(Exchange.of(1, "PING", "with text"));
        script.add(Exchange.of(1, "GET", "key"));
        script.add(Exchange.of(1, "nosuch", "key"));
        script.add(Exchange.of(1, "GET"));
        if (limited) {
            script.add(Exchange.of(1, "PING", "with", "more"));
            script.add(Exchange.of(1, "EXEC"));
            script.add(Exchange.of(1, "MULTI"));
            script.add(Exchange.of(1, "CLIENT", "GETNAME"));
            script.add(Exchange.of(1, "HELLO", "3"));
        }
        script.add(Exchange.of(1, "PUNSUBSCRIBE", "nothing"));
        script.add(Exchange.of(1, "UNSUBSCRIBE", "one"));
        script.add(Exchange.of(1, "UNSUBSCRIBE"));
        script.add(Exchange.of(1, "GET", "key"));
        script.add(Exchange.of(1, "UNSUBSCRIBE"));
        script.add(Exchange.of(1, "PUNSUBSCRIBE"));
        script.add(Exchange.of(1, "GET", "key"));
        script.add(Exchange.of(1, "PING"));
        return script;
    }

    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void confirmsAndRefusesToClientsOfResp2AsRedisDoes(RedisProgram program) throws IOException {
        RedisBackend backend = backend(program);
        assertSame(through(backend), opened(backend.connect()), script(true));
    }

    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void confirmsToClientsOfResp3AsRedisDoes(RedisProgram program) throws IOException {
        RedisBackend backend = backend(program);
        RawRespClient proxied = through(backend);
        RawRespClient direct = opened(backend.connect());
        proxied.hello3();
        direct.hello3();
        assertSame(proxied, direct, script(false));
    }

    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void shardChannelsAreCountedByThemselvesWhereTheyExist(RedisProgram program)
            throws IOException {
        RedisBackend backend = backend(program);
        RawRespClient proxied = through(backend);
        RawRespClient direct = opened(backend.connect());
        boolean exist = program.version().isAtLeast(7, 0);
        assertSame(
                proxied,
                direct,
                List.of(
                        Exchange.of(exist ? 2 : 1, "SSUBSCRIBE", "s", "s2"),
                        Exchange.of(1, "SUBSCRIBE", "c"),
                        Exchange.of(1, "SUNSUBSCRIBE", "s2"),
                        Exchange.of(1, "GET", "key")));
        if (exist) {
            assertThat(backend.ask("SPUBLISH", "s", "sharded").number()).isEqualTo(2);
            assertThat(Exchange.frames(proxied, 1))
                    .isEqualTo("*3\r\n$8\r\nsmessage\r\n$1\r\ns\r\n$7\r\nsharded\r\n")
                    .isEqualTo(Exchange.frames(direct, 1));
            assertSame(
                    proxied,
                    direct,
                    List.of(Exchange.of(1, "SUNSUBSCRIBE"), Exchange.of(1, "SUNSUBSCRIBE")));
        }
    }

    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void messagesAreMadeAsRedisMakesThem(RedisProgram program) throws IOException {
        RedisBackend backend = backend(program);
        TestProxy proxy = opened(TestProxy.start(backend, TestProxy.ALONE));
        for (boolean resp3 : new boolean[] {false, true}) {
            RawRespClient proxied = opened(proxy.login("acme"));
            RawRespClient direct = opened(backend.connect());
            if (resp3) {
                proxied.hello3();
                direct.hello3();
            }
            assertSame(
                    proxied,
                    direct,
                    List.of(
                            Exchange.of(2, "SUBSCRIBE", "news", "b\u00e9\u0000"),
                            Exchange.of(2, "PSUBSCRIBE", "n*", "[no]ews")));
            try (RawRespClient publisher = proxy.login("acme")) {
                for (String payload : List.of("", "a\r\nb", "x".repeat(100_000), "last")) {
                    publisher.succeed("PUBLISH", "news", payload);
                    publisher.succeed("PUBLISH", "b\u00e9\u0000", payload);
                    publisher.succeed("PUBLISH", "noise", payload);
                    // A channel itself first, its patterns in an order that Redis does not promise.
                    assertThat(sorted(proxied, 5)).isEqualTo(sorted(direct, 5));
                }
            }
        }
    }

    private static List<String> sorted(RawRespClient client, int frames) throws IOException {
        var read = new ArrayList<String>();
        for (int i = 0; i < frames; i++) {
            read.add(Exchange.frames(client, 1));
        }
        return read.stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void aPipelineIsAnsweredInItsOrder(RedisProgram program) throws IOException {
        RedisBackend backend = backend(program);
        List<String> read = new ArrayList<>();
        for (RawRespClient client : List.of(through(backend), opened(backend.connect()))) {
            client.hello3();
            client.send(
                    RedisBytes.command("SET", "k", "1"),
                    RedisBytes.command("SUBSCRIBE", "a", "b"),
                    RedisBytes.command("GET", "k"),
                    RedisBytes.command("MULTI"),
                    RedisBytes.command("INCR", "k"),
                    RedisBytes.command("EXEC"),
                    RedisBytes.command("PSUBSCRIBE", "c*"),
                    RedisBytes.command("UNSUBSCRIBE", "b", "a"),
                    RedisBytes.command("ECHO", "between"),
                    RedisBytes.command("PUNSUBSCRIBE"),
                    RedisBytes.command("GET", "k"));
            read.add(Exchange.frames(client, 13));
        }
        assertThat(read.getFirst())
                .isEqualTo(read.getLast())
                .endsWith("between\r\n>3\r\n$12\r\npunsubscribe\r\n$2\r\nc*\r\n:0\r\n$1\r\n2\r\n");
    }

    @ParameterizedTest
    @MethodSource("io.sluice.testbed.RedisProgram#all")
    void quittingEndsASubscriber(RedisProgram program) throws IOException {
        RedisBackend backend = backend(program);
        for (RawRespClient client : List.of(through(backend), opened(backend.connect()))) {
            client.send(RedisBytes.command("SUBSCRIBE", "a"), RedisBytes.command("QUIT"));
            assertThat(Exchange.frames(client, 2))
                    .isEqualTo("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n+OK\r\n");
            assertThat(client.atEnd()).isTrue();
        }
    }
}
