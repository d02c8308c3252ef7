package io.sluice.pg.it;

import io.sluice.testbed.PostgresBackend;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever clients and servers do, each client sees its own only. A run says by which {@code
 * -Dsluice.chaos.seed} it is repeated.
 */
class IsolationIT {
    private static final int CLIENTS = 200;

    private static PostgresBackend backend;

    @BeforeAll
    static void start() {
        backend = PostgresBackend.start();
        TestProxy.prepare(backend);
        ChaosRun.prepare(backend);
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    @Test
    void everyClientSeesItsOwnOnly() throws Exception {
        run("auto", ChaosRun.firstSeed(), Duration.ofSeconds(15));
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void everyClientSeesItsOwnOnlyForLong(String transport) throws Exception {
        long seed = ChaosRun.firstSeed();
        for (int i = 0; i < 2; i++) {
            run(transport, seed + i, Duration.ofSeconds(30));
        }
    }

    private static void run(String transport, long seed, Duration length) throws Exception {
        try (TestProxy proxy =
                TestProxy.start(
                        backend,
                        "sluice.transport = " + transport,
                        "sluice.pool { max = 4, acquire-timeout = 30s }",
                        "sluice.timeouts.idle-in-transaction = 30s",
                        "sluice.log.disconnections = false")) {
            new ChaosRun(backend, proxy, seed, CLIENTS, length).run();
        }
    }
}
