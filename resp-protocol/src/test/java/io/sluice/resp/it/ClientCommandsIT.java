package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.pool.Lane;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients learn of one another, and do to one another: those of one tenant only. */
class ClientCommandsIT {
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

    private static String id(RawRespClient client) throws IOException {
        return Long.toString(client.call("CLIENT", "ID").number());
    }

    private static String address(RawRespClient client) throws IOException {
        String info = client.call("CLIENT", "INFO").text().strip();
        return Objects.requireNonNull(fields(info).get("addr"));
    }

    private static List<Map<String, String>> list(RawRespClient client, String... more)
            throws IOException {
        var command = new String[2 + more.length];
        command[0] = "CLIENT";
        command[1] = "LIST";
        System.arraycopy(more, 0, command, 2, more.length);
        String lines = client.call(command).text().replaceFirst("^txt:", "");
        return lines.lines().map(ClientCommandsIT::fields).toList();
    }

    private static Map<String, String> fields(String line) {
        var fields = new LinkedHashMap<String, String>();
        for (String field : line.split(" ", -1)) {
            int equals = field.indexOf('=');
            fields.put(field.substring(0, equals), field.substring(equals + 1));
        }
        return fields;
    }

    @Test
    void listsTheClientsOfItsTenantOnly() throws IOException {
        try (RawRespClient first = proxy.login("acme");
                RawRespClient second = proxy.login("acme");
                RawRespClient stranger = proxy.login("globex")) {
            first.succeed("CLIENT", "SETNAME", "one");
            first.succeed("CLIENT", "SETINFO", "LIB-NAME", "lib");
            first.succeed("CLIENT", "SETINFO", "lib-ver", "1.2");
            second.hello3();
            second.succeed("SELECT", "3");
            stranger.succeed("CLIENT", "SETNAME", "stranger");
            String firstId = id(first);
            String secondId = id(second);

            List<Map<String, String>> listed = list(second);

            assertThat(listed)
                    .extracting(each -> each.get("id"))
                    .containsExactly(firstId, secondId);
            assertThat(listed.getFirst())
                    .containsEntry("name", "one")
                    .containsEntry("lib-name", "lib")
                    .containsEntry("lib-ver", "1.2")
                    .containsEntry("user", "app")
                    .containsEntry("db", "0")
                    .containsEntry("flags", "N")
                    .containsEntry("multi", "-1")
                    .containsEntry("resp", "2")
                    .containsEntry("laddr", "127.0.0.1:" + proxy.port())
                    .containsEntry("cmd", "client|id");
            assertThat(listed.getLast())
                    .containsEntry("db", "3")
                    .containsEntry("resp", "3")
                    .containsEntry("cmd", "client|list");
            assertThat(list(second, "ID", firstId, id(stranger), "999999"))
                    .extracting(each -> each.get("name"))
                    .containsExactly("one");
            assertThat(list(second, "TYPE", "NORMAL")).hasSize(2);
            assertThat(fields(second.call("CLIENT", "INFO").text().substring(4).strip()))
                    .containsEntry("id", secondId)
                    .containsEntry("cmd", "client|info");
        }
    }

    @Test
    void tellsWhoIsSubscribedToHowMuch() throws IOException {
        try (RawRespClient subscriber = proxy.login("acme");
                RawRespClient client = proxy.login("acme");
                RawRespClient stranger = proxy.login("globex")) {
            String id = id(subscriber);
            subscriber.command("SUBSCRIBE", "a", "b");
            subscriber.read(2);
            subscriber.call("PSUBSCRIBE", "c*");
            stranger.call("SUBSCRIBE", "a");

            List<Map<String, String>> subscribers = list(client, "TYPE", "pubsub");

            assertThat(subscribers).hasSize(1);
            assertThat(subscribers.getFirst())
                    .containsEntry("id", id)
                    .containsEntry("flags", "P")
                    .containsEntry("sub", "2")
                    .containsEntry("psub", "1")
                    .containsEntry("ssub", "0")
                    .containsEntry("cmd", "psubscribe");
            assertThat(list(client, "TYPE", "normal"))
                    .extracting(each -> each.get("id"))
                    .containsExactly(id(client));
            assertThat(client.call("CLIENT", "KILL", "TYPE", "pubsub").number()).isEqualTo(1);
            assertThat(subscriber.atEnd()).isTrue();
            assertThat(stranger.call("PING").texts()).containsExactly("pong", "");
        }
    }

    /** Tools cut the lines by position. */
    @Test
    void writesTheFieldsInRedisOrder() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            List<String> ours = List.copyOf(list(client).getFirst().keySet());
            List<String> theirs =
                    Arrays.stream(
                                    backend.ask("CLIENT", "LIST")
                                            .text()
                                            .lines()
                                            .findFirst()
                                            .orElseThrow()
                                            .split(" ", -1))
                            .map(field -> field.substring(0, field.indexOf('=')))
                            .toList();
            assertThat(ours).containsAll(theirs);
            assertThat(ours.stream().filter(theirs::contains)).containsExactlyElementsOf(theirs);
        }
    }

    @Test
    void tellsWhoIsInATransactionAndWhoIsBlocked() throws IOException {
        try (RawRespClient client = proxy.login("acme");
                RawRespClient blocked = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            String blockedId = id(blocked);
            client.succeed("MULTI");
            client.succeed("SET", "a", "1");
            client.succeed("SET", "b", "1");
            blocked.command("BLPOP", "nothing", "0");
            await().untilAsserted(() ->
                    assertThat(list(other, "ID", blockedId).getFirst())
                            .containsEntry("flags", "b")
                            .containsEntry("cmd", "blpop"));
            assertThat(list(other).getFirst())
                    .containsEntry("flags", "x")
                    .containsEntry("multi", "2");
        }
    }

    @Test
    void killsByIdAddressAndUserWithinItsTenant() throws IOException {
        try (RawRespClient client = proxy.login("acme");
                RawRespClient first = proxy.login("acme");
                RawRespClient second = proxy.login("acme");
                RawRespClient third = proxy.login("acme");
                RawRespClient stranger = proxy.login("globex")) {
            String firstId = id(first);
            String secondAddress = address(second);
            String strangersAddress = address(stranger);

            assertThat(client.call("CLIENT", "KILL", "ID", id(stranger)).number()).isZero();
            assertThat(client.call("CLIENT", "KILL", strangersAddress).text())
                    .isEqualTo("ERR No such client");
            assertThat(client.call("CLIENT", "KILL", "ID", firstId, "USER", "app").number())
                    .isEqualTo(1);
            assertThat(first.atEnd()).isTrue();
            assertThat(client.call("CLIENT", "KILL", secondAddress).text()).isEqualTo("OK");
            assertThat(second.atEnd()).isTrue();
            assertThat(client.call("CLIENT", "KILL", "MAXAGE", "100000").number()).isZero();
            assertThat(client.call("CLIENT", "KILL", "TYPE", "normal").number()).isEqualTo(1);
            assertThat(third.atEnd()).isTrue();
            assertThat(stranger.call("PING").text()).isEqualTo("PONG");
            assertThat(client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no").number())
                    .isEqualTo(1);
            assertThat(client.atEnd()).isTrue();
        }
    }

    @Test
    void answersTheOneThatKillsItselfFirst() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            String address = address(client);
            client.send(RedisBytes.command("CLIENT", "KILL", address), RedisBytes.command("PING"));
            assertThat(new String(client.readRest(), UTF_8)).isEqualTo("+OK\r\n");
        }
    }

    @Test
    void unblocksAClientOfItsTenantThatWaitsOnTheServer() throws IOException {
        try (RawRespClient client = proxy.login("acme");
                RawRespClient blocked = proxy.login("acme");
                RawRespClient stranger = proxy.login("globex")) {
            String id = id(blocked);
            assertThat(client.call("CLIENT", "UNBLOCK", id).number()).isZero();

            awaitBlocked(blocked, client, id);
            assertThat(stranger.call("CLIENT", "UNBLOCK", id).number()).isZero();
            assertThat(client.call("CLIENT", "UNBLOCK", id).number()).isEqualTo(1);
            assertThat(blocked.read().isNull()).isTrue();

            awaitBlocked(blocked, client, id);
            client.send(
                    RedisBytes.command("SET", "a", "1"),
                    RedisBytes.command("CLIENT", "UNBLOCK", id, "ERROR"),
                    RedisBytes.command("GET", "a"));
            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.read().number()).isEqualTo(1);
            assertThat(client.read().text()).isEqualTo("1");
            assertThat(blocked.read().text())
                    .isEqualTo("UNBLOCKED client unblocked via CLIENT UNBLOCK");
            assertThat(blocked.call("PING").text()).isEqualTo("PONG");
            assertThat(blocked.call("GET", "a").text()).isEqualTo("1");
            assertThat(
                            proxy
                                    .onPools(pool ->
                                            pool.key().lane() == Lane.CONTROL
                                                    ? pool.connections().size()
                                                    : 0)
                                    .stream()
                                    .mapToInt(Integer::intValue)
                                    .sum())
                    .isEqualTo(1);
        }
    }

    private static void awaitBlocked(RawRespClient blocked, RawRespClient other, String id)
            throws IOException {
        blocked.command("BLPOP", "nothing", "0");
        await().until(() -> "b".equals(list(other, "ID", id).getFirst().get("flags")));
        await().until(() -> backend.ask("INFO", "clients").text().contains("blocked_clients:1"));
    }

    @Test
    void unblocksOneThatWatchesKeysToo() throws IOException {
        try (RawRespClient client = proxy.login("acme");
                RawRespClient blocked = proxy.login("acme")) {
            String id = id(blocked);
            blocked.succeed("WATCH", "k");
            awaitBlocked(blocked, client, id);
            assertThat(client.call("CLIENT", "UNBLOCK", id, "TIMEOUT").number()).isEqualTo(1);
            assertThat(blocked.read().isNull()).isTrue();
            blocked.succeed("MULTI");
            assertThat(blocked.call("EXEC").elements()).isEmpty();
        }
    }

    @Test
    void checksWhatALibrarySaysOfItself() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            assertThat(client.call("CLIENT", "SETINFO", "lib-x", "a").text())
                    .isEqualTo("ERR Unrecognized option 'lib-x'");
            assertThat(client.call("CLIENT", "SETINFO", "Lib-Name", "a b").text())
                    .isEqualTo(
                            "ERR Lib-Name cannot contain spaces, newlines or special characters.");
            assertThat(client.call("CLIENT", "NO-TOUCH", "maybe").text())
                    .isEqualTo("ERR syntax error");
            client.succeed("CLIENT", "NO-TOUCH", "ON");
            assertThat(list(client).getFirst()).containsEntry("flags", "T");
            assertThat(client.call("CLIENT", "PAUSE", "10").text()).startsWith("NOPERM ");
            assertThat(client.call("CLIENT", "NO-EVICT", "ON").text()).startsWith("NOPERM ");
        }
    }
}
