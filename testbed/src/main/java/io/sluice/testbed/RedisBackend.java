package io.sluice.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis on a free loopback port, with a folder of its own that is deleted when the backend
 * is closed or the JVM ends; what a killed JVM left behind, the next one clears.
 *
 * <p>It writes nothing to the disk, so that its data are gone when it is stopped or crashes, unless
 * {@code appendonly} or {@code save} is set. {@code DEBUG} is allowed.
 *
 * <p><b>Threads:</b> any, one at a time.
 */
public final class RedisBackend implements AutoCloseable {

    /** The user of {@link #admin}, and of clients that do not log in. */
    public static final String DEFAULT_USER = "default";

    private static final String READY = "Ready to accept connections";

    private final RedisProgram program;
    private final OwnedFolder folder;
    private final RedisFiles files;
    private final int port;
    private final int tlsPort;
    private final String password;
    private final Thread atExit = new Thread(this::discard, "redis-at-exit");
    private @Nullable ServerProcess process;
    private boolean closed;

    /**
     * Starts it as its files say.
     *
     * @param tlsPort 0 without TLS
     * @param password of the user {@code default}; empty if it needs none
     */
    RedisBackend(
            RedisProgram program,
            OwnedFolder folder,
            RedisFiles files,
            int port,
            int tlsPort,
            String password) {
        this.program = program;
        this.folder = folder;
        this.files = files;
        this.port = port;
        this.tlsPort = tlsPort;
        this.password = password;
        this.process = startProcess();
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** The embedded package's Redis (6.2), to be configured and started. */
    public static RedisBackendBuilder embedded() {
        return of(RedisProgram.embedded());
    }

    /** The embedded package's Redis with its defaults, started. */
    public static RedisBackend start() {
        return embedded().start();
    }

    /** A Redis of that program. */
    public static RedisBackendBuilder of(RedisProgram program) {
        return new RedisBackendBuilder(program);
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return port;
    }

    /** The port for TLS when it was started with TLS. */
    public int tlsPort() {
        requireTls();
        return tlsPort;
    }

    /** The certificate to trust when it was started with TLS. */
    public Path rootCertificate() {
        requireTls();
        return files.rootCertificate();
    }

    /** Its unix socket. */
    public Path socket() {
        return files.socket();
    }

    public RedisVersion version() {
        return program.version();
    }

    /** The server's process id. */
    public long pid() {
        return running().pid();
    }

    /** The address of the user {@code default}, whose password must not need escaping. */
    public String uri() {
        return password.isEmpty()
                ? "redis://%s:%d".formatted(host(), port)
                : uri(DEFAULT_USER, password);
    }

    /** The address of a user; the parts must not need escaping. */
    public String uri(String user, String secret) {
        return "redis://%s:%s@%s:%d".formatted(user, secret, host(), port);
    }

    // ---- questions

    /** A new connection, on which nothing has been said. */
    public RawRespClient connect() throws IOException {
        return RawRespClient.connect(host(), port);
    }

    /** A new connection of a user. */
    public RawRespClient connect(String user, String secret) throws IOException {
        RawRespClient client = connect();
        try {
            return client.auth(user, secret);
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /** A new connection of the user {@code default}, in RESP2. */
    public RawRespClient admin() throws IOException {
        return password.isEmpty() ? connect() : connect(DEFAULT_USER, password);
    }

    /**
     * The reply to a command of the user {@code default}, asked on a connection of its own.
     *
     * @throws IllegalStateException if it is an error
     */
    public RespValue ask(String... command) {
        try (RawRespClient admin = admin()) {
            return admin.succeed(command);
        } catch (IOException e) {
            throw new IllegalStateException(String.join(" ", command), e);
        }
    }

    /** A field of INFO, such as {@code connected_clients}. */
    public String info(String field) {
        return ask("INFO", "everything")
                .text()
                .lines()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.substring(field.length() + 1))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("INFO has no " + field));
    }

    /** How often Redis has run a command, such as {@code get} or {@code client|list}. */
    public long calls(String command) {
        String prefix = "cmdstat_" + command + ":calls=";
        return ask("INFO", "commandstats")
                .text()
                .lines()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length(), line.indexOf(',')))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    /**
     * Creates a user, or changes what it may.
     *
     * @param rules as of ACL SETUSER; {@code ~*}, {@code &*} and {@code +@all} for everything
     */
    public void createUser(String name, String secret, String... rules) {
        var command = new ArrayList<>(List.of("ACL", "SETUSER", name, "on", ">" + secret));
        command.addAll(List.of(rules));
        ask(command.toArray(String[]::new));
    }

    /** Deletes all keys of all databases. */
    public void flush() {
        ask("FLUSHALL");
    }

    /** Ends all clients' connections, subscribers' too, but the caller's; returns how many. */
    public long disconnectClients() {
        try (RawRespClient admin = admin()) {
            long normal = admin.succeed("CLIENT", "KILL", "TYPE", "normal").number();
            return normal + admin.succeed("CLIENT", "KILL", "TYPE", "pubsub").number();
        } catch (IOException e) {
            throw new IllegalStateException("CLIENT KILL", e);
        }
    }

    /** The last lines that the server logged, oldest first. */
    public List<String> log() {
        return running().log();
    }

    // ---- ups and downs

    /** Shuts the server down as an operator would. */
    public void stop() {
        ServerProcess stopping = running();
        stopping.signal("TERM");
        stopping.awaitEnd();
        process = null;
    }

    /** Ends the server as a power failure would. */
    public void crash() {
        running().kill();
        process = null;
    }

    /** Starts the stopped or crashed server again, on the same ports. */
    public void startAgain() {
        if (process != null) {
            throw new IllegalStateException("the server is running");
        }
        process = startProcess();
    }

    /** {@link #stop} and {@link #startAgain}. */
    public void restart() {
        stop();
        startAgain();
    }

    /** Freezes the server: connections stay open, are even accepted, and nothing is answered. */
    public void freeze() {
        running().signalAll("STOP");
    }

    /** Lets a frozen server go on. */
    public void thaw() {
        running().signalAll("CONT");
    }

    /** Ends the server and deletes its data. */
    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        discard();
    }

    private synchronized void discard() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (process != null) {
                process.kill();
            }
            folder.close();
        } catch (IOException e) {
            throw new UncheckedIOException("deleting " + folder.path(), e);
        }
    }

    private ServerProcess startProcess() {
        List<String> command =
                List.of(program.executable().toString(), files.configuration().toString());
        return ServerProcess.start("Redis", command, folder.path(), READY);
    }

    private ServerProcess running() {
        ServerProcess running = process;
        if (running == null || !running.isAlive()) {
            throw new IllegalStateException("the server is not running");
        }
        return running;
    }

    private void requireTls() {
        if (tlsPort == 0) {
            throw new IllegalStateException("this backend was started without TLS");
        }
    }
}
