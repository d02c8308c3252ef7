package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.metrics.Counter;
import io.sluice.testbed.DeafPort;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A backend with several hosts, some of which are down. */
class HostsIT {
    private static final int CONNECTIONS = 4; // every host is the first to be tried, twice

    private final PostgresBackend backend = SharedPostgres.backend();

    @Test
    void servesEveryClientThoughOneHostRefusesConnections() throws IOException {
        try (TestProxy proxy = start(refusing(), backend.host() + ":" + backend.port())) {
            assertThatAllAreServed(proxy);
        }
    }

    @Test
    void servesEveryClientThoughOneHostAnswersNothing() throws IOException {
        try (DeafPort deaf = DeafPort.open();
                TestProxy proxy =
                        start("127.0.0.1:" + deaf.port(), backend.host() + ":" + backend.port())) {
            assertThatAllAreServed(proxy);
        }
    }

    @Test
    void tellsOfEveryHostWhenNoneCanBeConnectedTo() throws IOException {
        String one = refusing();
        String two = refusing();
        try (TestProxy proxy = start(one, two)) {
            assertThatThrownBy(() -> proxy.login("acme"))
                    .hasMessageContaining("08006")
                    .hasMessageContaining(one)
                    .hasMessageContaining(two);
        }
    }

    @Test
    void areAllShownAtTheConsole() throws IOException {
        String port = ":" + backend.port();
        try (TestProxy proxy = start("127.0.0.1" + port, "127.0.0.2" + port);
                RawPgClient client = proxy.login("acme");
                RawPgClient console = proxy.connect()) {
            assertThat(client.queryOne("select 1")).isEqualTo("1");
            console.login("stats", TestProxy.PASSWORD, Map.of("database", "pgbouncer"));
            assertThat(Answers.table(console.query("SHOW POOLS")).getFirst())
                    .containsEntry("database", "acme/app")
                    .containsEntry("load_balance_hosts", "round-robin");
            assertThat(Answers.table(console.query("SHOW DATABASES")).getFirst())
                    .containsEntry("name", "acme/app")
                    .containsEntry("host", "127.0.0.1,127.0.0.2")
                    .containsEntry("port", String.valueOf(backend.port()))
                    .containsEntry("load_balance_hosts", "round-robin");
        }
    }

    private static TestProxy start(String one, String two) {
        return TestProxy.start(
                SharedPostgres.backend(),
                "sluice.backends.main { hosts = [\"%s\", \"%s\"], connect-timeout = 4s }"
                        .formatted(one, two));
    }

    private static void assertThatAllAreServed(TestProxy proxy) throws IOException {
        List<RawPgClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                RawPgClient client = proxy.login("acme");
                clients.add(client);
                client.query("begin");
                assertThat(client.queryOne("select 1")).isEqualTo("1");
            }
            assertThat(proxy.onPools(pool -> pool.stats().get(Counter.CONNECT_FAILURES)))
                    .containsOnly(0L);
        } finally {
            for (RawPgClient client : clients) {
                client.close();
            }
        }
    }

    /** An address that nobody listens on. */
    private static String refusing() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }
}
