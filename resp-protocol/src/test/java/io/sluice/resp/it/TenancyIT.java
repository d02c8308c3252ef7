package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.net.Clock;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.command.Danger;
import io.sluice.resp.command.PrefixUse;
import io.sluice.testbed.FakeRedisConnection;
import io.sluice.testbed.FakeRedisServer;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RedisProgram;
import io.sluice.testbed.RespValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two tenants on one Redis. */
@ParameterizedClass
@MethodSource("io.sluice.testbed.RedisProgram#all")
class TenancyIT {
    private static final String BIG = "x".repeat(3_000_000);

    private final RedisProgram program;
    private RedisBackend backend;
    private TestProxy proxy;

    TenancyIT(RedisProgram program) {
        this.program = program;
    }

    @BeforeEach
    void start() {
        backend = RedisBackend.of(program).start();
        proxy = TestProxy.start(backend, PrefixTenant.CONFIG);
    }

    @AfterEach
    void stop() {
        proxy.close();
        backend.close();
    }

    private RawRespClient login(String tenant, int version) throws IOException {
        RawRespClient client = proxy.login(tenant);
        if (version == 3) {
            client.hello3();
        }
        return client;
    }

    // ---- keys

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void scanningFindsAllKeysOfTheTenantAndNoOthers(int version) throws IOException {
        try (RawRespClient acme = login("acme", version);
                RawRespClient globex = login("globex", version)) {
            acme.succeed(mset("key", 3000));
            globex.succeed(mset("key", 1000));
            globex.succeed(mset("acme:key", 500));

            assertThat(scan(acme)).hasSize(3000).allMatch(key -> key.startsWith("key"));
            assertThat(scan(globex)).hasSize(1500);
            assertThat(scan(acme, "COUNT", "100000")).hasSize(3000);
            assertThat(scan(acme, "MATCH", "key1?")).hasSize(10);
            assertThat(scan(acme, "TYPE", "list")).isEmpty();
            assertThat(scan(globex, "MATCH", "*", "MATCH", "acme:*")).hasSize(500);
            assertThat(scan(acme, "MATCH", "acme:*")).isEmpty();
        }
    }

    private static String[] mset(String name, int keys) {
        return IntStream.range(-1, 2 * keys)
                .mapToObj(i -> i < 0 ? "MSET" : i % 2 == 0 ? name + i / 2 : "value" + i / 2)
                .toArray(String[]::new);
    }

    private static Set<String> scan(RawRespClient client, String... options) throws IOException {
        Set<String> keys = new TreeSet<>();
        String cursor = "0";
        do {
            String[] command = Arrays.copyOf(new String[] {"SCAN", cursor}, 2 + options.length);
            System.arraycopy(options, 0, command, 2, options.length);
            RespValue reply = client.succeed(command);
            cursor = reply.elements().getFirst().text();
            reply.elements().getLast().elements().forEach(key -> keys.add(key.text()));
        } while (!cursor.equals("0"));
        return keys;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void aTransactionsLongAnswerIsRewrittenAsItComes(int version) throws IOException {
        try (RawRespClient acme = login("acme", version);
                RawRespClient globex = login("globex", version)) {
            acme.succeed(mset("key", 5000));
            globex.succeed(mset("key", 5000));
            acme.succeed("RPUSH", "l", BIG, "acme:small");
            RespValue exec =
                    acme.send(
                                    RedisBytes.command("MULTI"),
                                    RedisBytes.command(
                                            "SCAN", "0", "COUNT", "100000", "TYPE", "string"),
                                    RedisBytes.command("BLPOP", "none", "l", "0"),
                                    RedisBytes.command("BRPOP", "none", "l", "0"),
                                    RedisBytes.command("EXEC"))
                            .read(5)
                            .getLast();
            assertThat(exec.elements().get(0).elements().get(1).texts())
                    .hasSize(5000)
                    .allMatch(key -> key.startsWith("key"));
            assertThat(exec.elements().get(1).texts()).containsExactly("l", BIG);
            assertThat(exec.elements().get(2).texts()).containsExactly("l", "acme:small");
        }
    }

    @Test
    void longCommandsGetThePrefixToo() throws IOException {
        String many = "k".repeat(100);
        String[] del = new String[2001];
        String[] mset = new String[4001];
        del[0] = "DEL";
        mset[0] = "MSET";
        for (int i = 0; i < 2000; i++) {
            del[1 + i] = many + i;
            mset[1 + 2 * i] = many + i;
            mset[2 + 2 * i] = "v";
        }
        try (RawRespClient acme = proxy.login("acme");
                RawRespClient globex = proxy.login("globex");
                RawRespClient admin = backend.admin()) {
            assertThat(acme.call("SET", "big", BIG).text()).isEqualTo("OK");
            assertThat(globex.call("GET", "big").isNull()).isTrue();
            assertThat(acme.call("GET", "big").text()).isEqualTo(BIG);
            assertThat(acme.call("MSET", "a", BIG, "b", BIG).text()).isEqualTo("OK");
            assertThat(acme.call("SETRANGE", BIG.substring(0, 100_000), "0", BIG).number())
                    .isEqualTo(BIG.length());
            assertThat(acme.call(mset).text()).isEqualTo("OK");
            assertThat(globex.call(del).number()).isZero();
            assertThat(admin.call("DBSIZE").number()).isEqualTo(2004);
            assertThat(acme.call(del).number()).isEqualTo(2000);

            acme.sendInFragments(50_000, RedisBytes.command("APPEND", "big", BIG));
            assertThat(acme.read().number()).isEqualTo(2L * BIG.length());
            acme.sendInFragments(50_000, RedisBytes.command("MSET", "c", BIG, "d", BIG));
            assertThat(acme.read().text()).isEqualTo("OK");
            assertThat(admin.succeed("KEYS", "*").texts())
                    .hasSize(6)
                    .allMatch(key -> key.startsWith("acme:"));
        }
    }

    @Test
    void longCommandsInATransactionInPiecesDoSo() throws IOException {
        try (RawRespClient acme = proxy.login("acme")) {
            acme.succeed("RPUSH", "l", "v");
            acme.succeed("MULTI");
            acme.sendInFragments(50_000, RedisBytes.command("SET", "big", BIG));
            assertThat(acme.read().text()).isEqualTo("QUEUED");
            assertThat(acme.call("WATCH", "l").text()).startsWith("ERR WATCH inside MULTI");
            assertThat(acme.call("MULTI").text()).startsWith("ERR MULTI calls can not be nested");
            assertThat(acme.call("MSET", "a", BIG, "b", BIG).text()).isEqualTo("QUEUED");
            assertThat(acme.call("BLPOP", "l", "0").text()).isEqualTo("QUEUED");
            RespValue exec = acme.call("EXEC");
            assertThat(exec.elements()).hasSize(3);
            assertThat(exec.elements().get(2).texts()).containsExactly("l", "v");
            acme.succeed("MULTI");
            assertThat(acme.call("EXEC").elements()).isEmpty();
            assertThat(acme.call("STRLEN", "big").number()).isEqualTo(BIG.length());
        }
    }

    @Test
    void anInlineCommandHasThePrefixToo() throws IOException {
        try (RawRespClient acme = proxy.login("acme");
                RawRespClient admin = backend.admin()) {
            acme.send(RedisBytes.inline("set \"a key\" 'a value'")).read();
            assertThat(admin.call("GET", "acme:a key").text()).isEqualTo("a value");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void whoWaitsForAKeyIsWokenByItsOwnTenantOnly(int version) throws IOException {
        try (RawRespClient waits = login("acme", version);
                RawRespClient acme = login("acme", version);
                RawRespClient globex = login("globex", version)) {
            waits.command("BLPOP", "none", "queue", "0");
            globex.succeed("RPUSH", "queue", "globex's");
            acme.succeed("RPUSH", "queue", "acme's");
            assertThat(waits.read().texts()).containsExactly("queue", "acme's");
            assertThat(globex.call("LLEN", "queue").number()).isOne();
        }
    }

    @Test
    void errorsEchoKeysAsTheClientCallsThem() throws IOException {
        try (RawRespClient acme = proxy.login("acme")) {
            assertThat(acme.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "x", ">").text())
                    .startsWith("NOGROUP No such key 'x' or consumer group 'g'");
            assertThat(acme.call("SORT", "l", "STORE").text())
                    .isEqualTo(
                            "ERR syntax error (sluice: it cannot be told which arguments of SORT are keys)");
            assertThat(acme.call("COPY", "a", "b", "DB", "1").text())
                    .startsWith("NOPERM sluice: COPY with a database number is refused");
        }
    }

    @Test
    void aWatchSeesTheKeyOfItsOwnTenant() throws IOException {
        try (RawRespClient acme = proxy.login("acme");
                RawRespClient acmeToo = proxy.login("acme");
                RawRespClient globex = proxy.login("globex")) {
            acme.succeed("WATCH", "k");
            globex.succeed("SET", "k", "1");
            acme.succeed("MULTI");
            acme.succeed("SET", "k", "2");
            assertThat(acme.call("EXEC").texts()).containsExactly("OK");
            acme.succeed("WATCH", "k");
            acmeToo.succeed("SET", "k", "3");
            acme.succeed("MULTI");
            acme.succeed("SET", "k", "4");
            assertThat(acme.call("EXEC").isNull()).isTrue();
        }
    }

    // ---- what is refused

    @Test
    void whatCannotBeKeptApartIsRefusedAndNeverReachesTheServer() throws IOException {
        try (RawRespClient acme = proxy.login("acme");
                RawRespClient admin = backend.admin()) {
            admin.succeed("SET", "globex:k", "v");
            for (CommandSpec spec : CommandTable.shipped().commands()) {
                if (spec.prefix() == PrefixUse.REFUSED || spec.danger() != Danger.NONE) {
                    refused(acme, spec);
                }
            }
            assertThat(admin.call("GET", "globex:k").text()).isEqualTo("v");
            for (String never : List.of("eval", "evalsha", "randomkey", "swapdb")) {
                assertThat(backend.calls(never)).as(never).isZero();
            }
        }
    }

    private static void refused(RawRespClient client, CommandSpec spec) throws IOException {
        for (int arguments = 0; arguments < 5; arguments++) {
            String[] name = spec.name().toUpperCase(Locale.ROOT).split(" ", -1);
            String[] command = Arrays.copyOf(name, name.length + arguments);
            Arrays.fill(command, name.length, command.length, "1");
            assertThat(client.call(command).text())
                    .as(String.join(" ", command))
                    .matches(
                            "(?s)NOPERM sluice: .*|ERR wrong number of arguments .*|(?i:ERR unknown (sub)?command).*");
        }
    }

    @Test
    void aRefusalNamesTheAlternative() throws IOException {
        try (RawRespClient acme = proxy.login("acme")) {
            assertThat(acme.call("KEYS", "*").text())
                    .isEqualTo(
                            "NOPERM sluice: KEYS is refused: it reaches beyond this tenant's key prefix; use SCAN with MATCH and COUNT instead");
            assertThat(acme.call("FLUSHALL").text())
                    .contains("; use UNLINK of the keys that SCAN finds instead");
            assertThat(acme.call("EVAL", "return 1", "0").text())
                    .contains("; use WATCH, MULTI and EXEC instead");
            assertThat(acme.call("SHUTDOWN").text()).contains("; use the service manager");
            assertThat(acme.call("SELECT", "1").text()).isEqualTo("ERR DB index is out of range");
        }
    }

    // ---- channels

    @ParameterizedTest
    @ValueSource(strings = {"prefix", "databases"})
    void channelsHaveThePrefixHoweverKeysAreKeptApart(String isolation) throws IOException {
        try (TestProxy shared =
                        isolation.equals("prefix")
                                ? TestProxy.start(backend, PrefixTenant.CONFIG)
                                : TestProxy.start(backend);
                RawRespClient acme = shared.login("acme");
                RawRespClient globex = shared.login("globex");
                RawRespClient listener = backend.admin()) {
            listener.succeed("PSUBSCRIBE", "*");
            acme.succeed("PUBLISH", "news", "acme's");
            assertThat(listener.read().texts())
                    .containsExactly("pmessage", "*", "acme:news", "acme's");
            globex.send(
                            RedisBytes.command("MULTI"),
                            RedisBytes.command("PUBLISH", "news", "globex's"),
                            RedisBytes.command("EXEC"))
                    .read(3);
            assertThat(listener.read().texts())
                    .containsExactly("pmessage", "*", "globex:news", "globex's");
            assertThat(acme.call("PUBSUB", "CHANNELS", "*").text())
                    .startsWith("NOPERM sluice: PUBSUB CHANNELS is refused");
        }
    }

    @Test
    void databasesOfTheirOwnKeepKeysAsTheyAre() throws IOException {
        try (TestProxy shared = TestProxy.start(backend);
                RawRespClient acme = shared.login("acme");
                RawRespClient globex = shared.login("globex");
                RawRespClient admin = backend.admin()) {
            globex.succeed("SET", "k", "v");
            admin.succeed("SELECT", "8");
            assertThat(admin.call("KEYS", "*").texts()).containsExactly("k");
            assertThat(acme.call("COPY", "k", "l", "DB", "8").text())
                    .isEqualTo(
                            "NOPERM sluice: COPY with a database number is refused, since tenants share this server by database number");
            assertThat(acme.call("SWAPDB", "0", "8").text()).startsWith("NOPERM sluice: SWAPDB");
            assertThat(acme.call("MOVE", "k", "8").text())
                    .startsWith(
                            "NOPERM sluice: MOVE is refused: it reaches beyond this tenant's databases");
            assertThat(acme.call("CLIENT", "TRACKING", "ON").text()).startsWith("NOPERM sluice: ");
            assertThat(acme.call("SCAN", "0").elements().getLast().elements()).isEmpty();
        }
    }

    // ---- a server that is not to be trusted

    @Test
    void aReplyThatNamesAnothersKeyIsWithheld() throws IOException {
        byte[] leak =
                RedisBytes.array(RedisBytes.bulk("0"), RedisBytes.array("acme:a", "globex:secret"));
        try (FakeRedisServer server =
                        FakeRedisServer.start(connection -> {
                            connection.expect("SCAN", "0", "MATCH", "acme:*");
                            connection.send(leak);
                            connection.awaitClose();
                        });
                TestProxy before =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                PrefixTenant.CONFIG)) {
            RawRespClient acme = before.login("acme");
            acme.command("SCAN", "0");
            assertThat(new String(acme.readRest(), StandardCharsets.UTF_8))
                    .isEqualTo(
                            "-ERR sluice: the server's reply was withheld, since it names what is not this tenant's\r\n");
            acme.close();
        }
    }

    @Test
    void aCommandWhoseKeysTheServerSeesElsewhereIsRefused() throws IOException {
        String commands = new String(FakeRedisServer.commands(false), StandardCharsets.ISO_8859_1);
        // GET's first, last and step of keys.
        String get = "$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n";
        assertThat(commands).contains(get + ":1\r\n:1\r\n:1\r\n");
        byte[] told =
                commands.replace(get + ":1\r\n:1\r\n:1\r\n", get + ":1\r\n:-1\r\n:1\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1);
        try (FakeRedisServer server =
                        FakeRedisServer.start(
                                FakeRedisServer.Manners.NONE,
                                List.of(connection -> tell(connection, told)));
                TestProxy before =
                        TestProxy.start(
                                server.host() + ":" + server.port(),
                                Clock.SYSTEM,
                                PrefixTenant.CONFIG);
                RawRespClient acme = before.login("acme")) {
            assertThat(acme.call("GET", "k").text())
                    .isEqualTo(
                            "NOPERM sluice: GET is refused with isolation = prefix: this server has its keys elsewhere than Sluice knows");
            assertThat(acme.call("SET", "k", "v").text()).isEqualTo("OK");
        }
    }

    /** Says that it has these commands, and ends with a SET. */
    private static void tell(FakeRedisConnection connection, byte[] commands) throws IOException {
        String name = "";
        while (!name.equals("SET")) {
            name = connection.read().getFirst();
            connection.send(
                    switch (name) {
                        case "HELLO" -> RedisBytes.array("server", "redis", "version", "6.2.11");
                        case "COMMAND" -> commands;
                        default -> RedisBytes.simple("OK");
                    });
        }
        connection.awaitClose();
    }
}
