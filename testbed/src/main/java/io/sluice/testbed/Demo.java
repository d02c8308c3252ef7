package io.sluice.testbed;

import io.sluice.app.ConfigFile;
import io.sluice.app.Main;
import io.sluice.app.Signals;
import io.sluice.app.Sluice;
import io.sluice.config.Loaded;
import io.sluice.config.Secret;
import io.sluice.net.Clock;
import io.sluice.net.TlsContexts;
import io.sluice.spi.Demonstration;
import io.sluice.tenant.credential.PasswordHasher;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL, two tenants and Sluice in front of it, until interrupted.
 *
 * <p>It is configured as a user would do it: by a file, in a folder of its own that goes with it.
 */
public final class Demo implements Demonstration {
    private static final String FOLDER_PREFIX = "sluice-demo-";
    private static final String POSTGRES = "postgres";
    private static final int USUAL_PORT = 6432;
    private static final List<String> TENANTS = List.of("acme", "globex");

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
        return Map.of(POSTGRES, USUAL_PORT);
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
        refuseTaken(ports.http(), "--http-port");
        OwnedFolder.clearAbandoned(FOLDER_PREFIX, _ -> {});
        try (Progress progress = new Progress()) {
            PostgresBackend postgres = progress.during("starting PostgreSQL", Demo::startPostgres);
            try (Progress.Ending _ = progress.atEnd("ending PostgreSQL", postgres::close);
                    OwnedFolder folder = OwnedFolder.create(FOLDER_PREFIX)) {
                if (!interrupted.isDone()) {
                    show(postgres, folder.path(), ports, out, progress, interrupted);
                }
            }
        }
    }

    private void show(
            PostgresBackend postgres,
            Path folder,
            Ports ports,
            PrintStream out,
            Progress progress,
            CompletableFuture<Void> interrupted)
            throws IOException {
        Passwords passwords =
                progress.during("creating the tenants' databases", () -> prepare(postgres));
        Path file = writeConfig(folder, ports, postgres, passwords);
        Sluice sluice = progress.during("starting Sluice", () -> start(file));
        try (Progress.Ending _ = progress.atEnd("ending Sluice", sluice::close)) {
            tell(sluice, postgres, passwords, out);
            interrupted.join();
        }
    }

    /**
     * Made anew each time.
     *
     * @param app of the tenants' users, at Sluice and at the server
     * @param admin of the console's user
     */
    private record Passwords(String app, String admin) {}

    private static String newPassword() {
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
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

    /** A machine on which PostgreSQL does not start is no bug: told in a line, with its reason. */
    private static PostgresBackend startPostgres() throws IOException {
        try {
            return PostgresBackend.start();
        } catch (UncheckedIOException e) {
            throw new IOException(
                    "the demo's PostgreSQL does not start: %s: %s"
                            .formatted(e.getMessage(), e.getCause()),
                    e);
        } catch (IllegalStateException e) {
            throw new IOException("the demo's PostgreSQL does not start: " + e.getMessage(), e);
        }
    }

    /** Gives each tenant a database and its owner; returns what they log in with. */
    private static Passwords prepare(PostgresBackend postgres) {
        var passwords = new Passwords(newPassword(), newPassword());
        for (String tenant : TENANTS) {
            postgres.createRole(tenant + "_app", passwords.app());
            postgres.createDatabase(tenant + "_shop", tenant + "_app");
        }
        return passwords;
    }

    // ---- configuration

    private static Path writeConfig(
            Path folder, Ports ports, PostgresBackend postgres, Passwords passwords)
            throws IOException {
        Path secret =
                Files.createFile(
                        folder.resolve("app.secret"),
                        PosixFilePermissions.asFileAttribute(
                                Set.copyOf(PosixFilePermissions.fromString("rw-------"))));
        Files.writeString(secret, passwords.app());
        var text =
                new StringBuilder(
                        """
                        sluice {
                          listen { postgres = "127.0.0.1:%d", http = "127.0.0.1:%d" }
                          limits { max-clients = 500, max-unauthenticated = 100 }
                          backends.demo { protocol = postgres, hosts = ["%s:%d"], max-connections = 80 }
                          console.users.admin { role = admin, verify = "%s" }
                        """
                                .formatted(
                                        ports.of(POSTGRES),
                                        ports.http(),
                                        postgres.host(),
                                        postgres.port(),
                                        verifier(passwords.admin())));
        for (String tenant : TENANTS) {
            text.append(
                    """
                      tenants.%1$s {
                        tier = pro
                        postgres {
                          backend = demo
                          pool { min = 2, max = 20 }
                          databases.shop { dbname = %1$s_shop }
                          users.app {
                            verify = "%2$s"
                            server { user = %1$s_app, secret = { file = "app.secret" } }
                          }
                        }
                      }
                    """
                            .formatted(tenant, verifier(passwords.app())));
        }
        return Files.writeString(folder.resolve("sluice.conf"), text.append("}\n"));
    }

    private static String verifier(String password) {
        return PasswordHasher.scram(new Secret(password), PasswordHasher.DEFAULT_ITERATIONS)
                .format()
                .reveal();
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

    private void tell(
            Sluice sluice, PostgresBackend postgres, Passwords passwords, PrintStream out) {
        int port = portOf(sluice.boundAddress("postgres"));
        int http = portOf(sluice.httpAddress());
        String acme = uri("app.acme", passwords.app(), port, "shop");
        out.println("ready");
        out.println(acme);
        out.println(uri("app.globex", passwords.app(), port, "shop"));
        out.println(uri("admin", passwords.admin(), port, "sluice"));
        out.println(postgres.uri("acme_app", passwords.app(), "acme_shop"));
        out.println();
        out.println("The tenants acme and globex, the console, and PostgreSQL itself. Try:");
        out.println("  psql %s -c 'select current_user, current_database()'".formatted(acme));
        out.println("  pgbench -i %s && pgbench -S -c 100 -T 5 %<s".formatted(acme));
        out.println(
                "  SLUICE_ADMIN_PASSWORD=%s %s admin --url http://127.0.0.1:%d 'SHOW POOLS'"
                        .formatted(passwords.admin(), launcher, http));
        out.println(
                "Ctrl-C ends it and removes all of it, but for PostgreSQL's programs: %s"
                        .formatted(postgres.programs()));
        out.flush();
    }

    /** As a shell reads it for one word. */
    private static String quoted(String word) {
        return word.matches("[\\w./+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static String uri(String user, String password, int port, String database) {
        return "postgresql://%s:%s@127.0.0.1:%d/%s".formatted(user, password, port, database);
    }

    private static int portOf(@Nullable SocketAddress address) {
        if (address instanceof InetSocketAddress tcp) {
            return tcp.getPort();
        }
        throw new IllegalStateException("not a TCP address: " + address);
    }
}
