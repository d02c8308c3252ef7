package io.sluice.pg.it;

import io.sluice.testbed.PemFiles;
import io.sluice.testbed.PostgresBackend;
import io.sluice.testbed.TestAuthority;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever clients, servers and operators do, and whichever of Sluice's own timeouts comes between,
 * each client sees its own only. A run says by which {@code -Dsluice.chaos.seed} it is repeated.
 */
class IsolationIT {
    private static final int CLIENTS = 200;

    @TempDir private static Path folder;

    private static PostgresBackend backend;
    private static PemFiles certificate;

    @BeforeAll
    static void start() throws IOException {
        certificate = TestAuthority.create().issueForLoopback(folder);
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
                ChaosRun.startProxy(backend, certificate, "sluice.transport = " + transport)) {
            new ChaosRun(backend, proxy, seed, CLIENTS, length).run();
        }
    }
}
