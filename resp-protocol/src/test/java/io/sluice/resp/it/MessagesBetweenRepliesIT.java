package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.fanout.HubSnapshot;
import io.sluice.net.Clock;
import io.sluice.testbed.FakeRedisConnection;
import io.sluice.testbed.FakeRedisServer;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBytes;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** Messages to a client come between its replies and never within one, however that is cut. */
class MessagesBetweenRepliesIT {
    private static final byte[] HALF = "y".repeat(100_000).getBytes(US_ASCII);
    private static final byte[] BEGIN = RedisBytes.all(ascii("$200000\r\n"), HALF);
    private static final byte[] END = RedisBytes.all(HALF, ascii("\r\n"));

    private final BlockingQueue<String> published = new LinkedBlockingQueue<>();
    private final Semaphore parts = new Semaphore(0);

    @FunctionalInterface
    private interface Story {
        void tell(TestProxy proxy, RawRespClient client) throws Exception;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    /** A subscriber of RESP3, of a server that goes on only when it is told to. */
    private void withSubscriber(boolean dies, Story story) throws Exception {
        try (FakeRedisServer server = FakeRedisServer.start(connection -> play(connection, dies));
                TestProxy proxy =
                        TestProxy.start(server.host() + ":" + server.port(), Clock.SYSTEM);
                RawRespClient client = proxy.login("acme")) {
            client.hello3();
            assertThat(client.call("SUBSCRIBE", "news").isPush()).isTrue();
            story.tell(proxy, client);
        }
    }

    private void play(FakeRedisConnection connection, boolean dies)
            throws IOException, InterruptedException {
        try {
            while (true) {
                List<String> command = connection.read();
                if (command.getFirst().equals("subscribe")) {
                    push(connection);
                } else if (command.getLast().equals("big")) {
                    connection.send(BEGIN);
                    parts.acquire();
                    if (dies) {
                        connection.die();
                        return;
                    }
                    connection.send(END);
                } else {
                    connection.send(ascii("$5\r\nsm"));
                    parts.acquire();
                    connection.send(ascii("all\r\n"));
                }
            }
        } catch (EOFException e) {
            connection.awaitClose(); // it is
        }
    }

    private void push(FakeRedisConnection connection) throws IOException, InterruptedException {
        connection.send(push("subscribe", "acme:news"), ascii(":1\r\n"));
        while (true) {
            connection.send(push("message", "acme:news"), RedisBytes.bulk(published.take()));
        }
    }

    /** All of a push of three elements but the last. */
    private static byte[] push(String word, String channel) {
        return RedisBytes.all(ascii(">3\r\n"), RedisBytes.bulk(word), RedisBytes.bulk(channel));
    }

    private void publish(TestProxy proxy, String... messages) {
        long before = delivered(proxy);
        published.addAll(List.of(messages));
        await().until(() -> delivered(proxy) == before + messages.length);
    }

    private static long delivered(TestProxy proxy) {
        return proxy.hubs().stream().mapToLong(HubSnapshot::deliveries).sum();
    }

    private static void assertMessage(RawRespClient client, String message) throws IOException {
        assertThat(client.read().texts()).containsExactly("message", "news", message);
    }

    @Test
    void messagesWaitForTheEndOfAReplyOfWhichAPartIsPassed() throws Exception {
        withSubscriber(
                false,
                (proxy, client) -> {
                    for (int round = 0; round < 3; round++) { // shared at first, then leased
                        client.command("GET", "big");
                        assertThat(client.readBytes(BEGIN.length)).isEqualTo(BEGIN);
                        publish(proxy, "one " + round, "two " + round, "x".repeat(5_000));
                        parts.release();
                        assertThat(client.readBytes(END.length)).isEqualTo(END);
                        assertMessage(client, "one " + round);
                        assertMessage(client, "two " + round);
                        assertMessage(client, "x".repeat(5_000));
                    }
                });
    }

    @Test
    void messagesDoNotWaitForAReplyOfWhichNothingIsPassed() throws Exception {
        withSubscriber(
                false,
                (proxy, client) -> {
                    client.command("GET", "small");
                    await().until(() -> proxy.openSlots() == 1);
                    publish(proxy, "before");
                    assertMessage(client, "before");
                    parts.release();
                    assertThat(client.read().text()).isEqualTo("small");
                });
    }

    @Test
    void messagesThatWaitForAReplyThatNeverEndsGoWithTheClient() throws Exception {
        withSubscriber(
                true,
                (proxy, client) -> {
                    client.command("GET", "big");
                    assertThat(client.readBytes(BEGIN.length)).isEqualTo(BEGIN);
                    publish(proxy, "waits");
                    parts.release();
                    assertThat(client.readRest()).isEmpty();
                });
    }
}
