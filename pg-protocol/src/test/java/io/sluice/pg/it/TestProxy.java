package io.sluice.pg.it;

import io.sluice.app.ConfigFile;
import io.sluice.app.Sluice;
import io.sluice.config.Loaded;
import io.sluice.net.Clock;
import io.sluice.net.Loop;
import io.sluice.net.TlsContexts;
import io.sluice.pool.Pool;
import io.sluice.session.ClientSession;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A Sluice in this JVM, in front of a PostgreSQL, configured as an operator would: by a file. Two
 * tenants, acme and globex, each with database {@code app} and user {@code app}, password {@code
 * secret}; their databases on the server are {@code acme_app} and {@code globex_app}, their users
 * {@code acme} and {@code globex}.
 */
final class TestProxy implements AutoCloseable {
    static final String PASSWORD = "secret";

    private final Path folder;
    private final Sluice sluice;

    private TestProxy(Path folder, Sluice sluice) {
        this.folder = folder;
        this.sluice = sluice;
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
        try {
            Path folder = Files.createTempDirectory("sluice-test");
            Path path = folder.resolve("sluice.conf");
            Files.writeString(path, config(server) + String.join("\n", more) + "\n");
            ConfigFile file = ConfigFile.at(path);
            try (TlsContexts onlyTried = new TlsContexts()) {
                return switch (file.load(onlyTried)) {
                    case Loaded.Refused(var errors) ->
                            throw new IllegalArgumentException(errors.toString());
                    case Loaded.Ready ready ->
                            new TestProxy(folder, Sluice.start(file, ready, clock));
                };
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
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

    Sluice sluice() {
        return sluice;
    }

    /** The file that this Sluice was started with; a test may change it and reload. */
    Path configFile() {
        return folder.resolve("sluice.conf");
    }

    int port() {
        return ((InetSocketAddress) sluice.boundAddress("postgres")).getPort();
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

    /** Asks every loop something of its pools, on the loop. */
    <T> List<T> onPools(Function<Pool, T> question) {
        List<T> answers = new ArrayList<>();
        for (Loop loop : sluice.loops()) {
            answers.addAll(
                    CompletableFuture.supplyAsync(
                                    () -> sluice.pools(loop).all().stream().map(question).toList(),
                                    loop.executor())
                            .join());
        }
        return answers;
    }

    /** Asks every session something, on its loop. */
    <T> List<T> onSessions(Function<ClientSession, T> question) {
        List<T> answers = new ArrayList<>();
        for (Loop loop : sluice.loops()) {
            answers.addAll(
                    CompletableFuture.supplyAsync(
                                    () -> {
                                        List<T> here = new ArrayList<>();
                                        sluice.sessions(loop)
                                                .forEach(s -> here.add(question.apply(s)));
                                        return here;
                                    },
                                    loop.executor())
                            .join());
        }
        return answers;
    }

    /** Bytes that wait to be taken by clients. */
    long pendingToClients() {
        return onSessions(session ->
                        session.channel().unsafe().outboundBuffer().totalPendingWriteBytes())
                .stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Server connections that are open or being opened, over all pools. */
    int serverConnections() {
        return onPools(pool -> pool.connections().size()).stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    /** Server connections that a session holds, over all pools. */
    int leases() {
        return onPools(pool -> (int) pool.connections().stream().filter(c -> c.isLeased()).count())
                .stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    /** Ends it; by then nobody may be counted as its client any more. */
    @Override
    public void close() {
        sluice.close();
        int left = sluice.admission().clients() + sluice.admission().unauthenticated();
        if (left != 0) {
            throw new AssertionError(left + " clients are still counted after the end");
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
