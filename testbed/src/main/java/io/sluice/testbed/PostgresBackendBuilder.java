package io.sluice.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a {@link PostgresBackend} shall be; {@link #start} makes it so. */
public final class PostgresBackendBuilder {

    private static final String FOLDER_PREFIX = "sluice-postgres-";
    private static final int ATTEMPTS = 5;

    private final PostgresPrograms programs;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final List<String> hba = new ArrayList<>();
    private Login login = Login.SCRAM;
    private boolean tls;
    private int port;

    PostgresBackendBuilder(PostgresPrograms programs) {
        this.programs = programs;
        settings.put("listen_addresses", "127.0.0.1");
        settings.put("fsync", "off");
        settings.put("full_page_writes", "off");
        settings.put("max_wal_size", "2GB");
        settings.put("timezone", "UTC");
        settings.put("lc_messages", "C");
        // In the data folder, and so gone with it even when the server is killed.
        settings.put("dynamic_shared_memory_type", "mmap");
    }

    /** Most connections at once; PostgreSQL's default is 100. */
    public PostgresBackendBuilder maxConnections(int connections) {
        return setting("max_connections", Integer.toString(connections));
    }

    /** Any setting of postgresql.conf, its value unquoted. */
    public PostgresBackendBuilder setting(String name, String value) {
        settings.put(name, value);
        return this;
    }

    /** A line of pg_hba.conf that goes before all others; in the order of the calls. */
    public PostgresBackendBuilder hba(String line) {
        hba.add(line);
        return this;
    }

    /** How roles log in that were not created by {@link PostgresBackend#createRole}. */
    public PostgresBackendBuilder login(Login method) {
        login = method;
        return this;
    }

    /** Offers TLS, with a certificate for localhost issued by an authority of its own. */
    public PostgresBackendBuilder tls() {
        tls = true;
        return this;
    }

    /** The port to listen on, instead of a free one. */
    public PostgresBackendBuilder port(int number) {
        port = number;
        return this;
    }

    /**
     * Creates the data folder and starts the server.
     *
     * @throws IllegalStateException if the server does not start; the message has its log
     */
    public PostgresBackend start() {
        try {
            OwnedFolder.clearAbandoned(FOLDER_PREFIX, PostgresBackendBuilder::endAbandoned);
            OwnedFolder folder = OwnedFolder.create(FOLDER_PREFIX);
            try {
                return start(folder);
            } catch (IOException | RuntimeException e) {
                folder.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("creating a PostgreSQL server", e);
        }
    }

    private PostgresBackend start(OwnedFolder folder) throws IOException {
        var cluster = new PostgresCluster(folder.path());
        if (tls) {
            PemFiles files = TestAuthority.create().issueForLoopback(folder.path());
            settings.put("ssl", "on");
            settings.put("ssl_cert_file", files.certificate().toString());
            settings.put("ssl_key_file", files.key().toString());
        }
        cluster.create(programs);
        settings.put("unix_socket_directories", cluster.socketFolder().toString());
        cluster.configure(settings, hba, login);
        for (int attempt = 1; ; attempt++) {
            int chosen = port == 0 ? FreePort.find() : port;
            cluster.setPort(chosen);
            try {
                ServerProcess process = PostgresProcess.start(programs, cluster.data());
                var backend = new PostgresBackend(programs, folder, cluster, chosen, tls, process);
                backend.execute(groups());
                return backend;
            } catch (IllegalStateException e) {
                boolean taken = String.valueOf(e.getMessage()).contains("Address already in use");
                if (port != 0 || !taken || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static String[] groups() {
        return Arrays.stream(Login.values())
                .map(method -> "create role " + method.group())
                .toArray(String[]::new);
    }

    /** Ends the server that a killed JVM left on the given folder. */
    private static void endAbandoned(Path folder) throws IOException {
        PostgresProcess.endAbandoned(new PostgresCluster(folder).data());
    }
}
