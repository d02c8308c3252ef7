package io.sluice.pg.it;

import io.sluice.testbed.PostgresBackend;

/**
 * One PostgreSQL for the tests that neither stop nor configure it, started by the first of them and
 * ended with the JVM. Each test class has tables and a proxy of its own.
 */
final class SharedPostgres {
    private SharedPostgres() {}

    private static final class Holder {
        static final PostgresBackend BACKEND = start();

        private static PostgresBackend start() {
            PostgresBackend backend = PostgresBackend.start();
            TestProxy.prepare(backend);
            return backend;
        }
    }

    static PostgresBackend backend() {
        return Holder.BACKEND;
    }

    /** A proxy in front of it with one server connection per pool: clients must share it. */
    static TestProxy proxyWithOneConnection(String... more) {
        String[] lines = new String[more.length + 1];
        lines[0] = "sluice.pool.max = 1";
        System.arraycopy(more, 0, lines, 1, more.length);
        return TestProxy.start(backend(), lines);
    }
}
