package io.sluice.testbed;

import io.sluice.app.ConfigFile;
import io.sluice.app.Main;
import io.sluice.app.Signals;
import io.sluice.app.Sluice;
import io.sluice.config.Loaded;
import io.sluice.net.Clock;
import io.sluice.net.TlsContexts;
import io.sluice.spi.Demonstration;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL and a real Redis, two tenants and Sluice in front of them, until interrupted.
 *
 * <p>It is configured as a user would do it: by a file, in a folder of its own that goes with it.
 */
public final class Demo implements Demonstration {
    static final String POSTGRES = "postgres";
    static final String REDIS = "redis";

    private static final String FOLDER_PREFIX = "sluice-demo-";
    private static final Map<String, Integer> USUAL_PORTS = Map.of(POSTGRES, 6432, REDIS, 6380);

    private final String launcher;

    /** Found by {@code ServiceLoader}; {@code bin/sluice} says where it lies. */
    public Demo() {
        this(System.getProperty("sluice.home"));
    }

    /** With {@code home}, the folder that {@code bin/sluice} is in; null: not known. */
    Demo(@Nullable String home) {
        launcher = home == null ? "bin/sluice" : quoted(home + "/bin/sluice");
    }

    /** {@code bin/sluice demo}: with the options of {@code sluice demo}. */
    public static void main(String[] args) {
        if (System.getProperty("sluice.log.level") == null
                && System.getenv("SLUICE_LOG_LEVEL") == null) {
            System.setProperty("sluice.log.level", "WARN"); // it is to be read by people
        }
        List<String> all = new ArrayList<>(List.of("demo"));
        all.addAll(List.of(args));
        Main.main(all.toArray(String[]::new));
    }

    @Override
    public Map<String, Integer> usualPorts() {
        return USUAL_PORTS;
    }

    @Override
    public void run(Ports ports, PrintStream out) throws IOException {
        var interrupted = new CompletableFuture<Void>();
        Signals.onInterrupt(() -> interrupted.complete(null));
        run(ports, out, interrupted);
    }

    /** As {@link #run(Ports, PrintStream)}, until {@code interrupted} is complete. */
    void run(Ports ports, PrintStream out, CompletableFuture<Void> interrupted) throws IOException {
        refuseTaken(ports.of(POSTGRES), "--postgres-port");
        refuseTaken(ports.of(REDIS), "--redis-port");
        refuseTaken(ports.http(), "--http-port");
        OwnedFolder.clearAbandoned(FOLDER_PREFIX, _ -> {});
        try (Progress progress = new Progress()) {
            PostgresBackend postgres =
                    progress.during(
                            "starting PostgreSQL",
                            () -> started("PostgreSQL", PostgresBackend::start));
            try (Progress.Ending _ = progress.atEnd("ending PostgreSQL", postgres::close)) {
                RedisBackend redis =
                        progress.during(
                                "starting Redis", () -> started("Redis", RedisBackend::start));
                try (Progress.Ending _ = progress.atEnd("ending Redis", redis::close);
                        OwnedFolder folder = OwnedFolder.create(FOLDER_PREFIX)) {
                    if (!interrupted.isDone()) {
                        var backends = new Backends(postgres, redis);
                        show(backends, folder.path(), ports, out, progress, interrupted);
                    }
                }
            }
        }
    }

    /** What Sluice is in front of. */
    private record Backends(PostgresBackend postgres, RedisBackend redis) {}

    private void show(
            Backends backends,
            Path folder,
            Ports ports,
            PrintStream out,
            Progress progress,
            CompletableFuture<Void> interrupted)
            throws IOException {
        DemoConfig config =
                progress.during("creating the tenants' databases", () -> prepared(backends));
        Path file = config.write(folder, ports, backends.postgres(), backends.redis());
        Sluice sluice = progress.during("starting Sluice", () -> start(file));
        try (Progress.Ending _ = progress.atEnd("ending Sluice", sluice::close)) {
            tell(sluice, backends, config, out);
            interrupted.join();
        }
    }

    /** Told before anything takes its time. */
    private static void refuseTaken(int port, String option) throws IOException {
        try (var probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new IOException(
                    "port %d of 127.0.0.1 cannot be had (%s): choose another with %s"
                            .formatted(port, e.getMessage(), option),
                    e);
        }
    }

    /** A machine on which a server does not start is no bug: told in a line, with its reason. */
    private static <T> T started(String name, Supplier<T> start) throws IOException {
        try {
            return start.get();
        } catch (UncheckedIOException e) {
            throw new IOException(
                    "the demo's %s does not start: %s: %s"
                            .formatted(name, e.getMessage(), e.getCause()),
                    e);
        } catch (IllegalStateException e) {
            throw new IOException(
                    "the demo's %s does not start: %s".formatted(name, e.getMessage()), e);
        }
    }

    /** Gives the tenants what they have at the servers; returns what they log in with. */
    private static DemoConfig prepared(Backends backends) {
        DemoConfig config = DemoConfig.create();
        config.prepare(backends.postgres());
        config.prepare(backends.redis());
        return config;
    }

    private static Sluice start(Path file) throws IOException {
        ConfigFile config = ConfigFile.at(file);
        try (var tls = new TlsContexts()) {
            return switch (config.load(tls)) {
                case Loaded.Ready ready -> Sluice.start(config, ready, Clock.SYSTEM);
                case Loaded.Refused(var errors) -> throw new IOException(errors.toString());
            };
        }
    }

    // ---- what is told

    private void tell(Sluice sluice, Backends backends, DemoConfig config, PrintStream out) {
        int port = portOf(sluice.boundAddress(POSTGRES));
        int redisPort = portOf(sluice.boundAddress(REDIS));
        int http = portOf(sluice.httpAddress());
        String user = DemoConfig.serverUser("acme");
        String acme = uri("app.acme", config.app(), port, "shop");
        String acmeKeys = redisUri("app.acme", config.app(), redisPort);
        String redis = backends.redis().uri(user, config.app());
        out.println("ready");
        out.println(acme);
        out.println(uri("app.globex", config.app(), port, "shop"));
        out.println(uri("admin", config.admin(), port, "sluice"));
        out.println(backends.postgres().uri(user, config.app(), DemoConfig.database("acme")));
        out.println(acmeKeys);
        out.println(redisUri("app.globex", config.app(), redisPort));
        out.println(redis);
        out.println();
        out.println("The tenants acme and globex, the console, and PostgreSQL itself; the same");
        out.println("tenants' keys, and Redis itself, where acme's have the prefix acme:. Try:");
        out.println("  psql %s -c 'select current_user, current_database()'".formatted(acme));
        out.println("  pgbench -i %s && pgbench -S -c 100 -T 5 %<s".formatted(acme));
        out.println(
                "  redis-cli -u %s set greeting hello && redis-cli -u %s get acme:greeting"
                        .formatted(acmeKeys, redis));
        out.println(
                "  SLUICE_ADMIN_PASSWORD=%s %s admin --url http://127.0.0.1:%d 'SHOW POOLS'"
                        .formatted(config.admin(), launcher, http));
        out.println(
                "Ctrl-C ends it and removes all of it, but for the servers' programs: %s"
                        .formatted(ProgramCache.path()));
        out.flush();
    }

    /** As a shell reads it for one word. */
    private static String quoted(String word) {
        return word.matches("[\\w./+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static String uri(String user, String password, int port, String database) {
        return "postgresql://%s:%s@127.0.0.1:%d/%s".formatted(user, password, port, database);
    }

    private static String redisUri(String user, String password, int port) {
        return "redis://%s:%s@127.0.0.1:%d".formatted(user, password, port);
    }

    private static int portOf(@Nullable SocketAddress address) {
        if (address instanceof InetSocketAddress tcp) {
            return tcp.getPort();
        }
        throw new IllegalStateException("not a TCP address: " + address);
    }
}
