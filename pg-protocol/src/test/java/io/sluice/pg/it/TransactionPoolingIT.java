package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testbed.PostgresBackend;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** More clients than connections, each with its own transactions. */
class TransactionPoolingIT {
    private static PostgresBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        backend = PostgresBackend.start();
        TestProxy.prepare(backend);
        proxy = TestProxy.start(backend);
    }

    @AfterAll
    static void stop() {
        proxy.close();
        backend.close();
    }

    @Test
    void servesMoreClientsThanItHasConnections() throws Exception {
        List<Connection> clients = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            clients.add(proxy.jdbc(i % 2 == 0 ? "acme" : "globex"));
        }

        for (int round = 0; round < 8; round++) {
            for (int i = 0; i < clients.size(); i++) {
                try (var rows =
                        clients.get(i)
                                .createStatement()
                                .executeQuery("SELECT current_database(), " + i)) {
                    rows.next();
                    assertThat(rows.getString(1)).isEqualTo(i % 2 == 0 ? "acme_app" : "globex_app");
                    assertThat(rows.getInt(2)).isEqualTo(i);
                }
            }
        }

        assertThat(proxy.serverConnections()).isLessThanOrEqualTo(10);
        assertThat(proxy.leases()).isZero();
        for (Connection client : clients) {
            client.close();
        }
    }

    @Test
    void keepsOneConnectionForATransaction() throws Exception {
        try (Connection client = proxy.jdbc("acme")) {
            client.setAutoCommit(false);
            String first = pid(client);
            assertThat(proxy.leases()).isEqualTo(1);
            assertThat(pid(client)).isEqualTo(first);
            client.commit();
            assertThat(proxy.leases()).isZero();
        }
    }

    private static String pid(Connection client) throws Exception {
        try (var statement = client.prepareStatement("SELECT pg_backend_pid()");
                var rows = statement.executeQuery()) {
            rows.next();
            return rows.getString(1);
        }
    }
}
