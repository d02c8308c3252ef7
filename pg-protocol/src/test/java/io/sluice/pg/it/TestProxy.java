package io.sluice.pg.it;

import io.sluice.net.Clock;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import io.sluice.testbed.SluiceUnderTest;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A Sluice in this JVM, in front of a PostgreSQL, configured as an operator would: by a file. Two
 * tenants, acme and globex, each with database {@code app} and user {@code app}, password {@code
 * secret}; their databases on the server are {@code acme_app} and {@code globex_app}, their users
 * {@code acme} and {@code globex}.
 */
final class TestProxy extends SluiceUnderTest {
    static final String PASSWORD = "secret";

    private TestProxy(String config, Clock clock) {
        super(config, clock);
    }

    /** Creates what the tenants have on a server; once for each server. */
    static void prepare(PostgresBackend backend) {
        for (String tenant : List.of("acme", "globex")) {
            backend.createRole(tenant, PASSWORD);
            backend.createDatabase(tenant + "_app", tenant);
        }
    }

    static TestProxy start(PostgresBackend backend, String... more) {
        return start(backend.host() + ":" + backend.port(), Clock.SYSTEM, more);
    }

    /**
     * Starts one.
     *
     * @param server address of the backend
     * @param more lines of the configuration that come after the rest, and so win
     */
    static TestProxy start(String server, Clock clock, String... more) {
        return new TestProxy(config(server) + String.join("\n", more) + "\n", clock);
    }

    /** The configuration of a Sluice in front of {@code server}, ports left to the kernel. */
    static String config(String server) {
        return """
        sluice.listen { postgres = ["127.0.0.1:0"], http = "127.0.0.1:0" }
        sluice.limits.max-clients = 2000
        sluice.backends.main { protocol = postgres, hosts = ["%1$s"], max-connections = 50 }
        sluice.pool { min = 0, max = 5, reserve = 0 }
        sluice.console.users {
          admin { role = admin, verify = "%2$s" }
          stats { role = stats, verify = "%2$s" }
        }
        sluice.tenants.acme.postgres {
          backend = main
          databases.app { dbname = acme_app }
          users.app { verify = ["%2$s"], server { user = acme, secret = "%2$s" } }
        }
        sluice.tenants.globex.postgres {
          backend = main
          databases.app { dbname = globex_app }
          users.app { verify = ["%2$s"], server { user = globex, secret = "%2$s" } }
        }
        """
                .formatted(server, PASSWORD);
    }

    int port() {
        return port("postgres");
    }

    RawPgClient connect() throws IOException {
        return RawPgClient.connect("127.0.0.1", port());
    }

    /** A raw client of a tenant, logged in. */
    RawPgClient login(String tenant) throws IOException {
        return login(tenant, Map.of());
    }

    RawPgClient login(String tenant, Map<String, String> parameters) throws IOException {
        RawPgClient client = connect();
        var all = new java.util.LinkedHashMap<>(parameters);
        all.putIfAbsent("database", "app");
        client.login("app." + tenant, PASSWORD, all);
        return client;
    }

    String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:%d/app".formatted(port());
    }

    /** A pgJDBC connection of a tenant, with the driver's default settings. */
    Connection jdbc(String tenant) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "app." + tenant);
        properties.setProperty("password", PASSWORD);
        return DriverManager.getConnection(jdbcUrl(), properties);
    }

    /** A pgJDBC connection to the console. */
    Connection console() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/sluice".formatted(port()), "admin", PASSWORD);
    }

    /** Bytes that wait to be taken by clients. */
    long pendingToClients() {
        return onSessions(session ->
                        session.channel().unsafe().outboundBuffer().totalPendingWriteBytes())
                .stream()
                .mapToLong(Long::longValue)
                .sum();
    }
}
