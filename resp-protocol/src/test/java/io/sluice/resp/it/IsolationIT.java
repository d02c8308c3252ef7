package io.sluice.resp.it;

import io.sluice.testbed.RedisBackend;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever clients, servers and networks do, each client gets its own answers only, and gets them.
 * A run says by which {@code -Dsluice.chaos.seed} it is repeated.
 */
class IsolationIT {
    private static final int CLIENTS = 200;

    private static RedisBackend backend;

    @BeforeAll
    static void start() {
        backend = RedisBackend.start();
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    @Test
    void everyClientSeesItsOwnOnly() throws Exception {
        run("auto", Long.getLong("sluice.chaos.seed", System.nanoTime()), Duration.ofSeconds(15));
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void everyClientSeesItsOwnOnlyForLong(String transport) throws Exception {
        long seed = Long.getLong("sluice.chaos.seed", System.nanoTime());
        for (int i = 0; i < 2; i++) {
            run(transport, seed + i, Duration.ofSeconds(45));
        }
    }

    private static void run(String transport, long seed, Duration length) throws Exception {
        backend.flush();
        try (TestProxy proxy =
                TestProxy.start(
                        backend,
                        "sluice.transport = " + transport,
                        "sluice.log.disconnections = true",
                        """
                        sluice.redis {
                          command-timeouts { simple-read = 300ms, complex-read = 500ms, write = 300ms }
                          pool { max = 8, acquire-timeout = 2s }
                          shared { connections = 2, slots = 50 }
                        }
                        """)) {
            new ChaosRun(backend, proxy, seed, CLIENTS, length).run();
            proxy.awaitQuiet();
        }
    }
}
