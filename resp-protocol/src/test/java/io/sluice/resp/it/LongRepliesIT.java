package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FakeRedisConnection;
import io.sluice.testbed.FakeRedisServer;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.Sweeps;
import io.sluice.testbed.VirtualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** A reply that comes on a connection of the client's own, and takes long by whose fault it may. */
class LongRepliesIT {
    /** More than the kernel keeps of what nobody reads. */
    private static final int HALF = 20_000_000;

    private static final int BEGIN = "$40000000\r\n".length() + HALF;
    private static final int END = HALF + "\r\n".length();

    private final VirtualClock clock = new VirtualClock();
    private final Semaphore secondHalf = new Semaphore(0);

    @FunctionalInterface
    private interface Story {
        void tell(TestProxy proxy, RawRespClient client) throws Exception;
    }

    /** A client that has a connection of its own, and has asked for something long. */
    private void withClient(Story story) throws Exception {
        try (FakeRedisServer server = FakeRedisServer.start(this::play);
                TestProxy proxy = TestProxy.start(server.host() + ":" + server.port(), clock);
                RawRespClient client = proxy.login("acme")) {
            client.succeed("WATCH", "k");
            client.command("GET", "long");
            story.tell(proxy, client);
        }
    }

    private void play(FakeRedisConnection connection) throws IOException, InterruptedException {
        connection.expect("WATCH", "k");
        connection.send("+OK\r\n".getBytes(US_ASCII));
        connection.expect("GET", "long");
        connection.send("$40000000\r\n".getBytes(US_ASCII), new byte[HALF]);
        secondHalf.acquire();
        connection.send(new byte[HALF], "\r\n".getBytes(US_ASCII));
        connection.expect("GET", "short");
        connection.send(RedisBytes.bulk("v"));
        connection.awaitClose();
    }

    private void pass(TestProxy proxy, Duration time) {
        clock.advance(time);
        Sweeps.await(proxy.sluice());
    }

    private static boolean isWritable(TestProxy proxy) {
        return proxy.onSessions(session -> session.channel().isWritable()).getFirst();
    }

    @Test
    void theTimeThatAClientTakesToReadDoesNotCountAsItsServers() throws Exception {
        withClient((proxy, client) -> {
            for (int i = 0; i < 3; i++) {
                await().until(() -> !isWritable(proxy));
                pass(proxy, Duration.ofSeconds(2));
            }
            client.readBytes(BEGIN);
            await().until(() -> isWritable(proxy));
            pass(proxy, Duration.ofMillis(900));
            secondHalf.release();
            client.readBytes(END);
            assertThat(client.call("GET", "short").text()).isEqualTo("v");
        });
    }

    @Test
    void aServerThatStopsInItsMidstIsGivenUpAndSoIsTheClient() throws Exception {
        withClient((proxy, client) -> {
            client.readBytes(BEGIN);
            await().until(() -> isWritable(proxy));
            pass(proxy, Duration.ofMillis(1100));
            assertThat(client.readRest()).isEmpty();
            proxy.awaitQuiet();
        });
    }
}
