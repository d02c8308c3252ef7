package io.sluice.resp.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.app.ConfigFile;
import io.sluice.app.Sluice;
import io.sluice.config.Loaded;
import io.sluice.fanout.Hub;
import io.sluice.fanout.HubSnapshot;
import io.sluice.net.Clock;
import io.sluice.net.Loop;
import io.sluice.net.TlsContexts;
import io.sluice.pool.Lane;
import io.sluice.pool.Pool;
import io.sluice.pool.PoolKey;
import io.sluice.session.ClientSession;
import io.sluice.testbed.RawRespClient;
import io.sluice.testbed.RedisBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * A Sluice in this JVM, in front of a Redis, configured as an operator would: by a file. Two
 * tenants, acme and globex, each with user {@code app}, password {@code secret}; acme has databases
 * 0 to 7 of the server, globex 8 to 15.
 */
final class TestProxy implements AutoCloseable {
    static final String PASSWORD = "secret";

    /**
     * Lines that give acme the server for itself, all databases of it, under the names that they
     * have there: it is answered as if there were no proxy. globex has a server that is not there.
     */
    static final String[] ALONE = {
        "sluice.backends.none { protocol = redis, hosts = [\"127.0.0.1:1\"] }",
        "sluice.tenants.globex.redis.backend = none",
        "sluice.tenants.acme.redis { isolation = backend, database-count = 16 }"
    };

    private final Path folder;
    private final Sluice sluice;

    private TestProxy(Path folder, Sluice sluice) {
        this.folder = folder;
        this.sluice = sluice;
    }

    static TestProxy start(RedisBackend backend, String... more) {
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
            throw new UncheckedIOException(e);
        }
    }

    private static String config(String server) {
        return """
        sluice.listen { redis = ["127.0.0.1:0"], http = "127.0.0.1:0" }
        sluice.limits.max-clients = 2000
        sluice.backends.main { protocol = redis, hosts = ["%1$s"], max-connections = 50 }
        sluice.console.users { admin { role = admin, verify = "%2$s" } }
        sluice.tenants.acme.redis {
          backend = main
          isolation = databases
          first-database = 0
          database-count = 8
          users.app { verify = ["%2$s"], server.user = default }
        }
        sluice.tenants.globex.redis {
          backend = main
          isolation = databases
          first-database = 8
          database-count = 8
          users.app { verify = ["%2$s"], server.user = default }
        }
        """
                .formatted(server, PASSWORD);
    }

    Sluice sluice() {
        return sluice;
    }

    Path configFile() {
        return folder.resolve("sluice.conf");
    }

    int port() {
        return ((InetSocketAddress) sluice.boundAddress("redis")).getPort();
    }

    RawRespClient connect() throws IOException {
        return RawRespClient.connect("127.0.0.1", port());
    }

    /** A raw client of a tenant, logged in, that speaks RESP2. */
    RawRespClient login(String tenant) throws IOException {
        return connect().auth("app." + tenant, PASSWORD);
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

    /** What is subscribed to, hub by hub. */
    List<HubSnapshot> hubs() {
        List<HubSnapshot> hubs = new ArrayList<>();
        for (Loop loop : sluice.loops()) {
            hubs.addAll(
                    CompletableFuture.supplyAsync(
                                    () ->
                                            sluice.hubs(loop).all().stream()
                                                    .map(Hub::snapshot)
                                                    .toList(),
                                    loop.executor())
                            .join());
        }
        return hubs;
    }

    /** Server connections that are open or being opened, over all pools. */
    int serverConnections() {
        return onPools(pool -> pool.connections().size()).stream()
                .mapToInt(Integer::intValue)
                .sum();
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

    private int sumOfPools(ToIntFunction<Pool> figure) {
        return onPools(figure::applyAsInt).stream().mapToInt(Integer::intValue).sum();
    }

    /** Server connections that a session holds for itself, over all pools. */
    int leases() {
        return sumOfPools(pool ->
                pool.key().lane() == Lane.SHARED
                        ? 0
                        : (int) pool.connections().stream().filter(c -> c.isLeased()).count());
    }

    /** Replies that servers owe, over all pools. */
    int openSlots() {
        return sumOfPools(pool -> pool.connections().stream().mapToInt(c -> c.openSlots()).sum());
    }

    /** Who is counted in a pool. */
    private record Counted(PoolKey key, int sessions, int waiting) {}

    /** Waits until no client is left, and nobody and nothing is counted any more. */
    void awaitQuiet() {
        await().untilAsserted(() -> {
            assertThat(onSessions(session -> session.id())).as("sessions").isEmpty();
            assertThat(leases()).as("leases").isZero();
            assertThat(openSlots()).as("open slots").isZero();
            assertThat(onPools(pool -> new Counted(pool.key(), pool.sessions(), pool.waiting())))
                    .allMatch(pool -> pool.sessions == 0 && pool.waiting == 0);
        });
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
            throw new UncheckedIOException(e);
        }
    }
}
