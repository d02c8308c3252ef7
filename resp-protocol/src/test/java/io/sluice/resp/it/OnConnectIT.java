package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RedisProgram;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisProtocol;

/** What client libraries say when they connect: it works, or fails as softly as with Redis. */
class OnConnectIT {
    private static final String USER = "app.acme";

    private static RedisBackend backend;
    private TestProxy proxy;

    @BeforeAll
    static void startBackend() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stopBackend() {
        backend.close();
    }

    @BeforeEach
    void start() {
        backend.flush();
        proxy = TestProxy.start(backend);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void lettuceConnects(ProtocolVersion version) {
        RedisClient client =
                RedisClient.create(
                        RedisURI.builder()
                                .withHost("127.0.0.1")
                                .withPort(proxy.port())
                                .withAuthentication(USER, TestProxy.PASSWORD.toCharArray())
                                .withDatabase(2)
                                .withClientName("lettuce-test")
                                .build());
        try {
            client.setOptions(ClientOptions.builder().protocolVersion(version).build());
            try (StatefulRedisConnection<String, String> connection = client.connect()) {
                RedisCommands<String, String> commands = connection.sync();
                assertThat(commands.set("k", "v")).isEqualTo("OK");
                assertThat(commands.get("k")).isEqualTo("v");
                assertThat(commands.clientGetname()).isEqualTo("lettuce-test");
                assertThat(commands.clientInfo())
                        .contains(
                                " db=2 ",
                                " lib-name=Lettuce",
                                version == ProtocolVersion.RESP3 ? " resp=3 " : " resp=2 ");
                commands.multi();
                commands.incr("n");
                assertThat(commands.exec().<Long>get(0)).isEqualTo(1);
                assertThat(commands.echo("x")).isEqualTo("x");
            }
            assertThat(backend.ask("EXISTS", "k").number()).isZero();
        } finally {
            client.shutdown();
        }
    }

    @ParameterizedTest
    @EnumSource(RedisProtocol.class)
    void jedisConnects(RedisProtocol version) {
        var config =
                DefaultJedisClientConfig.builder()
                        .user(USER)
                        .password(TestProxy.PASSWORD)
                        .database(2)
                        .clientName("jedis-test")
                        .protocol(version)
                        .build();
        try (Jedis jedis = new Jedis(new HostAndPort("127.0.0.1", proxy.port()), config)) {
            assertThat(jedis.set("k", "v")).isEqualTo("OK");
            assertThat(jedis.get("k")).isEqualTo("v");
            assertThat(jedis.clientGetname()).isEqualTo("jedis-test");
            assertThat(jedis.clientInfo()).contains(" db=2 ", " lib-name=jedis", " user=app ");
            var transaction = jedis.multi();
            var incremented = transaction.incr("n");
            transaction.exec();
            assertThat(incremented.get()).isEqualTo(1);
            assertThat(jedis.ping("x")).isEqualTo("x");
        }
    }

    @Test
    void jedisLogsInWithAPasswordAloneWhereTheListenerSaysTheTenant() {
        try (TestProxy fixed =
                        TestProxy.start(
                                backend,
                                "sluice.listen.redis = [{ address = \"127.0.0.1:0\", tenant = acme }]");
                Jedis jedis = new Jedis("127.0.0.1", fixed.port())) {
            assertThat(jedis.auth(TestProxy.PASSWORD)).isEqualTo("OK");
            assertThat(jedis.set("k", "v")).isEqualTo("OK");
        }
    }

    /**
     * What a library that is no Java one sends, in its own order.
     *
     * @param lines commands, after a mark: {@code =} is answered as the Redis behind does it,
     *     {@code +} with OK also by servers that would not know it, {@code !} with NOPERM, which
     *     the library takes for an answer
     */
    record Transcript(String library, List<String> lines) {
        static Transcript of(String library, String lines) {
            return new Transcript(library, lines.lines().toList());
        }

        @Override
        public String toString() {
            return library;
        }
    }

    private static final List<Transcript> TRANSCRIPTS =
            List.of(
                    Transcript.of(
                            "redis-py, RESP2",
                            """
                            =AUTH app.acme secret
                            =CLIENT SETNAME py
                            +CLIENT SETINFO LIB-NAME redis-py
                            +CLIENT SETINFO LIB-VER 6.4.0
                            =SELECT 1
                            =GET k
                            """),
                    Transcript.of(
                            "redis-py, RESP3",
                            """
                            =HELLO 3 AUTH app.acme secret
                            =CLIENT SETNAME py
                            =CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip
                            +CLIENT SETINFO LIB-NAME redis-py
                            +CLIENT SETINFO LIB-VER 6.4.0
                            =SELECT 1
                            =GET k
                            """),
                    Transcript.of(
                            "go-redis",
                            """
                            =HELLO 3 AUTH app.acme secret SETNAME go
                            =SELECT 1
                            =CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip
                            +CLIENT SETINFO LIB-NAME go-redis(,go1.25.1)
                            +CLIENT SETINFO LIB-VER 9.17.0
                            =PING
                            =GET k
                            """),
                    Transcript.of(
                            "ioredis",
                            """
                            =AUTH app.acme secret
                            =SELECT 1
                            =CLIENT SETNAME io
                            +CLIENT SETINFO LIB-NAME ioredis
                            +CLIENT SETINFO LIB-VER 5.8.0
                            !INFO
                            =READONLY
                            =GET k
                            """),
                    Transcript.of(
                            "node-redis",
                            """
                            =HELLO 3 AUTH app.acme secret SETNAME node
                            =SELECT 1
                            +CLIENT SETINFO LIB-NAME node-redis
                            +CLIENT SETINFO LIB-VER 5.9.0
                            =CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type external-ip
                            =PING
                            =GET k
                            """),
                    Transcript.of(
                            "StackExchange.Redis",
                            """
                            =HELLO 3 AUTH app.acme secret
                            =CLIENT SETNAME SE(SE.Redis-v3.0.0)
                            +CLIENT SETINFO lib-name SE.Redis
                            +CLIENT SETINFO lib-ver 3.0.0
                            !CONFIG GET replica-read-only
                            !CONFIG GET databases
                            !INFO replication
                            !INFO server
                            !CLUSTER NODES
                            =GET __Booksleeve_TieBreak
                            =ECHO \u00ff\u0000\u0001\u00fe\u0080xyz\u00ff\u0000\u0001\u00fe\u0080xyz
                            =PING
                            """),
                    Transcript.of(
                            "redis-cli",
                            """
                            =AUTH app.acme secret
                            =COMMAND DOCS nosuch
                            =PING
                            """),
                    Transcript.of(
                            "redis-benchmark",
                            """
                            =AUTH app.acme secret
                            !CONFIG GET save
                            !CONFIG GET appendonly
                            =PING
                            """));

    static Stream<Arguments> transcripts() {
        return RedisProgram.all().stream()
                .flatMap(program -> TRANSCRIPTS.stream().map(each -> Arguments.of(program, each)));
    }

    @ParameterizedTest(name = "{1} to Redis {0}")
    @MethodSource("transcripts")
    void answersWhatLibrariesSendFirst(RedisProgram program, Transcript transcript)
            throws IOException {
        var soft = new SoftAssertions();
        try (RedisBackend server =
                        RedisBackend.of(program)
                                .user(USER, TestProxy.PASSWORD, "~*", "&*", "+@all")
                                .start();
                TestProxy before = TestProxy.start(server);
                RawRespClient direct = RawRespClient.connect(server.host(), server.port());
                RawRespClient client = before.connect()) {
            for (String line : transcript.lines()) {
                byte[] command = command(line.substring(1));
                direct.send(command);
                client.send(command);
                String theirs = masked(direct.readBytes());
                String ours = masked(client.readBytes());
                switch (line.charAt(0)) {
                    case '=' -> soft.assertThat(ours).as(line).isEqualTo(theirs);
                    case '+' -> soft.assertThat(ours).as(line).isEqualTo("+OK\r\n");
                    default -> soft.assertThat(ours).as(line).startsWith("-NOPERM ");
                }
            }
        }
        soft.assertAll();
    }

    private static byte[] command(String line) {
        return RedisBytes.command(
                Stream.of(line.split(" ", -1))
                        .map(word -> word.getBytes(ISO_8859_1))
                        .toArray(byte[][]::new));
    }

    private static String masked(byte[] bytes) {
        return new String(bytes, ISO_8859_1).replaceAll("\r\nid\r\n:\\d+", "\r\nid\r\n:?");
    }
}
