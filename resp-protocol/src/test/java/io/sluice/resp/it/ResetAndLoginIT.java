package io.sluice.resp.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.pool.Lane;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import io.sluice.testbed.RedisBytes;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who a client is may change under way: AUTH, HELLO and RESET in a session. */
class ResetAndLoginIT {
    private static final String NOAUTH = "NOAUTH Authentication required.";
    private static final String WRONGPASS =
            "WRONGPASS invalid username-password pair or user is disabled.";

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
        proxy =
                TestProxy.start(
                        backend,
                        "sluice.limits.failed-logins = 5",
                        "sluice.tenants.acme.redis.users.second { verify = [\"other\"], server.user = default }");
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private int leased() {
        return proxy
                .onPools(pool ->
                        pool.key().lane() == Lane.LEASE
                                ? (int)
                                        pool.connections().stream()
                                                .filter(each -> each.lease().holder() != null)
                                                .count()
                                : 0)
                .stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    @Test
    void resetForgetsAllThatTheClientHasSaid() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.hello3();
            client.succeed("CLIENT", "SETNAME", "me");
            client.succeed("CLIENT", "SETINFO", "lib-name", "lib");
            client.succeed("SELECT", "3");
            client.succeed("SET", "k", "3");
            client.succeed("WATCH", "k");
            client.succeed("MULTI");
            client.succeed("SET", "k", "4");
            client.send(RedisBytes.command("CLIENT", "REPLY", "OFF"));
            assertThat(client.call("RESET").text()).startsWith("ERR sluice: CLIENT REPLY");
            assertThat(client.read().text()).isEqualTo("RESET");

            assertThat(client.call("GET", "k").text()).isEqualTo(NOAUTH);
            assertThat(client.call("NOSUCH").text()).isEqualTo(NOAUTH);
            assertThat(client.call("HELLO", "3").text()).startsWith("NOAUTH HELLO must be called");
            assertThat(client.call("RESET").text()).isEqualTo("RESET");
            await().until(() -> leased() == 0);

            client.auth("app.acme", TestProxy.PASSWORD);
            assertThat(client.callBytes("CLIENT", "GETNAME")).asString(UTF_8).isEqualTo("$-1\r\n");
            assertThat(client.call("CLIENT", "INFO").text())
                    .contains(" db=0 ")
                    .contains(" resp=2 ")
                    .contains(" lib-name=lib ");
            client.succeed("SELECT", "3");
            assertThat(client.call("GET", "k").text()).isEqualTo("3");
        }
    }

    @Test
    void resetAnswersAlsoWhenRepliesAreOff() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.send(
                    RedisBytes.command("CLIENT", "REPLY", "OFF"),
                    RedisBytes.command("GET", "k"),
                    RedisBytes.command("RESET"));
            assertThat(client.read().text()).isEqualTo("RESET");
        }
    }

    @Test
    void closesAClientThatGoesOnAndOnWithoutALogin() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.succeed("RESET");
            for (int i = 0; i < 16; i++) {
                assertThat(client.call("GET", "k").text()).isEqualTo(NOAUTH);
            }
            assertThat(client.atEnd()).isTrue();
        }
    }

    @Test
    void aClientThatIsTrustedNeedsNoLoginAfterReset() throws IOException {
        try (TestProxy trusting =
                        TestProxy.start(
                                backend,
                                "sluice.listen.redis = [{ address = \"127.0.0.1:0\", tenant = acme }]",
                                "sluice.tenants.acme.redis.users.app.verify = trust");
                RawRespClient client = trusting.connect()) {
            client.succeed("SELECT", "2");
            client.succeed("SET", "k", "2");
            client.succeed("RESET");
            assertThat(client.call("GET", "k").isNull()).isTrue();
        }
    }

    @Test
    void staysWhoItIsWhenAProofIsWrong() throws IOException {
        try (RawRespClient client = proxy.login("acme")) {
            client.succeed("SELECT", "2");
            client.succeed("SET", "k", "v");
            assertThat(client.call("AUTH", "second.acme", "wrong").text()).isEqualTo(WRONGPASS);
            assertThat(client.call("HELLO", "3", "AUTH", "second.acme", "wrong").text())
                    .isEqualTo(WRONGPASS);
            assertThat(client.call("CLIENT", "INFO").text()).contains(" user=app ", " resp=2 ");
            assertThat(client.call("GET", "k").text()).isEqualTo("v");
            assertThat(client.call("AUTH", "second.acme", "other").text()).isEqualTo("OK");
            assertThat(client.call("CLIENT", "INFO").text()).contains(" user=second ", " db=2 ");
            assertThat(client.call("GET", "k").text()).isEqualTo("v");
            assertThat(client.call("AUTH", "app.globex", TestProxy.PASSWORD).text())
                    .startsWith("ERR sluice: a connection stays with the tenant");
        }
    }

    @Test
    void refusesToLookAtMoreProofsWhenTooManyWereWrong() throws IOException {
        try (RawRespClient client = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.call("AUTH", "app.acme", "wrong").text()).isEqualTo(WRONGPASS);
            }
            assertThat(client.call("AUTH", "app.acme", TestProxy.PASSWORD).text())
                    .startsWith("WRONGPASS sluice: too many failed logins");
            assertThat(client.atEnd()).isTrue();
            assertThat(other.call("PING").text()).isEqualTo("PONG");
            assertThat(proxy.sluice().failedLogins().total()).isEqualTo(5);
        }
    }

    @Test
    void doesNotLeaveAConnectionOnWhichKeysAreWatched() throws IOException {
        try (RawRespClient client = proxy.login("acme");
                RawRespClient other = proxy.login("acme")) {
            client.succeed("WATCH", "k");
            assertThat(client.call("SELECT", "3").text())
                    .startsWith("ERR sluice: SELECT is not possible while keys are watched");
            assertThat(client.call("HELLO", "3").text())
                    .startsWith("ERR sluice: HELLO is not possible while keys are watched");
            assertThat(client.call("AUTH", "second.acme", "other").text())
                    .startsWith("ERR sluice: AUTH is not possible while keys are watched");
            assertThat(client.call("SELECT", "0").text()).isEqualTo("OK");
            assertThat(client.call("AUTH", "app.acme", TestProxy.PASSWORD).text()).isEqualTo("OK");
            assertThat(client.call("HELLO").get("proto").number()).isEqualTo(2);
            other.succeed("SET", "k", "changed");
            client.succeed("MULTI");
            client.succeed("SET", "k", "mine");
            assertThat(client.call("EXEC").isNull()).isTrue();
            assertThat(client.call("SELECT", "3").text()).isEqualTo("OK");
        }
    }

    @Test
    void holdsBackWhatIsPipelinedBehindALogin() throws IOException {
        try (RawRespClient client = proxy.connect()) {
            client.send(
                    RedisBytes.command("HELLO", "3", "AUTH", "app.acme", "secret", "SETNAME", "n"),
                    RedisBytes.command("CLIENT", "GETNAME"),
                    RedisBytes.command("AUTH", "second.acme", "other"),
                    RedisBytes.command("SET", "k", "1"),
                    RedisBytes.command("GET", "nosuch"));
            assertThat(client.read().get("proto").number()).isEqualTo(3);
            assertThat(client.read().text()).isEqualTo("n");
            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.read().text()).isEqualTo("OK");
            assertThat(client.readBytes()).asString(UTF_8).isEqualTo("_\r\n");
        }
    }
}
