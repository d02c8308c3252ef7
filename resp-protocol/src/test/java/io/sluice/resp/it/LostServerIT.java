package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.net.Clock;
import io.sluice.testbed.FakeRedisServer;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBytes;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A server that dies, breaks its word, or says what nobody asked, and what each client hears. */
class LostServerIT {
    private static final String LOST =
            "ERR sluice: the server connection was lost, outcome unknown";

    @FunctionalInterface
    private interface Story {
        void tell(TestProxy proxy) throws Exception;
    }

    private static void with(Story story, FakeRedisServer.Script... scripts) throws Exception {
        try (FakeRedisServer server = FakeRedisServer.start(Arrays.asList(scripts));
                TestProxy proxy =
                        TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM)) {
            story.tell(proxy);
            proxy.awaitQuiet();
        }
    }

    private static void awaitOpen(TestProxy proxy, int slots) {
        await().until(() -> proxy.openSlots() == slots);
    }

    @Test
    void everyClientHearsThatItsOutcomeIsUnknownAndGoesOn() throws Exception {
        with(
                proxy -> {
                    try (RawRespClient one = proxy.login("acme");
                            RawRespClient two = proxy.login("acme")) {
                        one.command("GET", "a");
                        awaitOpen(proxy, 1);
                        two.send(RedisBytes.command("GET", "b"), RedisBytes.command("GET", "c"));
                        assertThat(one.read().text()).startsWith(LOST);
                        assertThat(two.read().text()).startsWith(LOST);
                        assertThat(two.read().text()).startsWith(LOST);
                        assertThat(two.call("GET", "d").text()).isEqualTo("d");
                        assertThat(one.call("GET", "e").text()).isEqualTo("e");
                    }
                },
                server -> {
                    server.expect("GET", "a");
                    server.expect("GET", "b");
                    server.expect("GET", "c");
                    server.die();
                },
                server -> {
                    server.expect("GET", "d");
                    server.send(RedisBytes.bulk("d"));
                    server.expect("GET", "e");
                    server.send(RedisBytes.bulk("e"));
                    server.awaitClose();
                });
    }

    @Test
    void goesOnWithWhatWaitedForTheAnswersThatWereLost() throws Exception {
        with(
                proxy -> {
                    try (RawRespClient client = proxy.login("acme")) {
                        client.send(
                                RedisBytes.command("GET", "a"),
                                RedisBytes.command("GET", "b"),
                                RedisBytes.command("WATCH", "k"));
                        assertThat(client.read().text()).startsWith(LOST);
                        assertThat(client.read().text()).startsWith(LOST);
                        assertThat(client.read().text()).isEqualTo("OK");
                    }
                },
                server -> {
                    server.expect("GET", "a");
                    server.expect("GET", "b");
                    server.die();
                },
                server -> {
                    server.expect("WATCH", "k");
                    server.send(RedisBytes.simple("OK"));
                    server.serveUntilClosed(); // asked to forget that, it says no, and is closed
                });
    }

    @Test
    void closesWhoHasPartOfALostReplyAndTellsTheOthers() throws Exception {
        byte[] reply = RedisBytes.bulk("x".repeat(200_000));
        with(
                proxy -> {
                    try (RawRespClient one = proxy.login("acme");
                            RawRespClient two = proxy.login("acme")) {
                        one.send(RedisBytes.command("GET", "big"), RedisBytes.command("GET", "a"));
                        awaitOpen(proxy, 2);
                        two.command("GET", "b");
                        assertThat(one.readRest()).isEqualTo(Arrays.copyOf(reply, 150_000));
                        assertThat(two.read().text()).startsWith(LOST);
                        assertThat(two.call("GET", "c").text()).isEqualTo("c");
                    }
                },
                server -> {
                    server.expect("GET", "big");
                    server.expect("GET", "a");
                    server.expect("GET", "b");
                    server.send(Arrays.copyOf(reply, 150_000));
                },
                server -> {
                    server.expect("GET", "c");
                    server.send(RedisBytes.bulk("c"));
                    server.awaitClose();
                });
    }

    @Test
    void givesNothingOfAShortReplyThatIsNotWhole() throws Exception {
        with(
                proxy -> {
                    try (RawRespClient client = proxy.login("acme")) {
                        client.command("GET", "a");
                        assertThat(client.read().text()).startsWith(LOST);
                    }
                },
                server -> {
                    server.expect("GET", "a");
                    server.send(RedisBytes.bytes("$50000\r\nhal"));
                },
                server -> server.serveUntilClosed());
    }

    @Test
    void closesAServerConnectionThatAnswersWhatNobodyAsked() throws Exception {
        with(
                proxy -> {
                    try (RawRespClient one = proxy.login("acme");
                            RawRespClient two = proxy.login("acme")) {
                        assertThat(one.call("GET", "a").text()).isEqualTo("a");
                        await().until(() -> proxy.serverConnections() == 0);
                        assertThat(two.call("GET", "b").text()).isEqualTo("b");
                    }
                },
                server -> {
                    server.expect("GET", "a");
                    server.send(RedisBytes.bulk("a"), RedisBytes.bulk("somebody else's"));
                    server.awaitClose();
                },
                server -> {
                    server.expect("GET", "b");
                    server.send(RedisBytes.bulk("b"));
                    server.awaitClose();
                });
    }

    @Test
    void closesAServerConnectionThatBreaksTheProtocol() throws Exception {
        with(
                proxy -> {
                    try (RawRespClient one = proxy.login("acme");
                            RawRespClient two = proxy.login("acme")) {
                        one.command("GET", "a");
                        awaitOpen(proxy, 1);
                        two.command("GET", "b");
                        assertThat(one.read().text()).isEqualTo("a");
                        assertThat(two.read().text()).startsWith(LOST).contains("protocol");
                    }
                },
                server -> {
                    server.expect("GET", "a");
                    server.expect("GET", "b");
                    server.send(RedisBytes.bulk("a"), RedisBytes.bytes("$12x\r\n"));
                    server.awaitClose();
                },
                server -> server.serveUntilClosed());
    }

    @Test
    void aPushOnASharedConnectionAnswersNobody() throws Exception {
        with(
                proxy -> {
                    try (RawRespClient client = proxy.login("acme")) {
                        client.hello3();
                        assertThat(client.call("GET", "a").text()).isEqualTo("a");
                        assertThat(client.call("GET", "b").text()).isEqualTo("b");
                    }
                },
                server -> {
                    byte[] push = RedisBytes.push(RedisBytes.bulk("x".repeat(100_000)));
                    server.expect("GET", "a");
                    server.sendInFragments(
                            7_000,
                            push,
                            RedisBytes.bulk("a"),
                            RedisBytes.push(RedisBytes.bulk("y")));
                    server.expect("GET", "b");
                    server.send(RedisBytes.bulk("b"));
                    server.awaitClose();
                });
    }

    @Test
    void findsEachClientsReplyHoweverTheyAreCut() throws Exception {
        with(
                proxy -> {
                    try (RawRespClient one = proxy.login("acme");
                            RawRespClient two = proxy.login("acme")) {
                        one.command("GET", "a");
                        awaitOpen(proxy, 1);
                        two.command("GET", "b");
                        awaitOpen(proxy, 2);
                        one.command("GET", "c");
                        assertThat(one.read().text()).isEqualTo("one's a");
                        assertThat(two.read().texts()).containsExactly("two's", "b");
                        assertThat(one.read().isNull()).isTrue();
                    }
                },
                server -> {
                    server.expect("GET", "a");
                    server.expect("GET", "b");
                    server.expect("GET", "c");
                    server.sendInFragments(
                            1,
                            RedisBytes.bulk("one's a"),
                            RedisBytes.array("two's", "b"),
                            RedisBytes.nullBulk());
                    server.awaitClose();
                });
    }

    @Test
    void aReplyForAClientThatHasGoneIsNobodysElse() throws Exception {
        with(
                proxy -> {
                    try (RawRespClient gone = proxy.login("acme");
                            RawRespClient stays = proxy.login("acme")) {
                        gone.command("GET", "gone");
                        awaitOpen(proxy, 1);
                        stays.command("GET", "stays");
                        awaitOpen(proxy, 2);
                        gone.abort();
                        await().until(() -> proxy.onSessions(s -> s.id()).size() == 1);
                        stays.command("GET", "now");
                        assertThat(stays.read().text()).isEqualTo("stays");
                        assertThat(stays.read().text()).isEqualTo("now");
                    }
                },
                server -> {
                    server.expect("GET", "gone");
                    server.expect("GET", "stays");
                    server.expect("GET", "now");
                    server.send(
                            RedisBytes.bulk("g".repeat(300_000)),
                            RedisBytes.bulk("stays"),
                            RedisBytes.bulk("now"));
                    server.awaitClose();
                });
    }

    @Test
    void refusesCommandByCommandWhileNoServerIsToBeHad() throws Exception {
        try (FakeRedisServer server = FakeRedisServer.start(s -> s.serveUntilClosed());
                TestProxy proxy =
                        TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM);
                RawRespClient client = proxy.login("acme")) {
            server.refuseConnections();
            for (int i = 0; i < 5; i++) {
                assertThat(client.call("GET", "k").text()).startsWith("TRYAGAIN");
                assertThat(client.call("WATCH", "k").text()).startsWith("TRYAGAIN");
                client.send(RedisBytes.command("MULTI"));
                assertThat(client.read().text()).isEqualTo("OK");
                assertThat(client.call("SET", "k", "v").text()).startsWith("TRYAGAIN");
                assertThat(client.call("EXEC").text()).startsWith("EXECABORT");
            }
        }
    }

    @Test
    void failsATransactionWhoseWatchesWereLostWithTheirServer() throws Exception {
        with(
                proxy -> {
                    try (RawRespClient client = proxy.login("acme")) {
                        client.succeed("WATCH", "k");
                        await().until(() -> proxy.leases() == 0);
                        client.send(
                                RedisBytes.command("MULTI"),
                                RedisBytes.command("SET", "k", "v"),
                                RedisBytes.command("EXEC"));
                        assertThat(client.read().text()).isEqualTo("OK");
                        assertThat(client.read().text()).isEqualTo("QUEUED");
                        assertThat(client.read().isNull()).isTrue();
                        assertThat(client.call("GET", "k").text()).isEqualTo("old");
                    }
                },
                server -> {
                    server.expect("WATCH", "k");
                    server.send(RedisBytes.simple("OK"));
                },
                server -> {
                    server.expect("MULTI");
                    server.send(RedisBytes.simple("OK"));
                    server.expect("SET", "k", "v");
                    server.send(RedisBytes.simple("QUEUED"));
                    server.expect("DISCARD");
                    server.send(RedisBytes.simple("OK"));
                    server.awaitClose();
                },
                server -> {
                    server.expect("GET", "k");
                    server.send(RedisBytes.bulk("old"));
                    server.awaitClose();
                });
    }
}
