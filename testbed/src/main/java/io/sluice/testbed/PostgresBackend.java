package io.sluice.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL on a free loopback port, with a data folder of its own that is deleted when the
 * backend is closed or the JVM ends; what a killed JVM left behind, the next one clears.
 *
 * <p>Every way of logging in is available at once, by role: see {@link #createRole}. Data survives
 * a crash of the server, not of the machine.
 *
 * <p><b>Threads:</b> any, one at a time.
 */
public final class PostgresBackend implements AutoCloseable {

    /** The superuser, who logs in with {@link #SUPERUSER_PASSWORD}. */
    public static final String SUPERUSER = "postgres";

    public static final String SUPERUSER_PASSWORD = "postgres";

    private final PostgresPrograms programs;
    private final OwnedFolder folder;
    private final PostgresCluster cluster;
    private final int port;
    private final boolean tls;
    private final Thread atExit = new Thread(this::discard, "postgres-at-exit");
    private @Nullable ServerProcess process;
    private boolean closed;

    PostgresBackend(
            PostgresPrograms programs,
            OwnedFolder folder,
            PostgresCluster cluster,
            int port,
            boolean tls,
            ServerProcess process) {
        this.programs = programs;
        this.folder = folder;
        this.cluster = cluster;
        this.port = port;
        this.tls = tls;
        this.process = process;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** The embedded package's PostgreSQL (18), to be configured and started. */
    public static PostgresBackendBuilder embedded() {
        return new PostgresBackendBuilder(PostgresPrograms.embedded());
    }

    /** The embedded package's PostgreSQL with its defaults, started. */
    public static PostgresBackend start() {
        return embedded().start();
    }

    /** The PostgreSQL of an embedded package of any version, which is not on the class path. */
    public static PostgresBackendBuilder packaged(Path jar) {
        return new PostgresBackendBuilder(PostgresPrograms.packaged(jar));
    }

    /** The machine's own PostgreSQL of that major version, if Debian's package of it is there. */
    public static Optional<PostgresBackendBuilder> installed(int major) {
        return PostgresPrograms.installed(major).map(PostgresBackendBuilder::new);
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return port;
    }

    /** The folder of its unix socket, whose name follows from the port as everywhere. */
    public Path socketFolder() {
        return cluster.socketFolder();
    }

    /** The certificate to trust when it was started with TLS. */
    public Path rootCertificate() {
        if (!tls) {
            throw new IllegalStateException("this backend was started without TLS");
        }
        return cluster.rootCertificate();
    }

    /** The postmaster's process id. */
    public long pid() {
        return running().pid();
    }

    /** The major version, such as 18. */
    public int majorVersion() {
        return Integer.parseInt(queryOne("show server_version_num")) / 10_000;
    }

    /** A JDBC address without user and password. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://%s:%d/%s".formatted(host(), port, database);
    }

    /** A libpq address of the superuser. */
    public String uri() {
        return uri(SUPERUSER, SUPERUSER_PASSWORD, "postgres");
    }

    /** A libpq address; the parts must not need escaping. */
    public String uri(String user, String password, String database) {
        return "postgresql://%s:%s@%s:%d/%s".formatted(user, password, host(), port, database);
    }

    /** A new connection of the superuser to the database {@code postgres}. */
    public Connection connect() throws SQLException {
        return connect(SUPERUSER, SUPERUSER_PASSWORD, "postgres");
    }

    /** A new connection by pgJDBC with its defaults. */
    public Connection connect(String user, String password, String database) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        return DriverManager.getConnection(jdbcUrl(database), properties);
    }

    /** Runs each of the statements as the superuser, each in a transaction of its own. */
    public void execute(String... statements) {
        executeIn("postgres", statements);
    }

    /** Runs each of the statements as the superuser in the given database. */
    public void executeIn(String database, String... statements) {
        try (Connection connection = connect(SUPERUSER, SUPERUSER_PASSWORD, database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(String.join("; ", statements), e);
        }
    }

    /** All rows of a query as text, run as the superuser. */
    public List<List<@Nullable String>> query(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            var rows = new ArrayList<List<@Nullable String>>();
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                var row = new ArrayList<@Nullable String>(columns);
                for (int column = 1; column <= columns; column++) {
                    row.add(result.getString(column));
                }
                rows.add(row);
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** How many other sessions are at work on a query with {@code part} in its text. */
    public int running(String part) {
        return Integer.parseInt(
                queryOne(
                        "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
                                + " and strpos(query, %s) > 0".formatted(literal(part))));
    }

    /** The only value of a query, run as the superuser; must be there and not be null. */
    public String queryOne(String sql) {
        List<List<@Nullable String>> rows = query(sql);
        String value = rows.size() == 1 ? rows.getFirst().getFirst() : null;
        if (value == null) {
            throw new IllegalStateException(sql + " returned " + rows);
        }
        return value;
    }

    /** Creates a role that logs in as given, its password stored in the form that this needs. */
    public void createRole(String name, String password, Login login) {
        execute(
                "set password_encryption = '%s'; create role %s login password %s in role %s"
                        .formatted(
                                login.encryption(),
                                identifier(name),
                                literal(password),
                                login.group()));
    }

    /** Creates a role that logs in by SCRAM-SHA-256. */
    public void createRole(String name, String password) {
        createRole(name, password, Login.SCRAM);
    }

    /** Creates a database that belongs to {@code owner}. */
    public void createDatabase(String name, String owner) {
        execute("create database %s owner %s".formatted(identifier(name), identifier(owner)));
    }

    /** The secret that the server stores for a role, such as {@code SCRAM-SHA-256$4096:…}. */
    public String storedSecret(String role) {
        return queryOne("select rolpassword from pg_authid where rolname = " + literal(role));
    }

    /** Ends all client connections but the caller's with 57P01; returns how many there were. */
    public int terminateBackends() {
        return Integer.parseInt(
                queryOne(
                        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                                + " where pid <> pg_backend_pid() and backend_type = 'client backend'"));
    }

    /** The last lines that the server logged, oldest first. */
    public List<String> log() {
        return running().log();
    }

    /** Shuts the server down as an operator would: clients get 57P01, data is safe. */
    public void stop() {
        ServerProcess stopping = running();
        stopping.signal("INT");
        stopping.awaitEnd();
        process = null;
    }

    /** Ends the server as a power failure would: connections break without a word. */
    public void crash() {
        running().kill();
        process = null;
    }

    /** Starts the stopped or crashed server again: same port, same data. */
    public void startAgain() {
        if (process != null) {
            throw new IllegalStateException("the server is running");
        }
        process = PostgresProcess.start(programs, cluster.data());
    }

    /** {@link #stop} and {@link #startAgain}. */
    public void restart() {
        stop();
        startAgain();
    }

    /** Freezes the server with all its processes: connections stay open and nothing is answered. */
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
                process.signalAll("CONT");
                process.signal("QUIT");
                process.awaitEnd();
            }
            PostgresProcess.removeSharedMemory(cluster.data());
            folder.close();
        } catch (IOException e) {
            throw new UncheckedIOException("deleting " + folder.path(), e);
        }
    }

    private ServerProcess running() {
        ServerProcess running = process;
        if (running == null || !running.isAlive()) {
            throw new IllegalStateException("the server is not running");
        }
        return running;
    }

    static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    static String literal(String value) {
        return '\'' + value.replace("'", "''") + '\'';
    }
}
