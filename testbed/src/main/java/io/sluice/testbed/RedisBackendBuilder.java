package io.sluice.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a {@link RedisBackend} shall be; {@link #start} makes it so. */
public final class RedisBackendBuilder {

    private static final String FOLDER_PREFIX = "sluice-redis-";
    private static final int ATTEMPTS = 5;

    private final RedisProgram program;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final List<String> users = new ArrayList<>();
    private @Nullable TestAuthority authority;
    private String password = "";
    private int port;

    RedisBackendBuilder(RedisProgram program) {
        this.program = program;
        settings.put("bind", "127.0.0.1");
        settings.put("save", "\"\"");
        // What 7.0 does by itself: a user hears of no channel that it was not given.
        settings.put("acl-pubsub-default", "resetchannels");
        // Its command then goes on naming the configuration, by which an abandoned one is known.
        settings.put("set-proc-title", "no");
        if (program.version().isAtLeast(7, 0)) {
            settings.put("enable-debug-command", "yes");
        }
    }

    /** Any setting of redis.conf, its value written as there. */
    public RedisBackendBuilder setting(String name, String value) {
        settings.put(name, value);
        return this;
    }

    /** How many numbered databases there are; Redis' default is 16. */
    public RedisBackendBuilder databases(int number) {
        return setting("databases", Integer.toString(number));
    }

    /** Most connections at once; Redis' default is 10,000. */
    public RedisBackendBuilder maxClients(int clients) {
        return setting("maxclients", Integer.toString(clients));
    }

    /** What the user {@code default} has to log in with; nothing unless set. */
    public RedisBackendBuilder password(String secret) {
        password = secret;
        return setting("requirepass", quoted(secret));
    }

    /** A user from the start on; see {@link RedisBackend#createUser} for the rules. */
    public RedisBackendBuilder user(String name, String secret, String... rules) {
        users.add(
                "user %s on %s %s".formatted(name, quoted(">" + secret), String.join(" ", rules)));
        return this;
    }

    /**
     * Offers TLS on a port of its own, with a certificate for localhost issued by an authority of
     * its own; clients need none unless {@code tls-auth-clients} is set to {@code yes}.
     */
    public RedisBackendBuilder tls() {
        return tls(TestAuthority.create());
    }

    /** As {@link #tls()}, the certificate issued, and those of clients checked, by this one. */
    public RedisBackendBuilder tls(TestAuthority issuer) {
        authority = issuer;
        return this;
    }

    /** The port to listen on, instead of a free one. */
    public RedisBackendBuilder port(int number) {
        port = number;
        return this;
    }

    /**
     * Starts the server in a folder of its own.
     *
     * @throws IllegalStateException if the server does not start; the message has its log
     */
    public RedisBackend start() {
        try {
            OwnedFolder.clearAbandoned(FOLDER_PREFIX, RedisBackendBuilder::endAbandoned);
            OwnedFolder folder = OwnedFolder.create(FOLDER_PREFIX);
            try {
                return start(folder);
            } catch (IOException | RuntimeException e) {
                folder.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("creating a Redis server", e);
        }
    }

    private RedisBackend start(OwnedFolder folder) throws IOException {
        var files = new RedisFiles(folder.path());
        if (authority != null) {
            PemFiles certificate = authority.issueForLoopback(folder.path());
            settings.putIfAbsent("tls-auth-clients", "no");
            settings.put("tls-cert-file", quoted(certificate.certificate().toString()));
            settings.put("tls-key-file", quoted(certificate.key().toString()));
            settings.put("tls-ca-cert-file", quoted(certificate.root().toString()));
        }
        settings.put("dir", quoted(folder.path().toString()));
        settings.put("pidfile", quoted(files.pid().toString()));
        settings.put("unixsocket", quoted(files.socket().toString()));
        for (int attempt = 1; ; attempt++) {
            int chosen = port == 0 ? FreePort.find() : port;
            int tlsPort = authority == null ? 0 : FreePort.find();
            settings.put("port", Integer.toString(chosen));
            if (tlsPort != 0) {
                settings.put("tls-port", Integer.toString(tlsPort));
            }
            files.configure(settings, users);
            try {
                return new RedisBackend(program, folder, files, chosen, tlsPort, password);
            } catch (IllegalStateException e) {
                boolean taken = String.valueOf(e.getMessage()).contains("Address already in use");
                if (port != 0 || !taken || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Ends the server that a killed JVM left on the given folder. */
    private static void endAbandoned(Path folder) throws IOException {
        var files = new RedisFiles(folder);
        if (Files.exists(files.pid())) {
            long pid = Long.parseLong(Files.readString(files.pid()).strip());
            ServerProcess.endAbandoned(pid, folder, "KILL");
        }
    }

    /** As redis.conf has it: in quotes, with the escapes of C. */
    private static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
