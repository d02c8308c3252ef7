package io.sluice.pg.it;

import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A Sluice in a JVM of its own, started as it is shipped but with 256 MB of heap and 64 MB of
 * direct memory: what it cannot have, it cannot take.
 */
final class SmallProxy implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Process process;
    private final Path log;
    private final int port;
    private final int httpPort;

    private SmallProxy(Process process, Path log, int port, int httpPort) {
        this.process = process;
        this.log = log;
        this.port = port;
        this.httpPort = httpPort;
    }

    /** Starts one whose files are in {@code folder}, and waits until clients can connect. */
    static SmallProxy start(PostgresBackend backend, Path folder)
            throws IOException, InterruptedException {
        List<Integer> ports = freePorts();
        int port = ports.getFirst();
        int httpPort = ports.getLast();
        Path config = folder.resolve("small.conf");
        Files.writeString(
                config,
                """
                sluice.listen { postgres = ["127.0.0.1:%d"], http = "127.0.0.1:%d" }
                sluice.limits.max-clients = 100
                sluice.backends.main { protocol = postgres, hosts = ["%s:%d"], max-connections = 10 }
                sluice.pool { max = 2 }
                sluice.tenants.acme.postgres {
                  backend = main
                  databases.app { dbname = acme_app }
                  users.app { verify = ["%s"], server { user = acme, secret = "%s" } }
                }
                """
                        .formatted(
                                port,
                                httpPort,
                                backend.host(),
                                backend.port(),
                                TestProxy.PASSWORD,
                                TestProxy.PASSWORD));
        Path log = folder.resolve("small.log");
        Process process =
                new ProcessBuilder(
                                SluiceCommand.run(
                                        config, "-Xmx256m", "-XX:MaxDirectMemorySize=64m"))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        SmallProxy proxy = new SmallProxy(process, log, port, httpPort);
        proxy.awaitListening();
        return proxy;
    }

    private static List<Integer> freePorts() throws IOException {
        try (ServerSocket one = new ServerSocket(0);
                ServerSocket other = new ServerSocket(0)) {
            return List.of(one.getLocalPort(), other.getLocalPort());
        }
    }

    private void awaitListening() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (RawPgClient client = RawPgClient.connect("127.0.0.1", port)) {
                client.shutdownOutput();
                return;
            } catch (ConnectException e) {
                if (process.waitFor(100, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                    close();
                    throw new IOException("it does not listen: " + Files.readString(log), e);
                }
            }
        }
    }

    RawPgClient login() throws IOException {
        RawPgClient client = RawPgClient.connect("127.0.0.1", port);
        client.timeout(Duration.ofMinutes(1));
        client.login("app", TestProxy.PASSWORD, Map.of("database", "app"));
        return client;
    }

    /** Watches from now on how much memory it takes. */
    MemoryWatch watchMemory() {
        return new MemoryWatch(httpPort);
    }

    /** Lines of its log that tell of a failure: none, when all went well. */
    List<String> failures() throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line ->
                        line.contains("ERROR")
                                || line.contains("WARN")
                                || line.contains("OutOfMemory"))
                .toList();
    }

    @Override
    public void close() {
        process.destroy();
        Process ended =
                process.onExit()
                        .completeOnTimeout(process, PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .join();
        if (ended.isAlive()) {
            ended.destroyForcibly();
        }
    }
}
