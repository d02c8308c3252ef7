package io.sluice.bench;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Opens clients that log in, ask one thing, and are idle from then on. Arguments: port, how many,
 * and how they ask: {@code simple}, {@code prepared} (a named statement, which they keep), {@code
 * tls} (a simple query over TLS).
 *
 * <p>Prints {@code ready} when all are idle, and closes them all when its input ends.
 */
public final class IdleClients {
    /** Logins under way at once: less than a proxy's limit of those. */
    private static final int AT_ONCE = 32;

    private enum Way {
        SIMPLE,
        PREPARED,
        TLS
    }

    private IdleClients() {}

    /** See the class. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 3) {
            throw new IllegalArgumentException("usage: IdleClients PORT COUNT simple|prepared|tls");
        }
        int port = Integer.parseInt(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        Way way = Way.valueOf(arguments[2].toUpperCase(Locale.ROOT));
        List<RawPgClient> clients = open(port, count, way);
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // whatever is said: only the end counts
        }
        for (RawPgClient client : clients) {
            client.close();
        }
    }

    private static List<RawPgClient> open(int port, int count, Way way)
            throws InterruptedException, ExecutionException {
        List<RawPgClient> clients = new ArrayList<>(count);
        try (var logins = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<RawPgClient>> opening = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                opening.add(logins.submit(() -> open(port, way)));
            }
            for (Future<RawPgClient> client : opening) {
                clients.add(client.get());
            }
        }
        return clients;
    }

    private static RawPgClient open(int port, Way way) throws IOException {
        RawPgClient client = RawPgClient.connect("127.0.0.1", port);
        if (way == Way.TLS) {
            client.upgradeToTls();
        }
        client.login("bench", "bench", Map.of("database", "bench"));
        List<PgMessage> answer =
                switch (way) {
                    case SIMPLE, TLS -> client.query("select 1");
                    case PREPARED ->
                            client.send(
                                            FrontendBytes.parse("one", "select 1"),
                                            FrontendBytes.bind("", "one"),
                                            FrontendBytes.execute("", 0),
                                            FrontendBytes.sync())
                                    .readUntilReady();
                };
        if (answer.stream().noneMatch(message -> message.type() == 'D')) {
            throw new IOException("select 1 was answered by " + answer);
        }
        return client;
    }
}
