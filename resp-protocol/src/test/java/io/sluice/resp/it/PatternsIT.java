package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import io.sluice.testbed.RespValue;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns that could keep a server busy for long do not reach it. */
class PatternsIT {
    private static final String LONGEST = "a".repeat(1024);
    private static final String TOO_LONG = LONGEST + "*";

    private static RedisBackend backend;
    private TestProxy proxy;
    private RawRespClient client;

    @BeforeAll
    static void startBackend() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stopBackend() {
        backend.close();
    }

    @BeforeEach
    void start() throws IOException {
        backend.flush();
        proxy =
                TestProxy.start(
                        backend,
                        "sluice.tenants.acme.redis.commands.allow = [keys]",
                        "sluice.tenants.globex.redis { isolation = prefix, database-count = 1 }");
        client = proxy.login("acme");
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        proxy.close();
    }

    private static String refused(String command, int bytes) {
        return "ERR sluice: a pattern of %s has %d bytes, 1024 may be (requests.max-pattern)"
                .formatted(command, bytes);
    }

    @Test
    void areAsLongAsTheyMayBe() throws IOException {
        client.succeed("SET", LONGEST, "v");

        assertThat(client.call("KEYS", LONGEST).texts()).containsExactly(LONGEST);
        assertThat(client.call("KEYS", TOO_LONG).text()).isEqualTo(refused("KEYS", 1025));
        assertThat(client.call("SCAN", "0", "COUNT", "100", "MATCH", LONGEST).isError()).isFalse();
        assertThat(client.call("SCAN", "0", "COUNT", "100", "MATCH", TOO_LONG).text())
                .isEqualTo(refused("SCAN", 1025));
        assertThat(backend.calls("keys")).isEqualTo(1);
        assertThat(backend.calls("scan")).isEqualTo(1);
    }

    @Test
    void areMeasuredWithoutThePrefixOfATenant() throws IOException {
        try (RawRespClient prefixed = proxy.login("globex")) {
            prefixed.succeed("SET", LONGEST, "v");
            assertThat(
                            prefixed.call("SCAN", "0", "COUNT", "100", "MATCH", LONGEST)
                                    .elements()
                                    .getLast()
                                    .texts())
                    .containsExactly(LONGEST);
            assertThat(prefixed.call("SCAN", "0", "MATCH", TOO_LONG).text())
                    .isEqualTo(refused("SCAN", 1025));
        }
    }

    /** A key may be as long as any. */
    @ParameterizedTest
    @ValueSource(ints = {2_000, 100_000})
    void areNotTakenForTheKeyWhoseElementsAreScanned(int bytes) throws IOException {
        String key = "k".repeat(bytes);
        client.succeed("HSET", key, "field", "v");
        client.succeed("SADD", key + "s", "element");
        client.succeed("ZADD", key + "z", "1", "element");

        assertThat(client.call("HSCAN", key, "0", "MATCH", "f*").elements().getLast().texts())
                .containsExactly("field", "v");
        assertThat(client.call("SSCAN", key + "s", "0").elements().getLast().texts())
                .containsExactly("element");
        assertThat(client.call("HSCAN", key, "0", "MATCH", TOO_LONG).text())
                .isEqualTo(refused("HSCAN", 1025));
        assertThat(client.call("SSCAN", key + "s", "0", "MATCH", TOO_LONG).text())
                .isEqualTo(refused("SSCAN", 1025));
        assertThat(client.call("ZSCAN", key + "z", "0", "MATCH", TOO_LONG).text())
                .isEqualTo(refused("ZSCAN", 1025));
    }

    /** So long that other commands would be passed on before they are whole. */
    @ParameterizedTest
    @ValueSource(ints = {70_000, 3_000_000})
    void ofAnyLengthAreRefusedInTheirTurn(int bytes) throws IOException {
        String pattern = "*a".repeat(bytes / 2);
        client.send(
                RedisBytes.command("SET", "k", "v"),
                RedisBytes.command("SCAN", "0", "MATCH", pattern),
                RedisBytes.command("KEYS", pattern),
                RedisBytes.command("GET", "k"));
        List<RespValue> replies = client.read(4);
        assertThat(replies.get(0).text()).isEqualTo("OK");
        assertThat(replies.get(1).text()).isEqualTo(refused("SCAN", bytes));
        assertThat(replies.get(2).text()).isEqualTo(refused("KEYS", bytes));
        assertThat(replies.get(3).text()).isEqualTo("v");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thatAreTooLongAbortATransaction(boolean whole) throws IOException {
        byte[][] commands = {
            RedisBytes.command("MULTI"),
            RedisBytes.command("SET", "k", "v"),
            RedisBytes.command("SCAN", "0", "MATCH", TOO_LONG),
            RedisBytes.command("EXEC")
        };
        if (whole) {
            client.send(commands);
        }
        for (int i = 0; i < commands.length; i++) {
            if (!whole) {
                client.send(commands[i]);
            }
            assertThat(client.read().text())
                    .startsWith(List.of("OK", "QUEUED", refused("SCAN", 1025), "EXECABORT").get(i));
        }
        assertThat(client.call("EXISTS", "k").number()).isZero();
    }

    @Test
    void mayBeLongerWhereTheConfigurationSaysSo() throws IOException {
        try (TestProxy patient =
                        TestProxy.start(
                                backend,
                                "sluice.tenants.acme.redis.requests.max-pattern = 128KiB");
                RawRespClient other = patient.login("acme")) {
            String pattern = "a".repeat(128 << 10);
            assertThat(other.call("SCAN", "0", "MATCH", pattern).isError()).isFalse();
            assertThat(other.call("SCAN", "0", "MATCH", pattern + "a").isError()).isTrue();
        }
    }
}
