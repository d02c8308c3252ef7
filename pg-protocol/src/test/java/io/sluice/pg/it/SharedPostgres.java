package io.sluice.pg.it;

import static org.awaitility.Awaitility.await;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL for the tests that neither stop nor configure it, started by the first of them and
 * ended with the JVM. It has TLS, which proxies use where a test does not say otherwise. Each test
 * class has tables and a proxy of its own.
 */
final class SharedPostgres {
    private static final AtomicInteger SLEEPS = new AtomicInteger();

    private SharedPostgres() {}

    private static final class Holder {
        static final PostgresBackend BACKEND = start();

        private static PostgresBackend start() {
            PostgresBackend backend =
                    PostgresBackend.embedded()
                            .tls()
                            .setting("max_connections", "200")
                            .setting("listen_addresses", "127.0.0.1, 127.0.0.2")
                            .start();
            TestProxy.prepare(backend);
            return backend;
        }
    }

    static PostgresBackend backend() {
        return Holder.BACKEND;
    }

    /**
     * A proxy in front of it with one server connection per pool, which clients must share, and
     * without TLS towards the server: bytes pass as they are.
     */
    static TestProxy proxyWithOneConnection(String... more) {
        String[] lines = new String[more.length + 1];
        lines[0] = "sluice.pool.max = 1, sluice.backends.main.tls.mode = disable";
        System.arraycopy(more, 0, lines, 1, more.length);
        return TestProxy.start(backend(), lines);
    }

    /**
     * Has a client's server asleep for a minute. Returns when it is: a cancel request that came
     * earlier would be in vain.
     */
    static void putToSleep(RawPgClient client) throws IOException {
        String mark = "/* sleep %d */".formatted(SLEEPS.incrementAndGet());
        client.send(FrontendBytes.query("select pg_sleep(60) " + mark));
        await().until(() -> backend().running(mark) == 1);
    }
}
