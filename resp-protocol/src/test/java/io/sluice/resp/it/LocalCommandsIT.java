package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.command.CommandTable;
import io.sluice.resp.command.Placement;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RedisProgram;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the proxy answers itself, held against what the Redis behind it answers to the same. */
class LocalCommandsIT {
    private static final String EMPTY = "<empty>";

    /** A line is a command; those of one block are sent on one connection. */
    private static final String SAME =
            """
            PING
            PING a
            PING a b
            ECHO a
            ECHO
            ECHO a b
            CLIENT
            CLIENT FOO
            CLIENT FOO bar
            CLIENT ID x
            CLIENT SETNAME
            CLIENT SETNAME a b
            CLIENT SETNAME a\u00e9b
            CLIENT SETNAME <empty>
            CLIENT GETNAME
            CLIENT GETNAME x
            CLIENT SETNAME joe
            CLIENT GETNAME
            CLIENT INFO x
            CLIENT LIST x
            CLIENT LIST TYPE
            CLIENT LIST TYPE foo
            CLIENT LIST TYPE normal x
            CLIENT LIST TYPE pubsub
            CLIENT LIST TYPE master
            CLIENT LIST TYPE replica
            CLIENT LIST TYPE slave
            CLIENT LIST ID
            CLIENT LIST ID 0
            CLIENT LIST ID abc
            CLIENT LIST ID 01
            CLIENT LIST ID 999999999
            CLIENT KILL
            CLIENT KILL 1.2.3.4:5
            CLIENT KILL ID
            CLIENT KILL ID abc
            CLIENT KILL ID -1
            CLIENT KILL ID 999999999
            CLIENT KILL TYPE foo
            CLIENT KILL TYPE master
            CLIENT KILL ADDR 1.2.3.4:5
            CLIENT KILL LADDR 1.2.3.4:5
            CLIENT KILL USER nobody
            CLIENT KILL USER nobody SKIPME maybe
            CLIENT KILL ID 999999999 SKIPME maybe
            CLIENT KILL ID 999999999 SKIPME
            CLIENT KILL ID 999999999 SKIPME no
            CLIENT KILL ID 999999999 FOO bar
            CLIENT REPLY
            CLIENT REPLY x
            CLIENT REPLY ON
            CLIENT REPLY ON OFF
            CLIENT UNBLOCK
            CLIENT UNBLOCK 999999999
            CLIENT UNBLOCK abc
            CLIENT UNBLOCK 999999999 foo
            CLIENT UNBLOCK abc foo
            CLIENT UNBLOCK 999999999 TIMEOUT x
            CLIENT UNBLOCK 999999999 ERROR
            CLIENT GETREDIR
            CLIENT GETREDIR x
            CLIENT TRACKINGINFO
            CLIENT TRACKINGINFO x
            CLIENT CACHING YES
            CLIENT TRACKING OFF
            CLIENT HELP
            CLIENT HELP x
            CLIENT MAINT_NOTIFICATIONS ON
            COMMAND FOO
            COMMAND COUNT x
            COMMAND INFO get nosuch
            COMMAND DOCS get
            COMMAND DOCS nosuch
            COMMAND LIST FILTERBY
            COMMAND LIST x
            COMMAND LIST FILTERBY PATTERN g*t
            COMMAND LIST FILTERBY MODULE nosuch
            COMMAND GETKEYS
            COMMAND GETKEYS get
            COMMAND GETKEYS get a
            COMMAND GETKEYS mset a 1 b 2
            COMMAND GETKEYS nosuch a
            COMMAND GETKEYS ping
            COMMAND GETKEYSANDFLAGS set a 1
            COMMAND HELP
            COMMAND HELP x
            SELECT
            SELECT a
            SELECT -1
            SELECT 01
            SELECT 999999
            SELECT 99999999999999999999
            SELECT 1 2
            SELECT 3
            READONLY
            READONLY x
            READWRITE
            ASKING
            AUTH
            AUTH a b
            AUTH a b c
            HELLO a
            HELLO 1
            HELLO 4
            HELLO +2
            HELLO 02
            HELLO 2 AUTH
            HELLO 2 AUTH app
            HELLO 2 AUTH app x foo
            HELLO 2 SETNAME
            HELLO 2 SETNAME a\u00e9b
            HELLO 2 AUTH nobody x
            HELLO 2 AUTH nobody x SETNAME a\u00e9b
            HELLO 2 SETNAME bob
            HELLO
            HELLO 3
            PING
            CLIENT GETNAME
            CLIENT SETNAME <empty>
            CLIENT GETNAME
            CLIENT LIST TYPE pubsub
            CLIENT TRACKINGINFO
            COMMAND INFO get nosuch
            COMMAND DOCS get
            COMMAND LIST FILTERBY PATTERN g*t
            HELLO 9
            HELLO 2
            RESET x
            """;

    /** Pipelines, whose answers are compared as a whole, up to the end of the connection. */
    private static final List<String> SAME_PIPELINES =
            List.of(
                    "CLIENT REPLY SKIP|SET a 1|GET a|QUIT",
                    "CLIENT REPLY SKIP|PING|PING|QUIT",
                    "CLIENT REPLY SKIP|CLIENT REPLY SKIP|PING|ECHO x|QUIT",
                    "CLIENT REPLY SKIP|CLIENT REPLY ON|PING|QUIT",
                    "CLIENT REPLY SKIP|NOSUCH|GET a|QUIT",
                    "CLIENT REPLY SKIP|MULTI|SET a 5|GET a|EXEC|GET a|QUIT",
                    "CLIENT REPLY SKIP|WATCH a|MULTI|INCR a|EXEC|GET a|QUIT",
                    "WATCH a|CLIENT REPLY SKIP|MULTI|INCR a|EXEC|GET a|QUIT",
                    "CLIENT REPLY SKIP|BLPOP nosuch 0.01|PING|QUIT",
                    "CLIENT REPLY SKIP|CLIENT LIST TYPE master|PING|QUIT",
                    "CLIENT REPLY SKIP|COMMAND INFO get|PING|QUIT",
                    "CLIENT REPLY SKIP|HELLO 3|GET nosuch|QUIT",
                    "CLIENT REPLY OFF|SET a 7|NOSUCH|GET|PING|CLIENT REPLY ON|GET a|QUIT",
                    "CLIENT REPLY OFF|MULTI|INCR a|EXEC|WATCH a|MULTI|INCR a|EXEC|CLIENT REPLY ON|GET a|QUIT",
                    "CLIENT REPLY OFF|CLIENT REPLY SKIP|CLIENT REPLY ON|PING|QUIT",
                    "CLIENT REPLY OFF|BLPOP nosuch 0.01|CLIENT REPLY ON|PING|QUIT",
                    "CLIENT REPLY OFF|SELECT 2|SET b 1|CLIENT REPLY ON|GET b|QUIT",
                    "SET a 1|QUIT|SET a 2|GET a",
                    "EXEC x|GET a|QUIT",
                    "MULTI|SET a 4|EXEC x|EXEC|GET a|QUIT",
                    "MULTI|NOSUCH|EXEC x|MULTI|SET a 5|EXEC|GET a|QUIT",
                    "GET a|QUIT x|GET a",
                    "MULTI|SET a 3|QUIT|GET a",
                    "GET a|PING|SELECT 1|GET a|SET a 9|SELECT 0|GET a|ECHO x|QUIT",
                    "HELLO 3|HSET h f v|HGETALL h|HELLO 2|HGETALL h|QUIT",
                    "GET a|POST /|GET a",
                    "PING|host: x|PING");

    static List<RedisProgram> programs() {
        return RedisProgram.all();
    }

    private static byte[] command(String line) {
        return RedisBytes.command(
                Arrays.stream(line.split(" ", -1))
                        .map(word -> word.equals(EMPTY) ? "" : word)
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("programs")
    void saysWhatRedisSays(RedisProgram program) throws IOException {
        var soft = new SoftAssertions();
        try (RedisBackend backend = RedisBackend.of(program).start();
                TestProxy proxy =
                        TestProxy.start(backend, alone("sluice.limits.failed-logins = 0"));
                RawRespClient direct = backend.connect();
                RawRespClient client = proxy.login("acme")) {
            for (String line : SAME.lines().toList()) {
                direct.send(command(line));
                client.send(command(line));
                soft.assertThat(masked(client.readBytes()))
                        .as("Redis %s: %s", program.version(), line)
                        .isEqualTo(masked(direct.readBytes()));
            }
        }
        soft.assertAll();
    }

    private static String[] alone(String more) {
        return Stream.concat(Arrays.stream(TestProxy.ALONE), Stream.of(more))
                .toArray(String[]::new);
    }

    /** Ids differ, of course. */
    private static String masked(byte[] bytes) {
        return new String(bytes, ISO_8859_1).replaceAll("\r\nid\r\n:\\d+", "\r\nid\r\n:?");
    }

    @ParameterizedTest
    @MethodSource("programs")
    void answersPipelinesAsRedisDoes(RedisProgram program) throws IOException {
        var soft = new SoftAssertions();
        try (RedisBackend backend = RedisBackend.of(program).start();
                TestProxy proxy = TestProxy.start(backend)) {
            for (String line : SAME_PIPELINES) {
                backend.flush();
                String direct = pipeline(backend.connect(), line);
                backend.flush();
                String proxied = pipeline(proxy.login("acme"), line);
                soft.assertThat(proxied)
                        .as("Redis %s: %s", program.version(), line)
                        .isEqualTo(direct);
            }
        }
        soft.assertAll();
    }

    private static String pipeline(RawRespClient client, String line) throws IOException {
        try (client) {
            var commands = new ArrayList<byte[]>();
            for (String command : line.split("\\|", -1)) {
                commands.add(command(command));
            }
            client.send(commands.toArray(byte[][]::new));
            return masked(client.readRest());
        } catch (SocketTimeoutException e) {
            return "no end";
        }
    }

    /** Redis closes behind the answer, and so never where there is none. */
    @ParameterizedTest
    @MethodSource("programs")
    void quittingEndsAlsoWhoWantsNoAnswers(RedisProgram program) throws IOException {
        try (RedisBackend backend = RedisBackend.of(program).start();
                TestProxy proxy = TestProxy.start(backend)) {
            assertThat(pipeline(proxy.login("acme"), "CLIENT REPLY OFF|PING|QUIT")).isEmpty();
            assertThat(pipeline(proxy.login("acme"), "CLIENT REPLY SKIP|QUIT")).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("programs")
    void nothingIsDoneThatComesBehindQuit(RedisProgram program) throws IOException {
        try (RedisBackend backend = RedisBackend.of(program).start();
                TestProxy proxy = TestProxy.start(backend)) {
            pipeline(proxy.login("acme"), "SET a 1|QUIT|SET a 2");
            try (RawRespClient client = proxy.login("acme")) {
                assertThat(client.call("GET", "a").text()).isEqualTo("1");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("programs")
    void everyLocalCommandOfTheTableHasAnAnswer(RedisProgram program) throws IOException {
        try (RedisBackend backend = RedisBackend.of(program).start();
                TestProxy proxy = TestProxy.start(backend)) {
            for (CommandSpec spec : CommandTable.shipped().commands()) {
                if (spec.placement() != Placement.LOCAL) {
                    continue;
                }
                for (int more = 0; more < 4; more++) {
                    String line = spec.name() + " 1".repeat(more) + "|QUIT";
                    String answer = pipeline(proxy.login("acme"), line);
                    if (spec.name().equals("host:") || spec.name().equals("post")) {
                        assertThat(answer).as(line).isEmpty();
                    } else {
                        assertThat(answer).as(line).endsWith("+OK\r\n").doesNotContain("sluice");
                    }
                }
            }
        }
    }
}
